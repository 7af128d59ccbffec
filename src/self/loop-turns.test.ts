import { afterEach, describe, expect, it, vi } from 'vitest'
import { LoopTurns, Slices } from './loop-turns.ts'

describe('LoopTurns', () => {
  it('lets one in a turn, in the order of asking', async () => {
    const turns = new LoopTurns()
    const seen: string[] = []
    const marks = ['first', 'second', 'third'].map((name) =>
      turns.next().then(() => void seen.push(name)),
    )
    const others = new Promise<void>((resolve) => {
      // Whatever else waits for the event loop comes between two of them.
      setImmediate(() => {
        seen.push('other')
        setImmediate(() => {
          seen.push('other')
          resolve()
        })
      })
    })
    await Promise.all([...marks, others])
    expect(seen).toEqual(['first', 'other', 'second', 'other', 'third'])
  })
})

describe('Slices', () => {
  afterEach(() => vi.restoreAllMocks())

  function clock(): { nowMs: number } {
    const now = { nowMs: 0 }
    vi.spyOn(performance, 'now').mockImplementation(() => now.nowMs)
    return now
  }

  const turnOver = () => new Promise<void>((resolve) => void setImmediate(resolve))

  it('rests after ten milliseconds of heavy work, and sooner when others worked in this turn', async () => {
    const now = clock()
    const turns = new LoopTurns()
    const [one, other] = [new Slices(undefined, turns), new Slices(undefined, turns)]
    expect(one.spend(1e6)).toBe(false)
    now.nowMs = 6
    expect(one.spend(1e6)).toBe(false)
    now.nowMs = 11
    expect(other.spend(1e6)).toBe(true)
    expect(one.spend(1000)).toBe(true)
    await one.rest()
    expect(one.spend(1e6)).toBe(false)
    await other.rest()
    expect(other.spend(1000)).toBe(false)
  })

  it('does not make small work wait for a turn that is used up, unless for twice as long', async () => {
    const now = clock()
    const turns = new LoopTurns()
    const heavy = new Slices(undefined, turns)
    heavy.spend(1e6)
    now.nowMs = 15
    expect(heavy.spend(1e6)).toBe(true)
    expect(new Slices(undefined, turns).spend(1000)).toBe(false)
    now.nowMs = 21
    expect(heavy.spend(1e6)).toBe(true)
    // Many small pieces are as long as a large one.
    const small = Array.from({ length: 30 }, () => new Slices(undefined, turns).spend(1000))
    expect(small.at(0)).toBe(false)
    expect(small.at(-1)).toBe(true)
    await turnOver()
    expect(new Slices(undefined, turns).spend(1000)).toBe(false)
  })

  it('stops when nobody wants the work any more', async () => {
    const slices = new Slices(() => {
      throw new Error('not wanted')
    }, new LoopTurns())
    await expect(slices.rest()).rejects.toThrow('not wanted')
  })
})
