import { describe, expect, it } from 'vitest'
import type { BacktestJson } from '../../contract/alert-backtest.ts'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { createPromqlEngine } from '../../query/promql/create.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readAlertmanagerConfig } from '../config/alertmanager-config.ts'
import { MemorySeries } from '../rules/memory-series.ts'
import { vectorOf } from '../rules/promql-source.ts'
import { readRuleText } from '../rules/read-rule-file.ts'
import { writeSamples } from '../rules/rule-samples.ts'
import { parseSeries, parseValues } from '../rules/unit-test/series-values.ts'
import type { StoredHistory } from './history.ts'
import { runBacktest, type BacktestOptions } from './run-backtest.ts'

const FROM_MS = Date.parse('2026-05-01T10:00:00Z')
const MINUTE_MS = 60_000

interface Stored {
  readonly history: StoredHistory
  /** What was asked. */
  readonly asked: string[]
}

/** Series with a sample each minute from the beginning on, or `lateMinutes` before it. */
function stored(series: Readonly<Record<string, string>>, lateMinutes = 0): Stored {
  const memory = new MemorySeries()
  for (const [labels, text] of Object.entries(series)) {
    for (const [i, value] of parseValues(text).entries()) {
      if (typeof value !== 'number') continue
      const atMs = FROM_MS + (i - lateMinutes) * MINUTE_MS
      writeSamples(memory, { series: [parseSeries(labels)], values: [value] }, atMs)
    }
  }
  const engine = createPromqlEngine(memory, {
    ...{ lookbackMs: 300_000, timeoutMs: 60_000, maxSamples: 1e7, maxSeries: 1e6 },
    ...{ maxConcurrency: 10, defaultStepMs: MINUTE_MS },
  })
  const asked: string[] = []
  const bounds = { signal: new AbortController().signal, maxSeries: 1e6, maxSamples: 1e7 }
  return {
    asked,
    history: {
      range: (query, startMs, endMs, stepMs) => {
        asked.push(query)
        return engine.evaluate({ query, startMs, endMs, stepMs })
      },
      samples: (matchers, startMs, endMs) => {
        asked.push(matchers.map(({ value }) => value).join())
        return memory.select({ matchers, startMs, endMs }, bounds)
      },
      at: async (query, atMs) =>
        vectorOf(await engine.evaluate({ query, startMs: atMs, endMs: atMs, stepMs: 0 })),
    },
  }
}

function groupsOf(text: string) {
  const faults = new FaultList()
  const groups = readRuleText(text, 'rules.yml', { faults })
  expect(faults.items.map(formatFault)).toEqual([])
  return groups
}

function alertmanagerOf(text: string) {
  const faults = new FaultList()
  const source = { file: 'alertmanager.yml', faults, env: {} }
  const node = parseYaml(text, source)
  const config = node && readAlertmanagerConfig(node, { ...source, folder: '.' })
  expect(faults.items.map(formatFault)).toEqual([])
  return config
}

function run(
  rules: string,
  { history }: Stored,
  options: Partial<BacktestOptions> & { readonly minutes?: number } = {},
): Promise<BacktestJson> {
  const { minutes = 30, ...more } = options
  return runBacktest({
    groups: groupsOf(rules),
    history,
    fromMs: FROM_MS,
    toMs: FROM_MS + minutes * MINUTE_MS,
    intervalMs: MINUTE_MS,
    queryOffsetMs: 0,
    external: { labels: Labels.EMPTY, url: 'http://localhost:9090' },
    alertmanager: undefined,
    ...more,
  })
}

/** `pending 1-3, firing 3-`: states with their minutes. */
function shown({ alerts }: BacktestJson): Record<string, string> {
  const minute = (text: string): string => `${(Date.parse(text) - FROM_MS) / MINUTE_MS}`
  return Object.fromEntries(
    alerts.map(({ labels, states }) => [
      Labels.from(labels).toString(),
      states
        .map(
          ({ state, from, to }) => `${state} ${minute(from)}-${to === undefined ? '' : minute(to)}`,
        )
        .join(', '),
    ]),
  )
}

const HOT = `
groups:
  - name: heat
    rules:
      - alert: TooHot
        expr: temperature > 80
        for: 2m
        labels: {severity: page}
        annotations: {summary: 'it is {{ $value }} degrees'}
`

describe('a backtest', () => {
  it('tells when an alert would have been pending and firing', async () => {
    const result = await run(HOT, stored({ 'temperature{room="a"}': '20x4 90x9 20x9 99x20' }))
    expect(shown(result)).toEqual({
      '{alertname="TooHot", room="a", severity="page"}':
        'pending 5-7, firing 7-15, pending 25-27, firing 27-',
    })
    expect(result.alerts[0]?.annotations).toEqual({ summary: 'it is 99 degrees' })
    expect(result.rules).toEqual([
      {
        ...{ file: 'rules.yml', group: 'heat', alert: 'TooHot', query: 'temperature > 80' },
        ...{ for: '2m', interval: '1m' },
      },
    ])
    expect(result.notifications).toBeUndefined()
  })

  it('begins early enough to know what fired at its beginning', async () => {
    const result = await run(HOT, stored({ 'temperature{room="a"}': '90x25 20x20' }, 20))
    expect(shown(result)).toEqual({
      '{alertname="TooHot", room="a", severity="page"}': 'firing 0-6',
    })
    expect(result.warmUpSeconds).toBe(120)
  })

  it('evaluates recording rules that are not stored and feeds alerts with them, whatever the order of groups', async () => {
    const rules = `
groups:
  - name: alerts
    rules:
      - {alert: Slow, expr: 'job:requests:rate5m < 0.5 * limits'}
      - {alert: SlowForLong, expr: 'count_over_time(ALERTS{alertname="Slow",alertstate="firing"}[5m]) >= 5'}
  - name: records
    rules:
      - {record: 'job:requests:rate5m', expr: 'sum by (job) (rate(requests_total[5m]))'}
      - {record: 'nobody:needs:this', expr: 'sum(requests_total)'}
`
    const source = stored({
      // 2 a second for ten minutes, then none.
      'requests_total{job="web",instance="1"}': '0+60x10 600x20',
      'requests_total{job="web",instance="2"}': '0+60x10 600x20',
      'limits{job="web"}': '1x30',
      // What another server recorded under that name must not be seen.
      'job:requests:rate5m{job="web"}': '0x30',
    })
    const result = await run(rules, source)
    expect(shown(result)).toEqual({
      // In the first minute there are two samples, from which a rate of five minutes is small.
      '{alertname="Slow", job="web"}': 'firing 1-2, firing 14-',
      '{alertname="SlowForLong", alertstate="firing", job="web"}': 'firing 18-',
    })
    expect(source.asked.filter((each) => each.includes('nobody'))).toEqual([])
    expect(source.asked.filter((each) => each.includes('sum(requests_total)'))).toEqual([])
  })

  it('drops names as late as the server whose rules they are', async () => {
    const rules = `
groups:
  - name: g
    rules:
      - {record: 'level:a', expr: a}
      - {record: 'level:b', expr: b}
      - {alert: Two, expr: 'count(sum by (__name__) (abs(level:a) or abs(level:b))) == 2'}
`
    const history = stored({ 'a{x="1"}': '1x60', 'b{x="2"}': '1x60' }, 5)
    expect(shown(await run(rules, history))).toEqual({})
    const late = await run(rules, history, { delayedNameRemoval: true })
    expect(shown(late)['{alertname="Two"}']).toMatch(/^firing \d-$/)
  })

  it('fails only the evaluations that fail, and says why', async () => {
    const rules = `
groups:
  - name: g
    rules:
      - {alert: Joined, expr: 'a * on (job) b > 0'}
`
    const result = await run(
      rules,
      stored({
        'a{job="x"}': '1x30',
        'b{job="x",n="1"}': '1x30',
        // Two on one side: an error, from the tenth minute until five after the twelfth.
        'b{job="x",n="2"}': '_x10 1x2',
      }),
    )
    expect(shown(result)).toEqual({ '{alertname="Joined", job="x"}': 'firing 0-' })
    const failures = result.rules[0]?.failures
    expect(failures).toMatchObject({ count: 7, firstAt: '2026-05-01T10:10:00.000Z' })
    expect(failures?.error).toMatch(/duplicate series|many-to-many/)
  })

  it('ends when the history cannot be read', async () => {
    const { history } = stored({})
    const broken = { ...history, range: () => Promise.reject(new Error('the server is gone')) }
    await expect(run(HOT, { history: broken, asked: [] })).rejects.toThrow('the server is gone')
  })

  it('reads a long time in parts', async () => {
    const source = stored({ 'temperature{room="a"}': '20x1500 90x100' })
    const result = await run(HOT, source, { minutes: 1600 })
    expect(shown(result)).toEqual({
      '{alertname="TooHot", room="a", severity="page"}': 'pending 1501-1503, firing 1503-',
    })
    expect(source.asked.length).toBe(2)
  })

  it.each([
    [{ maxRangeMs: MINUTE_MS }, 'a backtest may cover at most 1m, not 30m'],
    [{ maxEvaluations: 10 }, /would be evaluated 33 times, and a backtest does at most 10/],
    [{ maxSeries: 1 }, /an expression yields more than 1 series: temperature > 80/],
    [{ maxAlerts: 1 }, /more than 1 different alerts/],
  ])('names the limit that it would pass: %j', async (limits, message) => {
    const source = stored({ 'temperature{room="a"}': '90x40', 'temperature{room="b"}': '90x40' })
    const running = run(HOT, source, { limits })
    await expect(running).rejects.toThrow(message)
    await expect(run(HOT, source, { limits })).rejects.toBeInstanceOf(Problem)
  })
})

const ROUTES = `
route:
  receiver: mail
  group_by: [alertname]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 1h
  routes:
    - matchers: [severity="page"]
      receiver: pager
      mute_time_intervals: [lunch]
receivers:
  - name: mail
    webhook_configs: [{url: 'http://localhost:1/'}]
  - name: pager
    webhook_configs: [{url: 'http://localhost:1/'}, {url: 'http://localhost:2/', send_resolved: false}]
time_intervals:
  - name: lunch
    time_intervals: [{times: [{start_time: '12:00', end_time: '13:00'}]}]
inhibit_rules:
  - source_matchers: [alertname="RoomGone"]
    target_matchers: [alertname="TooHot"]
    equal: [room]
`

describe('what would have been sent', () => {
  it('goes by routes, groups, repeats and send_resolved', async () => {
    const result = await run(HOT, stored({ 'temperature{room="a"}': '20x4 90x85 20x30' }), {
      alertmanager: alertmanagerOf(ROUTES),
      minutes: 110,
    })
    const seconds = (at: string): number => (Date.parse(at) - FROM_MS) / 1000
    expect(
      result.notifications?.map(
        ({ at, receiver, integration, status, reason }) =>
          `${seconds(at)} ${receiver}/${integration} ${status}: ${reason}`,
      ),
    ).toEqual([
      // Fires in the 7th minute and is over in the 91st; flushed at 7:30 and every five minutes.
      '450 pager/webhook[0] firing: first notification',
      '450 pager/webhook[1] firing: first notification',
      '4350 pager/webhook[0] firing: repeat interval elapsed',
      '4350 pager/webhook[1] firing: repeat interval elapsed',
      '5550 pager/webhook[0] resolved: all alerts resolved',
    ])
    expect(result.alerts[0]?.sent.map(({ at, status }) => `${seconds(at)} ${status}`)).toEqual([
      ...['450 firing', '450 firing', '4350 firing', '4350 firing', '5550 resolved'],
    ])
  })

  it('tells what kept it from being sent', async () => {
    const rules = `${HOT}
      - {alert: RoomGone, expr: 'room_up == 0'}
`
    const source = stored({
      'temperature{room="a"}': '90x200',
      'room_up{room="a"}': '0x10 1x190',
    })
    const result = await run(rules, source, { alertmanager: alertmanagerOf(ROUTES), minutes: 190 })
    const hot = result.alerts.find(({ labels }) => labels['alertname'] === 'TooHot')
    const gone = result.alerts.find(({ labels }) => labels['alertname'] === 'RoomGone')
    expect(hot?.withheld.map(({ at, reason, by }) => [at.slice(11, 16), reason, by])).toEqual([
      ['10:02', 'inhibition', [gone?.fingerprint]],
      ['10:12', '', []],
      ['12:02', 'mute_time_interval', ['lunch']],
      ['13:02', '', []],
    ])
    expect(hot?.sent.map(({ at }) => at.slice(11, 16))).toEqual([
      ...['10:12', '10:12', '11:17', '11:17', '13:02', '13:02'],
    ])
  })

  it('bounds the notifications', async () => {
    const running = run(HOT, stored({ 'temperature{room="a"}': '90x100' }), {
      alertmanager: alertmanagerOf(ROUTES),
      limits: { maxNotifications: 1 },
    })
    await expect(running).rejects.toThrow('more than 1 notifications would have been sent')
  })
})
