import { expect, it } from 'vitest'
import { ReadClock } from './read-clock.ts'

it('gives each place a nanosecond of its own, and follows the clock', () => {
  let nowMs = 1000
  const clock = new ReadClock(() => nowMs)
  expect(clock.take(10)).toBe(1_000_000_000n)
  expect(clock.take(5)).toBe(1_000_000_010n)
  nowMs = 1001
  expect(clock.take(1)).toBe(1_001_000_000n)
  clock.startAfter(1_001_500_000n)
  expect(clock.take(1)).toBe(1_001_500_001n)
})

it('does not stay ahead of a clock that was set back', () => {
  let nowMs = 3_600_000
  const clock = new ReadClock(() => nowMs)
  clock.take(1)
  nowMs = 0
  expect(clock.take(1)).toBe(0n)
})
