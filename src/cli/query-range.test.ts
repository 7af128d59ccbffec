import { describe, expect, it } from 'vitest'
import { readQueryRange, readTime, type TimeOptions } from './query-range.ts'
import { UsageError } from './usage-error.ts'

const nowMs = Date.UTC(2026, 0, 1, 12, 0, 7)

const read = (options: Partial<TimeOptions>, points = 200) => {
  const { startMs, endMs, stepMs } = readQueryRange({ range: '15m', ...options }, points, nowMs)
  return [
    new Date(startMs).toISOString().slice(11, 19),
    new Date(endMs).toISOString().slice(11, 19),
    stepMs,
  ]
}

describe('the range of a chart', () => {
  it.each<[string, Partial<TimeOptions>, unknown[]]>([
    ['the default', {}, ['11:45:10', '12:00:05', 5000]],
    ['a longer range', { range: '1d' }, ['12:10:00', '12:00:00', 600_000]],
    ['a short range', { range: '30s' }, ['11:59:37', '12:00:07', 1000]],
    ['both ends', { start: '2026-01-01T10:00:00Z', end: '-1h' }, ['10:00:00', '11:00:00', 30_000]],
    ['an end', { end: '1767268800' }, ['11:45:00', '12:00:00', 5000]],
    ['a step', { step: '1m' }, ['11:46:00', '12:00:00', 60_000]],
    ['a step in seconds', { step: '0.5', range: '10s' }, ['11:59:57', '12:00:07', 500]],
    ['a step longer than the range', { step: '1h' }, ['12:00:00', '12:00:00', 3_600_000]],
  ])('%s', (_name, options, expected) => expect(read(options)).toEqual(expected))

  it.each<[Partial<TimeOptions>, string]>([
    [{ range: '0' }, '--range: must be a duration'],
    [{ range: '15' }, '--range: must be a duration'],
    [{ step: '0' }, '--step: must be a duration'],
    [{ step: '-1s' }, '--step: must be a duration'],
    [{ start: 'tomorrow' }, '--start: must be a time such as'],
    [{ end: '99999999999999' }, '--end: must be a time such as'],
    [{ start: 'now' }, '--start (2026-01-01T12:00:07.000Z) must be before --end'],
    [
      { step: '1s', range: '1d' },
      '--step: 1s over 1d makes more than 11000 points; use at least 8s',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => read(options)).toThrow(UsageError)
    expect(() => read(options)).toThrow(message)
  })

  it('reads every way to write a time', () => {
    const texts = ['now', '-1m', '1767268807', '1767268807.5', '2026-01-01T13:00:07+01:00']
    expect(texts.map((text) => readTime(text, '--end', nowMs) - nowMs)).toEqual([
      0, -60_000, 0, 500, 0,
    ])
  })
})
