import { describe, expect, it } from 'vitest'
import { formatDate } from './format-date.ts'
import { calculateQueryIntervals, readIntervalMs, roundIntervalMs } from './interval.ts'

const HOUR_MS = 3_600_000

describe('intervals', () => {
  it.each([
    ['15s', 15_000],
    ['>10s', 10_000],
    ['1h30m', 5_400_000],
    ['30', 30_000],
    ['0.5s', 500],
    ['1M', 2_592_000_000],
    ['', undefined],
    ['$x', undefined],
  ])('%s', (text, expected) => {
    expect(readIntervalMs(text)).toBe(expected)
  })

  it.each([
    [3, 1],
    [21_600, 20_000],
    [36_000, 30_000],
    [120_000, 120_000],
    [1e12, 31_536_000_000],
  ])('%d rounds to %d', (intervalMs, expected) => {
    expect(roundIntervalMs(intervalMs)).toBe(expected)
  })

  it.each([
    [
      { rangeMs: HOUR_MS, maxDataPoints: 1000 },
      { stepMs: 15_000, rateIntervalMs: 60_000 },
    ],
    [
      { rangeMs: 24 * HOUR_MS, maxDataPoints: 1000 },
      { stepMs: 60_000, rateIntervalMs: 75_000 },
    ],
    [
      { rangeMs: HOUR_MS, maxDataPoints: 1000, panelInterval: '1m' },
      { stepMs: 60_000, rateIntervalMs: 75_000 },
    ],
    [
      { rangeMs: HOUR_MS, maxDataPoints: 1000, queryInterval: '1m' },
      { stepMs: 60_000, rateIntervalMs: 240_000 },
    ],
    [
      { rangeMs: HOUR_MS, maxDataPoints: 1000, queryInterval: '$__rate_interval' },
      { stepMs: 60_000, rateIntervalMs: 60_000 },
    ],
    [
      { rangeMs: HOUR_MS, maxDataPoints: 1000, queryInterval: '$__interval' },
      { stepMs: 15_000, rateIntervalMs: 60_000 },
    ],
    [
      { rangeMs: HOUR_MS, maxDataPoints: 1000, intervalFactor: 4 },
      { stepMs: 60_000, rateIntervalMs: 75_000 },
    ],
    [
      { rangeMs: HOUR_MS, maxDataPoints: 1000, scrapeIntervalMs: 60_000 },
      { stepMs: 60_000, rateIntervalMs: 240_000 },
    ],
    [
      { rangeMs: 100_000_000, maxDataPoints: 1e6, panelInterval: '1s' },
      { stepMs: 10_000, rateIntervalMs: 60_000 },
    ],
  ])('%j', (request, expected) => {
    expect(calculateQueryIntervals(request)).toEqual(expected)
  })
})

describe('formatDate', () => {
  const at = Date.UTC(2024, 1, 3, 4, 5, 6, 7)

  it.each([
    ['YYYY-MM-DD HH:mm:ss.SSS', 'utc', '2024-02-03 04:05:06.007'],
    ['dddd Do MMMM YY, h:mm a', 'utc', 'Saturday 3rd February 24, 4:05 am'],
    ['HH:mm Z', 'Asia/Kolkata', '09:35 +05:30'],
    ['HH:mm ZZ', 'America/New_York', '23:05 -0500'],
    ['[at] X', 'utc', 'at 1706933106'],
    ['HH', 'No/Zone', '04'],
  ])('%s in %s', (format, zone, expected) => {
    expect(formatDate(at, format, zone)).toBe(expected)
  })
})
