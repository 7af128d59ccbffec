import { describe, expect, it } from 'vitest'
import { boundsOf, settle, shareOut } from './share-out.ts'
import { SIGNALS, sumOf, type PerSignal, type Signal } from './signals.ts'

const shares = { metrics: 0.5, logs: 0.3, traces: 0.2 }
const order: readonly Signal[] = ['traces', 'logs', 'metrics']

function of(metrics: number, logs: number, traces: number): PerSignal<number> {
  return { metrics, logs, traces }
}

describe('what each signal gives', () => {
  it.each([
    ['nothing while there is room', of(10, 10, 10), 100, of(0, 0, 0)],
    ['nothing at exactly the room', of(50, 30, 20), 100, of(0, 0, 0)],
    ['who has more than its share, to its share', of(60, 35, 25), 100, of(10, 5, 5)],
    ['the first of the order alone while it has enough', of(60, 10, 40), 100, of(0, 0, 10)],
    ['then the next', of(60, 60, 30), 120, of(0, 24, 6)],
    ['a borrowed share last of all', of(90, 0, 30), 100, of(10, 0, 10)],
    ['one that is alone', of(0, 150, 0), 100, of(0, 50, 0)],
    ['everything when there is no room', of(10, 20, 30), 0, of(10, 20, 30)],
    ['everything when others have taken more than all', of(10, 20, 30), -50, of(10, 20, 30)],
  ])('%s', (_, have, room, gives) => {
    expect(shareOut(have, room, { shares, order })).toEqual(gives)
  })

  it('makes room whatever there is, never takes what is within a share, and gives in the order', () => {
    let seed = 7
    const random = (most: number): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return (seed / 2_147_483_647) * most
    }
    for (let round = 0; round < 2000; round++) {
      const have = of(random(100), random(100), random(100))
      const room = random(300)
      const gives = shareOut(have, room, { shares, order })
      const left = settle(have, room, { shares, order })
      expect(sumOf(left)).toBeLessThanOrEqual(Math.max(room, 0) + 1e-6)
      expect(sumOf(left)).toBeGreaterThanOrEqual(Math.min(sumOf(have), room) - 1e-6)
      const beyond = (signal: Signal): number => left[signal] - shares[signal] * Math.max(room, 0)
      const givers = SIGNALS.filter((signal) => gives[signal] > 0)
      expect(givers.filter((signal) => beyond(signal) < -1e-6)).toEqual([])
      // Nobody gives while one before it still has more than its share.
      const waiting = givers.flatMap((signal) => order.slice(0, order.indexOf(signal)))
      expect(waiting.filter((signal) => beyond(signal) > 1e-6)).toEqual([])
    }
  })
})

const MIB = 1024 ** 2
const GIB = 1024 * MIB

it.each([
  ['32 MiB', 32 * MIB, 25.6, 1],
  ['60 MiB', 60 * MIB, 48, 1.2],
  ['1 GiB', GIB, 0.95 * 1024, 20.48],
  ['20 GiB', 20 * GIB, 19 * 1024, 409.6],
  ['1 TiB', 1024 * GIB, 0.95 * 1024 * 1024, 2048],
])('a budget of %s leaves room for two merges', (_, budgetBytes, limitMiB, chunkMiB) => {
  const { limitBytes, chunkBytes, largestMergeBytes } = boundsOf({ budgetBytes, shares, order })
  expect(limitBytes / MIB).toBeCloseTo(limitMiB, 0)
  expect(chunkBytes / MIB).toBeCloseTo(chunkMiB, 1)
  const two = largestMergeBytes.metrics + largestMergeBytes.logs
  expect(two).toBeLessThanOrEqual(budgetBytes - limitBytes)
})
