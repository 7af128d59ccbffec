import { afterEach, describe, expect, it, vi } from 'vitest'
import { LoopTurns } from '../../self/loop-turns.ts'
import { Pace, SampleBudget } from './pace.ts'
import { Stop, StoppableBounds } from './stop.ts'

const REQUEST = { query: '', startMs: 0, endMs: 0, stepMs: 0 }

describe('Pace', () => {
  afterEach(() => vi.restoreAllMocks())

  function paceAt(clock: { nowMs: number }) {
    vi.spyOn(performance, 'now').mockImplementation(() => clock.nowMs)
    const client = new AbortController()
    const stop = new Stop({ ...REQUEST, signal: client.signal }, 60_000)
    return { pace: new Pace(stop, new LoopTurns()), client, stop }
  }

  it('asks for rest once the slice is used up, and until it is taken', async () => {
    const clock = { nowMs: 0 }
    const { pace, stop } = paceAt(clock)
    expect(pace.spend(1e6)).toBe(false)
    clock.nowMs = 11
    expect(pace.spend(1)).toBe(false)
    expect(pace.spend(1e6)).toBe(true)
    expect(pace.spend(1)).toBe(true)
    await pace.rest()
    expect(pace.spend(1e6)).toBe(false)
    stop.release()
  })

  it('throws the reason when it wakes up in a query that was stopped', async () => {
    const { pace, client, stop } = paceAt({ nowMs: 0 })
    client.abort()
    await expect(pace.rest()).rejects.toMatchObject({ code: 'canceled' })
    stop.release()
  })
})

describe('SampleBudget', () => {
  it('counts what is held, and remembers the most', () => {
    const budget = new SampleBudget(100)
    budget.reserve(40)
    const mark = budget.mark()
    budget.reserve(60)
    budget.restore(mark)
    budget.reserve(10)
    expect(budget.mark()).toBe(50)
    expect(budget.peak).toBe(100)
    expect(() => budget.reserve(51)).toThrow('too many samples')
  })
})

describe('StoppableBounds', () => {
  it('hands the reason to a source that asks for the signal, early or late', () => {
    const client = new AbortController()
    const stop = new Stop({ ...REQUEST, signal: client.signal }, 60_000)
    const early = new StoppableBounds(stop, 1, 2).signal
    const late = new StoppableBounds(stop, 1, 2)
    expect(early.aborted).toBe(false)
    client.abort()
    expect(early.reason).toMatchObject({ code: 'canceled' })
    expect(late.signal.aborted).toBe(true)
    stop.release()
  })
})
