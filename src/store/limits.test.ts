import { expect, it } from 'vitest'
import { defaultMaxSeries } from './limits.ts'

it.each([
  ['256 MiB', 256, 58_000],
  ['450 MiB', 450, 102_000],
  ['1 GiB', 1024, 233_000],
  ['nothing', 0, 1000],
])('the default limit of series follows the memory budget: %s', (_, mebibytes, series) => {
  expect(defaultMaxSeries(mebibytes * 1024 * 1024)).toBe(series)
})
