import { describe, expect, it } from 'vitest'
import { forecast, type Growing } from './forecast.ts'
import type { Signal } from './signals.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = 1_000 * DAY
const settings = {
  shares: { metrics: 0.5, logs: 0.3, traces: 0.2 },
  order: ['traces', 'logs', 'metrics'] satisfies Signal[],
}

/** Bytes a day of each signal since so many days, kept for so many. */
function growing(
  perDay: readonly [number, number, number],
  sinceDays: number,
  keptDays: number,
): Growing {
  const [metrics, logs, traces] = perDay
  const per = <T>(figure: (bytes: number) => T) => ({
    metrics: figure(metrics),
    logs: figure(logs),
    traces: figure(traces),
  })
  return {
    nowMs: NOW,
    bytes: per((bytes) => bytes * sinceDays),
    bytesPerSecond: per((bytes) => bytes / 86_400),
    oldestMs: per((bytes) => (bytes === 0 ? undefined : NOW - sinceDays * DAY)),
    retentionMs: per(() => keptDays * DAY),
  }
}

const days = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.round((ms / DAY) * 100) / 100

function told(of: Growing, room: number) {
  const { fullInMs, reachMs } = forecast(of, room, settings)
  const { metrics, logs, traces } = reachMs
  return [days(fullInMs), days(metrics), days(logs), days(traces)]
}

describe('a forecast', () => {
  it.each([
    [
      'grows until it is full, and reaches as far as shares last',
      growing([10, 10, 10], 1, 30),
      300,
      [9, 15, 9, 6],
    ],
    [
      'is never full when retention comes first',
      growing([10, 0, 0], 1, 20),
      300,
      [undefined, 20, undefined, undefined],
    ],
    ['is full already', growing([10, 10, 10], 20, 30), 300, [0, 15, 9, 6]],
    [
      'of one that does not grow',
      growing([0, 0, 0], 1, 30),
      300,
      [undefined, undefined, undefined, undefined],
    ],
    ['lends what others do not need', growing([1, 100, 0], 1, 10), 500, [3.95, 10, 4.9, undefined]],
  ])('%s', (_, of, room, expected) => {
    expect(told(of, room)).toEqual(expected)
  })

  it('knows signals that no longer grow while others do', () => {
    // Logs are kept for two days: from the second on only metrics grow.
    const of = growing([10, 100, 0], 1, 1000)
    const [fullInDays, metrics, logs] = told(
      { ...of, retentionMs: { ...of.retentionMs, logs: 2 * DAY } },
      400,
    )
    expect([fullInDays, metrics, logs]).toEqual([19, 28, 1.2])
  })

  it('says for ever where nothing ends', () => {
    const of = growing([1e-9, 0, 0], 1, 10)
    const endless = { ...of, retentionMs: { ...of.retentionMs, metrics: Number.POSITIVE_INFINITY } }
    expect(forecast(endless, 1e9, settings)).toMatchObject({
      fullInMs: undefined,
      reachMs: { metrics: Number.POSITIVE_INFINITY },
    })
  })
})
