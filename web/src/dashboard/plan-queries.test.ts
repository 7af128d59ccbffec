import { describe, expect, it } from 'vitest'
import { builtInDatasources } from '../../../src/lang/dashboard/datasource.ts'
import { allPanels } from '../../../src/lang/dashboard/find-unsupported.ts'
import { readDashboard } from '../../../src/lang/dashboard/read-dashboard.ts'
import { plainValue, withValues } from '../../../src/lang/dashboard/scope.ts'
import { planQueries, type PlanContext } from './plan-queries.ts'

const HOUR_MS = 3_600_000
const scope = withValues(new Map(), [
  plainValue('job', 'node'),
  { name: 'm', value: ['a', 'b.c'], text: 'a + b.c', isPattern: true },
  { ...plainValue('auto', '$__auto_interval_auto'), fields: { autoCount: 10, autoMin: '10s' } },
])

function plan(panel: object, more: Partial<PlanContext> = {}) {
  const { dashboard } = readDashboard({
    schemaVersion: 42,
    panels: [panel, { id: 9, type: 'stat', targets: [{ refId: 'Z', expr: 'shared' }] }],
  })
  const panels = allPanels(dashboard)
  const [first] = panels
  if (!first) throw new Error('no panel')
  return planQueries(first, {
    ...{ scope, filters: [], datasources: builtInDatasources, widthPx: 1000 },
    range: { fromMs: 7 * HOUR_MS + 1234, toMs: 8 * HOUR_MS + 1234 },
    findPanel: (id) => panels.find((one) => one.id === id),
    ...more,
  })
}

const withTargets = (...targets: object[]) => ({ id: 1, type: 'timeseries', targets })

describe('the queries of a panel', () => {
  it.each([
    ['up{job="$job"}', 'up{job="node"}'],
    ['up{job=~"$m"}', String.raw`up{job=~"(a|b\\.c)"}`],
    ['rate(x[$__rate_interval])', 'rate(x[1m])'],
    ['rate(x[${__interval}])', 'rate(x[15s])'],
    ['rate(x[$auto])', 'rate(x[5m])'],
  ])('%s asks %s', (expr, expected) => {
    expect(plan(withTargets({ refId: 'A', expr })).queries[0]?.ask.expr).toBe(expected)
  })

  it('are on a grid that stands still', () => {
    const { ask } = plan(withTargets({ refId: 'A', expr: 'up' })).queries[0] ?? {}
    expect(ask).toMatchObject({ startMs: 7 * HOUR_MS, endMs: 8 * HOUR_MS, stepMs: 15_000 })
  })

  it.each([
    [{ instant: true }, [undefined]],
    [{ instant: true, range: true }, [15_000, undefined]],
    [{ hide: true }, []],
    [{ expr: ' ' }, []],
    [{ interval: '1m' }, [60_000]],
  ])('%j has steps %j', (more, steps) => {
    const { queries } = plan(withTargets({ refId: 'A', expr: 'up', ...more }))
    expect(queries.map((one) => one.ask.stepMs)).toEqual(steps)
  })

  it('have the filters of the dashboard', () => {
    const filters = [{ key: 'env', operator: '=', value: 'prod' }]
    const { queries } = plan(withTargets({ refId: 'A', expr: 'sum(up)' }), { filters })
    expect(queries[0]?.ask.expr).toBe('sum(up{env="prod"})')
  })

  it('are those of another panel where it says so', () => {
    const panel = {
      ...{ id: 1, type: 'stat', datasource: '-- Dashboard --' },
      targets: [{ refId: 'A', panelId: 9 }],
    }
    expect(plan(panel).queries[0]?.ask.expr).toBe('shared')
  })

  it('say why they are not asked', () => {
    const { queries, refused } = plan(
      withTargets(
        { refId: 'A', queryType: 'upload', datasource: { type: 'tempo', uid: 'x' } },
        { refId: 'B', datasource: { type: '__expr__', uid: '__expr__' } },
        { refId: 'C', datasource: { type: 'testdata' } },
        { refId: 'D', expr: 'up', datasource: { type: 'prometheus', uid: 'elsewhere' } },
      ),
    )
    expect(queries.map((one) => one.frames.refId)).toEqual(['D'])
    expect(refused.map((one) => one.slice(0, 2))).toEqual(['A:', 'B:', 'C:'])
  })
})

describe('the TraceQL queries of a panel', () => {
  const tempo = { type: 'tempo', uid: 'tempo' }
  const ask = (target: object) =>
    plan(withTargets({ refId: 'A', datasource: tempo, ...target })).queries[0]?.ask

  it('search, read one trace, or count, as what is written means', () => {
    expect(ask({ queryType: 'traceql', query: '{ name = "a" }', limit: 50 })).toMatchObject({
      expr: '{ name = "a" }',
      tempo: { kind: 'search', limit: 50, spansPerSpanset: 3, isOfSpans: false },
    })
    expect(ask({ query: '{}', tableType: 'spans', limit: 1e9, spss: 0 })?.tempo).toMatchObject({
      ...{ limit: 1000, spansPerSpanset: 1, isOfSpans: true },
    })
    const id = '4bf92f3577b34da6a3ce929d0e0e4736'
    expect(ask({ queryType: 'traceql', query: id })?.tempo).toEqual({ kind: 'trace' })
    const metrics = ask({ queryType: 'traceql', query: '{} | rate() by (name)', step: '5m' })
    expect(metrics).toMatchObject({ tempo: { kind: 'metrics' }, stepMs: 300_000 })
    const instant = { query: '{} | rate()', metricsQueryType: 'instant' }
    expect(ask(instant)?.stepMs).toBeUndefined()
  })

  it('are made of the form of search', () => {
    const filters = [
      {
        tag: 'service.name',
        scope: 'resource',
        operator: '=',
        value: ['api'],
        valueType: 'string',
      },
    ]
    expect(ask({ queryType: 'traceqlSearch', filters })?.expr).toBe('{resource.service.name="api"}')
  })

  it('ask the service graph of a source of metrics', () => {
    expect(ask({ queryType: 'serviceMap', serviceMapQuery: '{client="web"}' })).toMatchObject({
      expr: '{client="web"}',
      tempo: { kind: 'service map', metrics: { type: 'prometheus' } },
    })
  })
})

describe('the LogQL queries of a panel', () => {
  const loki = { type: 'loki', uid: 'loki' }
  const ask = (target: object) =>
    plan({ ...withTargets({ refId: 'A', ...target }), datasource: loki }).queries[0]

  it.each([
    ['{job="$job"}', '{job="node"}'],
    ['{job=~"$m"}', String.raw`{job=~"a|b\\.c"}`],
    ['rate({a="b"}[$__auto])', 'rate({a="b"}[5s])'],
    ['rate({a="b"}[$__interval])', 'rate({a="b"}[5s])'],
  ])('%s asks %s', (expr, expected) => {
    expect(ask({ expr })?.ask.expr).toBe(expected)
  })

  it('are about a range, with steps, and bounds on lines', () => {
    expect(ask({ expr: '{a="b"}', maxLines: 50_000 })?.ask).toMatchObject({
      ...{ startMs: 7 * HOUR_MS, endMs: 8 * HOUR_MS + 5000, stepMs: 5000 },
      lines: { limit: 5000, direction: 'backward' },
    })
    expect(ask({ expr: '{a="b"}', step: '1m', direction: 'forward' })?.ask).toMatchObject({
      ...{ stepMs: 60_000, lines: { limit: 1000, direction: 'forward' } },
    })
  })

  it.each([{ queryType: 'instant' }, { instant: true }])('%j is a table of one time', (more) => {
    const found = ask({ expr: 'vector(1)', ...more })
    expect(found?.ask.stepMs).toBeUndefined()
    expect(found?.frames).toMatchObject({ format: 'table', isOneOfSeveral: true })
  })

  it('have the filters of the dashboard', () => {
    const filters = [{ key: 'app', operator: '=', value: 'web' }]
    const panel = { ...withTargets({ refId: 'A', expr: '{a="b"}' }), datasource: loki }
    expect(plan(panel, { filters }).queries[0]?.ask.expr).toBe('{app="web", a="b"}')
  })
})
