import { expect, it } from 'vitest'
import { floorNs, wordsOf } from './floor-ns.ts'

it('floors times as exactly as bigints do, also at and around multiples of the unit', () => {
  const day = 86_400_000_000_000n
  const near = [-2n, -1n, 0n, 1n, 2n, 500n, 123_456_789n]
  const times = BigInt64Array.from(
    [0n, 1n, 20_000n, 20_778n, 47_481n].flatMap((days) => near.map((off) => days * day + off)),
  )
  const words = wordsOf(times)
  for (const unit of [1_000_000n, 600_000_000_000n, day]) {
    for (const [row, time] of times.entries()) {
      const exact = time < 0n ? -1n : time / unit
      expect(floorNs(times, words, row, Number(unit)), `${time} / ${unit}`).toBe(Number(exact))
    }
  }
})
