import { expect, it } from 'vitest'
import { slicesOf } from './make-day.ts'

const DAY_MS = 86_400_000
const whole = { keepSeconds: 0, afterMs: 0, untilMs: DAY_MS }

it('takes small metrics together', () => {
  const metrics = [
    { hash: 1, samples: 40 },
    { hash: 5, samples: 50 },
    { hash: 7, samples: 20 },
  ]
  expect([...slicesOf(whole, metrics, 100)]).toEqual([
    { ...whole, hashes: [1, 5] },
    { ...whole, hashes: [7, 7] },
  ])
})

it('cuts large metrics into stretches of time, then of ids, and loses none', () => {
  const metrics = [
    { hash: 1, samples: 40 },
    { hash: 2, samples: 1200 },
    { hash: 3, samples: 3600 },
    { hash: 4, samples: 1 },
  ]
  const slices = [...slicesOf(whole, metrics, 100)]
  expect(slices.map(({ hashes }) => hashes?.[0])).toEqual([
    1,
    ...Array.from({ length: 12 }, () => 2),
    ...Array.from({ length: 36 }, () => 3),
    4,
  ])
  expect(slices[1]).toEqual({ keepSeconds: 0, afterMs: 0, untilMs: DAY_MS / 12, hashes: [2, 2] })
  const third = slices.filter(({ hashes }) => hashes?.[0] === 3).slice(0, 3)
  expect(third[0]?.ids?.[0]).toBe(0n)
  expect(third[1]?.ids?.[0]).toBe((third[0]?.ids?.[1] ?? 0n) + 1n)
  expect(third[2]?.ids?.[1]).toBe(2n ** 64n - 1n)
})

it('makes nothing of nothing', () => {
  expect([...slicesOf(whole, [], 100)]).toEqual([])
})
