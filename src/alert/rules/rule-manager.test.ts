import { describe, expect, it } from 'vitest'
import { Problem } from '../../model/problem.ts'
import { MemorySeries } from './memory-series.ts'
import { RulesBench, START_MS } from './testing/rules-bench.ts'

const S = 1000
const MIN = 60 * S

const RECORDING = `
groups:
  - name: g
    interval: 30s
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
        labels: {team: a}
      - record: job:up:double
        expr: job:up:sum * 2
`

describe('recording rules', () => {
  it('write their series in order, and end them when they are gone', async () => {
    const bench = new RulesBench()
    await bench.apply(RECORDING)
    bench.set({ __name__: 'up', job: 'a' }, 1)
    bench.set({ __name__: 'up', job: 'b' }, 3)
    await bench.clock.advance(30 * S)
    expect(await bench.query('{team="a"}')).toEqual([
      'job:up:double{job="a", team="a"} 2',
      'job:up:double{job="b", team="a"} 6',
      'job:up:sum{job="a", team="a"} 1',
      'job:up:sum{job="b", team="a"} 3',
    ])
    bench.set({ __name__: 'up', job: 'b' }, 'stale')
    await bench.clock.advance(30 * S)
    expect(await bench.query('{team="a"}')).toEqual([
      'job:up:double{job="a", team="a"} 2',
      'job:up:sum{job="a", team="a"} 1',
    ])
  })

  it('take labels away that are empty, and refuse equal results', async () => {
    const bench = new RulesBench()
    await bench.apply(
      "groups: [{name: g, rules: [{record: r, expr: up, labels: {instance: ''}}, {record: s, expr: '1'}]}]",
    )
    bench.set({ __name__: 'up', instance: 'x', job: 'a' }, 1)
    await bench.clock.advance(MIN)
    expect(await bench.query('r')).toEqual(['r{job="a"} 1'])
    expect(await bench.query('s')).toEqual(['s 1'])
    bench.set({ __name__: 'up', instance: 'y', job: 'a' }, 1)
    await bench.clock.advance(MIN)
    const [first, second] = bench.manager.groups[0]?.rules ?? []
    expect(first?.health).toBe('err')
    expect(first?.lastError).toBe(
      'vector contains metrics with the same labelset after applying rule labels',
    )
    expect(second?.health).toBe('ok')
    expect(bench.metric('prometheus_rule_evaluation_failures_total')).toBe(1)
  })

  it('hold to the limit, and to the offsets of the group and of all', async () => {
    const bench = new RulesBench({ queryOffsetMs: 10 * S })
    await bench.apply(`
groups:
  - {name: a, limit: 1, rules: [{record: limited, expr: up}]}
  - {name: b, query_offset: 30s, rules: [{record: b, expr: timestamp(up)}]}
  - {name: c, rules: [{record: c, expr: timestamp(up)}]}
`)
    for (let i = 0; i < 300; i++) {
      bench.set({ __name__: 'up', instance: '1' }, 1)
      bench.set({ __name__: 'up', instance: '2' }, 1)
      await bench.clock.advance(S)
    }
    const [a] = bench.manager.groups
    expect(a?.rules[0]?.lastError).toBe('exceeded limit of 1 with 2 series')
    // A recorded sample carries the time that the expression was evaluated at.
    for (const name of ['b', 'c']) {
      expect(await bench.query(`timestamp(${name}) - ${name} > 1`)).toEqual([])
    }
    const lags = await bench.query('time() - timestamp(b{instance="1"})')
    expect(lags).toHaveLength(1)
  })

  it('tell of samples that are refused', async () => {
    const bench = new RulesBench({
      sink: (series) => ({
        append: (batch) => series.append(batch),
        offer: (batch) => ({
          accepted: 0,
          rejected: batch.series.map((labels) => ({
            series: labels,
            timestampMs: 0,
            reason: 'series_limit',
            message: 'too many series',
          })),
          rejectedCount: batch.series.length,
        }),
      }),
    })
    await bench.apply(RECORDING)
    bench.set({ __name__: 'up', job: 'a' }, 1)
    await bench.clock.advance(30 * S)
    expect(bench.manager.groups[0]?.rules[0]).toMatchObject({
      health: 'err',
      lastError: 'too many series',
    })
  })
})

describe('groups', () => {
  it('are evaluated at slots of their own, the same after every start', async () => {
    const text = (name: string): string =>
      `groups: [{name: ${name}, interval: 1m, rules: [{record: ${name}, expr: time()}]}]`
    const slots = new Map<string, number>()
    for (const name of ['a', 'b', 'c', 'a']) {
      const bench = new RulesBench({ startMs: START_MS + slots.size * 7 * S })
      await bench.apply(text(name))
      await bench.clock.advance(3 * MIN)
      const [row = ''] = await bench.query(name)
      const offset = (Number(row.split(' ')[1]) * 1000) % MIN
      expect(slots.get(name) ?? offset).toBeCloseTo(offset, 0)
      slots.set(name, offset)
      expect(bench.metric('prometheus_rule_group_iterations_total')).toBe(3)
    }
    expect(new Set(slots.values()).size).toBe(3)
  })

  it('leave out the slots that pass meanwhile, and count them', async () => {
    const bench = new RulesBench()
    await bench.apply('groups: [{name: g, interval: 10s, rules: [{record: r, expr: "1"}]}]')
    await bench.clock.advance(10 * S)
    bench.clock.jump(30 * S)
    await bench.clock.advance(10 * S)
    expect(bench.metric('prometheus_rule_group_iterations_missed_total')).toBe(3)
    expect(bench.metric('prometheus_rule_group_iterations_total')).toBe(5)
    expect(bench.metric('prometheus_rule_evaluations_total')).toBe(2)
  })

  it('go on after a clock was set back', async () => {
    const bench = new RulesBench()
    await bench.apply('groups: [{name: g, interval: 10s, rules: [{record: r, expr: "1"}]}]')
    await bench.clock.advance(20 * S)
    bench.clock.jump(-3600 * S)
    await bench.clock.advance(30 * S)
    expect(bench.metric('prometheus_rule_evaluations_total')).toBe(5)
  })

  it('go on while expressions fail, and evaluate independent rules at the same time', async () => {
    let running = 0
    let most = 0
    const bench = new RulesBench({
      engine: (engine) => ({
        evaluate: async (request) => {
          most = Math.max(most, ++running)
          await new Promise((resolve) => setImmediate(resolve))
          running--
          if (request.query === 'a') throw new Problem('unavailable', 'the engine is away')
          return engine.evaluate(request)
        },
      }),
    })
    const rules = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `{record: r:${name}, expr: ${name}}`)
    await bench.apply(`groups: [{name: g, rules: [${rules.join(', ')}]}]`)
    await bench.clock.advance(MIN)
    expect(bench.manager.groups[0]?.rules.map(({ health }) => health)).toEqual([
      'err',
      ...Array.from({ length: 5 }, () => 'ok'),
    ])
    expect(most).toBe(4)
  })
})

describe('apply', () => {
  it('lets unchanged groups run on, and changed ones keep the state of their rules', async () => {
    const bench = new RulesBench()
    const text = (expr: string): string => `
groups:
  - {name: same, interval: 10s, rules: [{alert: Same, expr: up == 0, for: 1m}]}
  - name: changed
    interval: 10s
    rules:
      - {alert: Kept, expr: up == 0, for: 2m}
      - {record: gone, expr: up}
      - {record: r, expr: ${expr}}
`
    await bench.apply(text('"1"'))
    bench.set({ __name__: 'up', job: 'a' }, 0)
    await bench.clock.advance(90 * S)
    const [, same] = bench.manager.groups
    expect(await bench.query('gone')).toEqual(['gone{job="a"} 0'])
    await bench.apply(text('"2"').replace('- {record: gone, expr: up}', ''))
    expect(bench.manager.groups[1]).toBe(same)
    bench.set({ __name__: 'up', job: 'a' }, 0)
    await bench.clock.advance(50 * S)
    // The time before the change counts, and the series of the removed rule has ended.
    expect(bench.manager.groups[0]?.alertingRules[0]?.state).toBe('firing')
    expect(await bench.query('gone')).toEqual([])
    expect(await bench.query('r')).toEqual(['r 2'])
  })

  it('ends the series of removed groups after two intervals, and forgets their metrics', async () => {
    const bench = new RulesBench()
    await bench.apply('groups: [{name: g, interval: 30s, rules: [{record: r, expr: "1"}]}]')
    await bench.clock.advance(30 * S)
    await bench.apply('groups: []')
    expect(bench.metric('prometheus_rule_group_rules')).toBeUndefined()
    await bench.clock.advance(59 * S)
    expect(await bench.query('r')).toEqual(['r 1'])
    await bench.clock.advance(2 * S)
    expect(await bench.query('r')).toEqual([])
  })

  it('ends nothing when the server stops', async () => {
    const series = new MemorySeries()
    const bench = new RulesBench({ series })
    await bench.apply('groups: [{name: g, interval: 30s, rules: [{record: r, expr: "1"}]}]')
    await bench.clock.advance(30 * S)
    await bench.manager.stop()
    await bench.clock.advance(2 * MIN)
    expect(await bench.query('r')).toEqual(['r 1'])
  })
})
