import { describe, expect, it } from 'vitest'
import { MemorySeries } from './memory-series.ts'
import type { AlertingRule } from './alerting-rule.ts'
import { RulesBench, START_MS } from './testing/rules-bench.ts'

const S = 1000
const MIN = 60 * S

/** One rule that fires while `fault` is above 10, evaluated every 30 s. */
function ruleText(more: string): string {
  return `groups: [{name: g, interval: 30s, rules: [{alert: Fault, expr: fault > 10, ${more}}]}]`
}

function ruleOf(bench: RulesBench): AlertingRule {
  const [rule] = bench.manager.groups[0]?.alertingRules ?? []
  if (rule === undefined) throw new Error('there is no rule')
  return rule
}

/** Lets `fault{i="1"}` have a value for so long, written every 10 s. */
async function hold(bench: RulesBench, value: number, durationMs: number): Promise<void> {
  for (let passed = 0; passed < durationMs; passed += 10 * S) {
    bench.set({ __name__: 'fault', i: '1' }, value)
    await bench.clock.advance(10 * S)
  }
}

/** When alerts were put, with what they said: firing or resolved. */
function told(bench: RulesBench): string[] {
  const [first = bench.puts[0]] = bench.puts
  return bench.puts.flatMap(({ atMs, alerts }) =>
    alerts.map(
      ({ endsAtMs = 0 }) =>
        `${(atMs - (first?.atMs ?? 0)) / S} ${endsAtMs > atMs ? 'firing' : 'resolved'}`,
    ),
  )
}

describe('an alert', () => {
  it('fires at once without for, and is told again after the resend delay', async () => {
    const bench = new RulesBench()
    await bench.apply(ruleText('labels: {severity: page}, annotations: {v: "{{ $value }}"}'))
    await hold(bench, 11, 4 * MIN)
    expect(told(bench)).toEqual(['0 firing', '90 firing', '180 firing'])
    const { atMs, alerts } = bench.puts[0] ?? { atMs: 0, alerts: [] }
    expect(alerts[0]?.labels.toObject()).toEqual({ alertname: 'Fault', i: '1', severity: 'page' })
    expect(alerts[0]).toMatchObject({
      startsAtMs: atMs,
      endsAtMs: atMs + 4 * MIN,
      generatorUrl: 'http://mon.example.org/graph?g0.expr=fault+%3E+10&g0.tab=1',
    })
    expect(alerts[0]?.annotations.toObject()).toEqual({ v: '11' })
  })

  it('waits for its for, and writes what it does', async () => {
    const bench = new RulesBench()
    await bench.apply(ruleText('for: 1m'))
    await hold(bench, 11, MIN)
    expect(ruleOf(bench).state).toBe('pending')
    await hold(bench, 11, 3 * MIN)
    expect(ruleOf(bench).state).toBe('firing')
    const labels = 'alertname="Fault", %, i="1"'
    const series = (state: string): string =>
      `ALERTS{${labels.replace('%', `alertstate="${state}"`)}} 1`
    expect(await bench.query('ALERTS')).toEqual([series('firing')])
    const activeAtMs = ruleOf(bench).alerts[0]?.activeAtMs ?? 0
    expect(await bench.query('ALERTS_FOR_STATE')).toEqual([
      `ALERTS_FOR_STATE{alertname="Fault", i="1"} ${Math.floor(activeAtMs / S)}`,
    ])
    expect(bench.puts[0]?.alerts[0]?.startsAtMs).toBe(activeAtMs + MIN)
  })

  it('is forgotten when it only was pending', async () => {
    const bench = new RulesBench()
    await bench.apply(ruleText('for: 2m'))
    await hold(bench, 11, MIN)
    await hold(bench, 0, MIN)
    expect(ruleOf(bench).alerts).toEqual([])
    expect(bench.puts).toEqual([])
    expect(await bench.query('ALERTS')).toEqual([])
  })

  it('is told to be resolved for 15 minutes', async () => {
    const bench = new RulesBench()
    await bench.apply(ruleText(''))
    await hold(bench, 11, MIN)
    await hold(bench, 0, 20 * MIN)
    const times = told(bench)
    expect(times.slice(0, 3)).toEqual(['0 firing', '60 resolved', '150 resolved'])
    expect(times.at(-1)).toBe('960 resolved')
    expect(bench.puts.at(-1)?.alerts[0]?.endsAtMs).toBe((bench.puts[0]?.atMs ?? 0) + MIN)
    expect(ruleOf(bench).alerts).toEqual([])
  })

  it('begins anew when it comes back', async () => {
    const bench = new RulesBench()
    await bench.apply(ruleText(''))
    await hold(bench, 11, MIN)
    await hold(bench, 0, MIN)
    await hold(bench, 11, MIN)
    expect(told(bench)).toEqual(['0 firing', '60 resolved', '120 firing'])
    expect(bench.puts.at(-1)?.alerts[0]?.startsAtMs).toBe(bench.puts.at(-1)?.atMs)
    expect(ruleOf(bench).activeAlerts).toHaveLength(1)
  })

  it('keeps firing for a while', async () => {
    const bench = new RulesBench()
    await bench.apply(ruleText('keep_firing_for: 2m'))
    await hold(bench, 11, MIN)
    await hold(bench, 0, MIN)
    const [alert] = ruleOf(bench).alerts
    expect(alert).toMatchObject({ state: 'firing' })
    expect(alert?.keepFiringSinceMs).toBeDefined()
    await hold(bench, 11, 30 * S)
    expect(ruleOf(bench).alerts[0]?.keepFiringSinceMs).toBeUndefined()
    await hold(bench, 0, 2 * MIN)
    expect(ruleOf(bench).state).toBe('firing')
    await hold(bench, 0, 30 * S)
    expect(ruleOf(bench).state).toBe('inactive')
  })

  it('is an error of the rule when another has the same labels, or when there are too many', async () => {
    const bench = new RulesBench()
    await bench.apply(`
groups:
  - {name: a, rules: [{alert: Twice, expr: up == 0, labels: {instance: same}}]}
  - {name: b, limit: 1, rules: [{alert: Many, expr: up == 0}]}
`)
    for (const instance of ['1', '2']) bench.set({ __name__: 'up', instance }, 0)
    await bench.clock.advance(MIN)
    expect(bench.manager.groups.map(({ rules }) => rules[0]?.lastError)).toEqual([
      'vector contains metrics with the same labelset after applying alert labels',
      'exceeded limit of 1 with 2 alerts',
    ])
    expect(bench.puts).toEqual([])
    expect(await bench.query('ALERTS')).toEqual([])
  })
})

describe('after a restart', () => {
  /** A server that has run for a while with its alert waiting, then one that comes after it. */
  async function restart(forText: string, ranMs: number, downMs: number): Promise<RulesBench> {
    const series = new MemorySeries()
    const first = new RulesBench({ series })
    await first.apply('groups: []')
    await first.apply(ruleText(`for: ${forText}`))
    await hold(first, 11, ranMs)
    await first.manager.stop()
    const second = new RulesBench({ series, startMs: START_MS + ranMs + downMs })
    await second.apply(ruleText(`for: ${forText}`))
    await hold(second, 11, MIN)
    return second
  }

  /** How long the alert still has to wait at the time of restoring. */
  function waitsMs(bench: RulesBench, forMs: number): number {
    const activeAtMs = ruleOf(bench).alerts[0]?.activeAtMs ?? 0
    return activeAtMs + forMs - START_MS
  }

  it('the time that passed before counts, the time in between does not', async () => {
    const bench = await restart('1h', 20 * MIN, 10 * MIN)
    const fires = waitsMs(bench, 60 * MIN)
    expect(fires).toBeGreaterThan(69 * MIN)
    expect(fires).toBeLessThan(73 * MIN)
    expect(ruleOf(bench).state).toBe('pending')
  })

  it('an alert that would soon fire waits for the grace period', async () => {
    const bench = await restart('30m', 25 * MIN, 2 * MIN)
    expect(waitsMs(bench, 30 * MIN)).toBeGreaterThan(37 * MIN)
    expect(waitsMs(bench, 30 * MIN)).toBeLessThan(39 * MIN)
  })

  it('an alert that fired fires on', async () => {
    const bench = await restart('20m', 25 * MIN, 2 * MIN)
    await hold(bench, 11, 30 * S)
    expect(ruleOf(bench).state).toBe('firing')
    expect(waitsMs(bench, 20 * MIN)).toBeLessThan(22 * MIN)
  })

  it('what is too old, or shorter than the grace period, begins anew', async () => {
    const old = await restart('2h', 20 * MIN, 61 * MIN)
    expect(waitsMs(old, 0)).toBeGreaterThan(80 * MIN)
    const short = await restart('5m', 4 * MIN, 2 * MIN)
    expect(waitsMs(short, 0)).toBeGreaterThan(5 * MIN)
  })

  it('nothing is written before the state was looked for', async () => {
    const series = new MemorySeries()
    const bench = new RulesBench({ series })
    await bench.apply(ruleText('for: 1h'))
    await hold(bench, 11, MIN)
    expect(await bench.query('ALERTS_FOR_STATE')).toEqual([])
    await hold(bench, 11, 30 * S)
    expect(await bench.query('ALERTS_FOR_STATE')).toHaveLength(1)
  })
})
