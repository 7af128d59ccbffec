import { expect, it } from 'vitest'
import { formatGoDuration } from './go-duration.ts'

it.each([
  [0, '0s'],
  [500, '500ms'],
  [1500, '1.5s'],
  [15_000, '15s'],
  [60_000, '1m0s'],
  [90_500, '1m30.5s'],
  [3_600_000, '1h0m0s'],
  [90_061_000, '25h1m1s'],
])('%i ms is %s', (durationMs, expected) => {
  expect(formatGoDuration(durationMs)).toBe(expected)
})
