import { describe, expect, it } from 'vitest'
import { SwitchedWork } from '../testing/switched-work.ts'
import { MemorySeries } from './memory-series.ts'
import { RulesBench, START_MS } from './testing/rules-bench.ts'

const S = 1000

const RULES = `
groups:
  - name: g
    interval: 15s
    rules:
      - {record: seen, expr: heat}
      - {alert: Hot, expr: heat > 5, for: 2m}
`

/** Two members with the same rules over the same series; the first has the work. */
async function twoMembers() {
  const series = new MemorySeries()
  const [workA, workB] = [new SwitchedWork(true), new SwitchedWork(false)]
  const a = new RulesBench({ series, work: workA })
  const b = new RulesBench({ series, work: workB })
  await a.apply(RULES)
  await b.apply(RULES)
  return {
    ...{ a, b, workA, workB },
    async advance(durationMs: number) {
      for (let passedMs = 0; passedMs < durationMs; passedMs += S) {
        a.set({ __name__: 'heat' }, 9)
        await a.clock.advance(S)
        await b.clock.advance(S)
      }
    },
    evaluations: (bench: RulesBench) => bench.metric('prometheus_rule_group_iterations_total') ?? 0,
    state: (bench: RulesBench) => bench.manager.groups[0]?.alertingRules[0]?.state,
  }
}

describe('rules that members share', () => {
  it('are evaluated by one of them, and by the other from the moment it takes over', async () => {
    const { a, b, workA, workB, advance, evaluations } = await twoMembers()
    await advance(60 * S)
    expect([evaluations(a), evaluations(b)]).toEqual([4, 0])
    await workA.give(false)
    await advance(16 * S)
    expect([evaluations(a), evaluations(b)]).toEqual([4, 0])
    await workB.give(true, 16 * S)
    await b.clock.advance(0)
    // The slot that nobody came to is made good at once.
    expect(evaluations(b)).toBe(1)
    await advance(30 * S)
    expect([evaluations(a), evaluations(b)]).toEqual([4, 3])
    const times = await a.query('seen', b.clock.nowMs())
    expect(times).toEqual(['seen 9'])
  })

  it('leave a slot alone that the other one came to', async () => {
    const { b, workA, workB, advance, evaluations } = await twoMembers()
    await advance(60 * S)
    await workA.give(false)
    await workB.give(true, 0)
    await b.clock.advance(0)
    expect(evaluations(b)).toBe(0)
    await advance(15 * S)
    expect(evaluations(b)).toBe(1)
  })

  it('keep the time for which an alert has been active, and tell of it as before', async () => {
    const { a, b, workA, workB, advance, state } = await twoMembers()
    await advance(100 * S)
    expect(state(a)).toBe('pending')
    await workA.give(false)
    expect(state(a)).toBe('inactive')
    await advance(10 * S)
    await workB.give(true, 10 * S)
    await advance(20 * S)
    expect(state(b)).toBe('pending')
    await advance(30 * S)
    expect(state(b)).toBe('firing')
    expect(a.puts).toEqual([])
    const firedAtMs = (b.puts[0]?.atMs ?? 0) - START_MS
    // Two minutes after it began, but for the time in which nobody looked.
    expect(firedAtMs).toBeGreaterThan(120 * S)
    expect(firedAtMs).toBeLessThan(165 * S)
  })

  it('fire on at the second evaluation when they fired before', async () => {
    const { a, b, workA, workB, advance, state } = await twoMembers()
    await advance(200 * S)
    expect(state(a)).toBe('firing')
    await workA.give(false)
    await workB.give(true, 5 * S)
    await advance(31 * S)
    expect(state(b)).toBe('firing')
    expect(await b.query('ALERTS{alertstate="firing"}')).toEqual([
      'ALERTS{alertname="Hot", alertstate="firing"} 1',
    ])
  })

  it('are not evaluated by a member that does not know yet that it lost them', async () => {
    const { a, workA, advance, evaluations } = await twoMembers()
    await advance(60 * S)
    workA.lapse()
    await advance(60 * S)
    expect(evaluations(a)).toBe(4)
    await workA.give(false)
    await workA.give(true, 60 * S)
    await advance(15 * S)
    expect(evaluations(a)).toBeGreaterThan(4)
  })
})
