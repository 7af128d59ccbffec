import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseJson } from '../../../test/house/parse-json.ts'
import type { GettableAlertJson } from '../../contract/alertmanager.ts'
import type { RulesJson, SeriesJson } from '../../contract/prometheus.ts'
import { compareNotifications } from './compare-notifications.ts'
import { rangeFor } from './compare-query.ts'
import { pairRules } from './compare-rules.ts'
import { compareSeries, describeSeries } from './compare-series.ts'
import { ComparisonDraft, keepLasting } from './difference.ts'
import { neededHistoryMs } from './needed-history.ts'
import { readPanelQueries } from './panel-queries.ts'
import type { StackApi } from './stack-api.ts'

const MIN = 60_000

describe('how far back an expression reads', () => {
  const recorded = new Map([
    ['a:rate', 'rate(a[5m])'],
    ['b', 'max_over_time(a:rate[10m] offset 1m)'],
    ['loop', 'loop + 1'],
  ])
  it.each([
    ['up', 0],
    ['rate(x[5m])', 5],
    ['rate(x[5m] offset 1h)', 65],
    ['max_over_time(rate(x[5m])[30m:1m]) + rate(x[2m])', 35],
    ['a:rate > 1', 5],
    ['avg_over_time(b[1h])', 76],
    ['loop', 0],
    ['not promql(', 0],
  ])('%s: %d min', (expr, minutes) => expect(neededHistoryMs(expr, recorded) / MIN).toBe(minutes))
})

const series = (
  metric: Record<string, string>,
  values: readonly (number | string)[],
  firstS = 0,
): SeriesJson => ({
  metric,
  values: values.map((value, at) => [firstS + at * 10, String(value)] as const),
})

const TOLERANCE = { share: 0.05, slackSteps: 2, externalLabels: {}, ignoresValues: false }
const compare = (there: SeriesJson[], here: SeriesJson[], changes = {}): string =>
  describeSeries(compareSeries(there, here, { ...TOLERANCE, ...changes }))

describe('series of two servers', () => {
  it.each<[string, SeriesJson[], SeriesJson[], string]>([
    ['that are equal', [series({ a: 'b' }, [1, 2])], [series({ a: 'b' }, [1, 2])], ''],
    ['that are scraped a little later', [series({}, [1, 2, 3, 4])], [series({}, [2, 3, 4, 5])], ''],
    ['within the tolerance', [series({}, [100, 100])], [series({}, [104, 104])], ''],
    [
      'beyond it',
      [series({}, [100, 100])],
      [series({}, [50, 50])],
      'other values: {} 100 there, 50 here',
    ],
    [
      'of which one is negative',
      [series({}, [1, 1])],
      [series({}, [-1, -1])],
      'other values: {} 1 there, -1 here',
    ],
    ['that are no numbers', [series({}, ['NaN', '+Inf'])], [series({}, ['NaN', '+Inf'])], ''],
    [
      'of which one is infinite',
      [series({}, ['+Inf', '+Inf'])],
      [series({}, [5, 5])],
      'other values: {} Infinity there, 5 here',
    ],
    [
      'of which one is missing',
      [series({ a: 'b', __name__: 'x' }, [1, 1])],
      [],
      'only there: x{a="b"}',
    ],
    [
      'of which one is at the edge',
      [series({}, [1, 1, 1, 1])],
      [series({}, [1, 1, 1, 1]), series({ e: '1' }, [1])],
      '',
    ],
    ['that were never there together', [series({}, [1, 1])], [series({}, [7, 7], 100)], ''],
  ])('%s', (_what, there, here, expected) => expect(compare(there, here)).toBe(expected))

  it('names a few of many, takes off external labels, and leaves values out where they are of the moment', () => {
    const many = Array.from({ length: 5 }, (_, at) => series({ n: String(at) }, [1, 1]))
    expect(compare([], many)).toBe('only here: {n="0"}, {n="1"}, {n="2"} and 2 more')
    const [one, other] = [series({ a: 'b' }, [1, 1]), series({ a: 'b', cluster: 'x' }, [9, 9])]
    const externalLabels = { cluster: 'x' }
    expect(compare([one], [other], { externalLabels, ignoresValues: true })).toBe('')
  })
})

describe('the range that is compared', () => {
  const sides = { sinceMs: 0, nowMs: 20 * MIN, scrapeMs: 15_000 }
  it.each([
    [0, 20 * MIN, 600],
    [15 * MIN, 20 * MIN, 240],
    [19.5 * MIN, 20 * MIN, undefined],
    [0, 20_000, undefined],
  ])('reading %d ms back after %d ms is %j s', (historyMs, nowMs, lengthS) => {
    const range = rangeFor({ ...sides, nowMs }, historyMs)
    const length = range && (range.endMs - range.startMs) / 1000
    expect(length).toBe(lengthS)
    expect((range?.stepMs ?? 0) % 1000).toBe(0)
  })
})

const group = (rules: readonly (readonly [name: string, query: string])[], file = 'f.yml') => ({
  ...{ name: 'g', file, interval: 1, limit: 0, evaluationTime: 0, lastEvaluation: '' },
  rules: rules.map(([name, query]) => ({
    ...{ type: 'recording' as const, name, query, labels: {}, health: 'ok' as const },
    ...{ evaluationTime: 0, lastEvaluation: '' },
  })),
})

it('rules are matched by group, name and order; those of packs have no counterpart', () => {
  const there: RulesJson = {
    groups: [
      group([
        ['a', 'x'],
        ['a', 'y'],
        ['gone', 'z'],
      ]),
    ],
  }
  const here: RulesJson = {
    groups: [
      group([
        ['a', 'x'],
        ['a', 'y'],
        ['new', 'z'],
      ]),
      group([['b', 'x']], 'pack:host/a.yml'),
    ],
  }
  const draft = new ComparisonDraft()
  expect(pairRules(there, here, draft).map(({ place, here: { query } }) => [place, query])).toEqual(
    [
      ['g / a', 'x'],
      ['g / a (2)', 'y'],
    ],
  )
  expect(draft.differences.map(({ place, text }) => `${place}: ${text}`)).toEqual([
    'g / gone: it is only there',
    'g / new: it is only here',
  ])
})

it('what is found once is not told', () => {
  const [first, second] = [new ComparisonDraft(), new ComparisonDraft()]
  first.differ('rules', 'a', 'x')
  first.differ('rules', 'b', 'x')
  second.differ('rules', 'b', 'y')
  second.differ('alerts', 'a', 'y')
  expect(keepLasting(first, second).differences).toEqual([{ area: 'rules', place: 'b', text: 'y' }])
})

describe('notifications', () => {
  const alert = (
    name: string,
    receivers: readonly string[],
    changes: Partial<GettableAlertJson['status']> = {},
  ): GettableAlertJson => ({
    ...{ labels: { alertname: name }, annotations: {}, startsAt: '', endsAt: '', updatedAt: '' },
    ...{ fingerprint: name, receivers: receivers.map((each) => ({ name: each })) },
    status: { state: 'active', silencedBy: [], inhibitedBy: [], mutedBy: [], ...changes },
  })

  it('go to the same receivers, and are held back alike', () => {
    const draft = new ComparisonDraft()
    compareNotifications(
      {
        there: [
          alert('Same', ['a', 'b']),
          alert('Other', ['a']),
          alert('Held', ['a'], { state: 'suppressed', inhibitedBy: ['x'] }),
          alert('Silenced', ['a'], { state: 'suppressed', silencedBy: ['x'] }),
          alert('Foreign', ['a']),
        ],
        here: [
          alert('Same', ['b', 'a']),
          alert('Other', ['b']),
          alert('Held', ['a']),
          alert('Silenced', ['a']),
        ],
        alertNames: new Set(['Same', 'Other', 'Held', 'Silenced']),
      },
      draft,
    )
    expect(draft.differences.map(({ place, text }) => `${place}: ${text}`)).toEqual([
      '{alertname="Other"}: a hears of it there, b here',
      '{alertname="Held"}: held back there, told here',
    ])
    expect(draft.skipped.map(({ why }) => why)).toEqual([
      'it is silenced there; silences are not taken over',
      'no rule of these two makes it: it comes from elsewhere',
    ])
  })
})

it('panels are asked with the values of their variables', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vedette-panels-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const asked: string[] = []
  const api: StackApi = {
    url: 'x',
    call: async <T>(where: string): Promise<T> => {
      asked.push(where)
      return parseJson('["a.b","c"]', (json): json is T => Array.isArray(json))
    },
  }
  writeFileSync(path.join(folder, 'broken.json'), '{')
  const variables = [
    {
      name: 'job',
      type: 'query',
      query: 'label_values(up{x="$x"}, job)',
      includeAll: true,
      current: { text: 'All', value: '$__all' },
    },
    { name: 'x', type: 'custom', query: 'one,two', current: { text: 'two', value: 'two' } },
  ]
  const panels = [
    {
      id: 1,
      title: 'P',
      type: 'stat',
      targets: [{ expr: 'up{job=~"$job"}[$__rate_interval]' }, { expr: ' ' }],
    },
    {
      id: 2,
      title: 'L',
      type: 'logs',
      datasource: { type: 'loki' },
      targets: [{ expr: '{a="b"}' }],
    },
  ]
  writeFileSync(
    path.join(folder, 'a.json'),
    JSON.stringify({ title: 'D', templating: { list: variables }, panels }),
  )
  const facts = { startMs: 0, endMs: 600_000, stepMs: 10_000, scrapeMs: 15_000 }
  const { queries, faults } = await readPanelQueries(folder, api, facts)
  expect(queries).toEqual([{ place: 'D / P / A', expr: 'up{job=~"(a\\\\.b|c)"}[1m]' }])
  expect(asked).toEqual([`/api/v1/label/job/values?match[]=${encodeURIComponent('up{x="two"}')}`])
  expect(faults.map(({ place }) => place)).toEqual(['broken.json'])
})
