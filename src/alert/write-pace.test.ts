import { expect, it } from 'vitest'
import { WritePace } from './write-pace.ts'

it('lets a burst through, and then a fifth of the time', () => {
  let nowMs = 0
  const pace = new WritePace(() => nowMs)
  for (let i = 0; i < 15; i++) {
    expect(pace.restMs()).toBe(0)
    pace.note(10)
  }
  // 10 ms more than is allowed are paid for by 50 ms.
  pace.note(10)
  expect(pace.restMs()).toBeCloseTo(50)
  nowMs += 50
  expect(pace.restMs()).toBeCloseTo(0)
  pace.note(10)
  expect(pace.restMs()).toBeCloseTo(50)
})

it('never asks for a long rest, and forgets what was long ago', () => {
  let nowMs = 0
  const pace = new WritePace(() => nowMs)
  pace.note(60_000)
  expect(pace.restMs()).toBe(500)
  nowMs += 3_600_000
  expect(pace.restMs()).toBe(0)
})
