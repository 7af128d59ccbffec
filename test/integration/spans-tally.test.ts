import { describe, expect, it } from 'vitest'
import { check } from '../../src/lang/traceql/check.ts'
import { parse } from '../../src/lang/traceql/parse.ts'
import { evaluateMetrics } from '../../src/query/traceql/evaluate-metrics.ts'
import { alignGrid, type MetricsGrid } from '../../src/query/traceql/metrics-grid.ts'
import { seriesKey } from '../../src/query/traceql/metrics-series.ts'
import { planTally } from '../../src/query/traceql/plan-tally.ts'
import type { SpansSource } from '../../src/store/spans-source.ts'
import { NOON_NS, spansOf, spansOver } from './spans-harness.ts'
import { randomOf, randomSpans } from './random-spans.ts'
import { StoreHarness } from './store-harness.ts'

const harness = new StoreHarness()
const open = spansOver(harness)
const signal = new AbortController().signal
const MINUTE_NS = 60_000_000_000n
const GRID = alignGrid(
  { startNs: NOON_NS - 60n * MINUTE_NS, endNs: NOON_NS + 60n * MINUTE_NS },
  7n * MINUTE_NS,
)

function metricsOf(text: string) {
  const { query, faults } = parse(text)
  const fault = query ? check(query)[0] : faults[0]
  if (!query || fault || query.body.kind === 'pipeline')
    throw new Error(`${text}: ${fault?.message}`)
  return query.body
}

/** Answers of a store that counts nothing itself. */
function slow(store: SpansSource): SpansSource {
  return {
    findTraces: (...args) => store.findTraces(...args),
    readTraces: (...args) => store.readTraces(...args),
    resources: (range) => store.resources(range),
    attributeNames: (...args) => store.attributeNames(...args),
    values: (...args) => store.values(...args),
    tally: () => Promise.resolve(undefined),
  }
}

async function run(source: SpansSource, text: string, grid: MetricsGrid = GRID): Promise<string[]> {
  const series = await evaluateMetrics(source, metricsOf(text), {
    ...{ grid, maxSeries: 1000, maxSpans: 100_000, hasExemplars: false, signal },
  })
  return series
    .map(({ labels, values }) => {
      const shown = Array.from(values, (value) => Number(value.toPrecision(9)))
      return `${seriesKey(labels)} ${shown.join(' ')}`
    })
    .toSorted()
}

const CONDITIONS = [
  ...['', '.x = "a"', '.x = 1', '.x != 1', '.x > 1', '2 < .x', '.x =~ "a|b"', '.x !~ "a"'],
  ...['.x = 2.5', '.x', 'span.x = 2', 'resource.x = "a"', 'resource.x != "a"', '.x = nil'],
  ...['.x != nil', 'span.x = nil', 'resource.x != nil', 'name = "GET"', 'name !~ "G.*"'],
  ...['kind = server', 'status = error', 'status != ok', 'duration > 100ms', 'duration != 200ms'],
  ...['nestedSetParent < 0', 'resource.service.name = "db"', '.service.name != "db"'],
  ...['!(.x = 1)', '.y = 1 || .x = true', '.y = 1 && .x = true', '.x <= 2', 'true && .x'],
  ...['.x = true || .x != "b"', '!(resource.x = nil || status = ok)', 'statusMessage = ""'],
]
const FUNCTIONS = [
  ...['rate()', 'count_over_time()', 'sum_over_time(.y)', 'avg_over_time(span.x)'],
  ...['min_over_time(duration)', 'max_over_time(.x)', 'sum_over_time(duration)'],
  ...['quantile_over_time(duration, .5, .99)', 'histogram_over_time(duration)'],
  ...['histogram_over_time(span.x)', 'quantile_over_time(.y, .9)', 'avg_over_time(duration)'],
]
const GROUPS = [
  ...['', '', ' by (name)', ' by (resource.service.name)', ' by (.x)', ' by (span.x, status)'],
  ...[' by (resource.x, kind)', ' by (.x, resource.service.name, name)', ' by (.service.name)'],
  ' by (statusMessage)',
]
const TAILS = ['', '', '', ' | topk(2)', ' | bottomk(1)', ' > 1', ' | { .y = 1 }']

function randomQuery(random: (below: number) => number): string {
  const pick = (texts: readonly string[]): string => texts[random(texts.length)] ?? ''
  const joint = random(3) === 0 ? ['', ' && ', ' || '][random(3)] : ''
  const [first, second] = [pick(CONDITIONS), pick(CONDITIONS)]
  const condition = joint && first && second ? `(${first})${joint}(${second})` : first
  const tail = pick(TAILS)
  const filter = tail.includes('{') ? tail : ''
  const rest = filter === '' ? tail : ''
  return `{ ${condition} }${filter} | ${pick(FUNCTIONS)}${pick(GROUPS)}${rest}`
}

describe('metrics queries counted by the store', () => {
  it('say what a look at every trace says', async () => {
    const { store } = await open()
    const random = randomOf(Number(process.env['SPANS_SEED'] ?? 11))
    const isPlain = random(2) === 0
    const spans = randomSpans(random, 60)
    const some = isPlain ? spans.map((span) => ({ ...span, events: [] })) : spans
    await store.append(spansOf(some))
    // Half of them come a second time.
    await store.append(spansOf(some.slice(0, some.length / 2)))
    let counted = 0
    for (let i = 0; i < Number(process.env['SPANS_QUERIES'] ?? 12); i++) {
      const text = randomQuery(random)
      const body = metricsOf(text)
      if (body.kind !== 'metrics_pipeline' || body.aggregate.kind !== 'metrics_aggregate') continue
      const request = planTally(body.pipeline, body.aggregate, GRID, false)
      if (request && (await store.tally(request, signal))) counted++
      expect(await run(store, text), text).toEqual(await run(slow(store), text))
    }
    expect(counted).toBeGreaterThan(0)
  }, 300_000)

  it('count spans that were sent again once, also those that came since the last look', async () => {
    const { store } = await open()
    const query = '{} | count_over_time()'
    const total = async (): Promise<number> => {
      const [series] = await run(store, query)
      return (series ?? '')
        .split(' ')
        .slice(1)
        .map(Number)
        .reduce((a, b) => a + b, 0)
    }
    const spans = [1, 2, 3].map((trace) => ({ trace, span: 1, atMs: trace * 700_000 }))
    await store.append(spansOf(spans))
    expect(await total()).toBe(3)
    await store.append(spansOf(spans.slice(1)))
    expect(await total()).toBe(3)
    await store.append(spansOf([{ trace: 4, span: 1, atMs: 710_000 }]))
    expect(await total()).toBe(4)
    // Twice in one insert.
    const twice = { trace: 5, span: 1, atMs: 30_000 }
    await store.append(spansOf([twice, twice]))
    expect(await total()).toBe(5)
  })

  it('tell exemplars of what they count', async () => {
    const { store } = await open()
    await store.append(
      spansOf([
        { trace: 1, span: 5, durationMs: 250, name: 'a' },
        { trace: 2, span: 6, durationMs: 90, name: 'b' },
      ]),
    )
    const body = metricsOf('{} | max_over_time(duration) by (name)')
    for (const source of [store, slow(store)]) {
      const series = await evaluateMetrics(source, body, {
        ...{ grid: GRID, maxSeries: 10, maxSpans: 1000, hasExemplars: true, signal },
      })
      const told = series.flatMap(({ exemplars = [] }) =>
        exemplars.map(({ traceId, spanId, value }) => `${traceId} ${spanId} ${value}`),
      )
      expect(told.toSorted()).toEqual([
        `${'1'.padStart(32, '0')} ${'5'.padStart(16, '0')} 0.25`,
        `${'2'.padStart(32, '0')} ${'6'.padStart(16, '0')} 0.09`,
      ])
    }
  })

  it('are refused by name when they have too many series', async () => {
    const { store } = await open()
    await store.append(
      spansOf(Array.from({ length: 30 }, (_, i) => ({ trace: i + 1, span: 1, attributes: { i } }))),
    )
    await expect(
      evaluateMetrics(store, metricsOf('{} | rate() by (span.i)'), {
        ...{ grid: GRID, maxSeries: 10, maxSpans: 1000, hasExemplars: false, signal },
      }),
    ).rejects.toThrow('more than 10 series')
  })
})
