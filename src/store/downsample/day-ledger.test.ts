import { describe, expect, it } from 'vitest'
import { bucketDayOf, DAY_MS, DayLedger } from './day-ledger.ts'

const HOUR = 3_600_000
const FIVE = 300_000
const exact = { reading: 'last', exactMs: [HOUR, FIVE] } as const
const rough = { reading: 'last', exactMs: [] } as const
const always = () => true
const never = () => false

/** Days 10 to 12 are made, of raw samples of days 10 to 13, of which those before `goneBefore` are gone. */
function ledgerOf(goneBefore = 0, keeps: readonly number[] = [0]): DayLedger {
  const ledger = new DayLedger((_keep, day) => day < goneBefore)
  for (const keepSeconds of keeps) {
    for (const resolutionMs of [HOUR, FIVE]) {
      for (const day of [10, 11, 12]) {
        const made = day * 10 + keepSeconds + (resolutionMs === HOUR ? 1 : 0)
        ledger.note({ keepSeconds, resolutionMs, day, made, block: day + 1, rows: 1 }, 0)
      }
    }
  }
  ledger.setRaw(
    keeps.flatMap((keepSeconds) =>
      [10, 11, 12, 13].map((day) => ({ keepSeconds, day, block: day })),
    ),
  )
  return ledger
}

const range = { startMs: 10.5 * DAY_MS, endMs: 13.5 * DAY_MS }

function shown(plan: ReturnType<DayLedger['plan']>): unknown {
  return plan?.zones.map((zone) => [
    zone.afterMs / DAY_MS,
    zone.untilMs / DAY_MS,
    zone.resolutionMs,
    zone.isExact ? 'exact' : 'rough',
    zone.makings.join(),
  ])
}

describe('what a selection is answered from', () => {
  it('is the longest buckets that are exact, and raw samples behind them', () => {
    const plan = ledgerOf().plan(range, exact, always)
    expect(shown(plan)).toEqual([
      [(10.5 * DAY_MS - 1) / DAY_MS, 13, HOUR, 'exact', '101,111,121'],
      [13, 13.5, 0, 'exact', ''],
    ])
  })

  it('is raw samples where these are there and buckets are not exact, or not worth it', () => {
    expect(ledgerOf().plan(range, rough, always)).toBeUndefined()
    expect(ledgerOf().plan(range, exact, never)).toBeUndefined()
    expect(ledgerOf().plan({ startMs: 13.1 * DAY_MS, endMs: 14 * DAY_MS }, exact, always)).toBe(
      undefined,
    )
  })

  it('is the shortest buckets where raw samples are gone and none are exact, from a bucket earlier', () => {
    const plan = ledgerOf(12).plan(range, rough, never)
    expect(shown(plan)).toEqual([
      [(10.5 * DAY_MS - FIVE - 1) / DAY_MS, 12, FIVE, 'rough', '100,110'],
      [12, 13.5, 0, 'exact', ''],
    ])
  })

  it('is raw samples from the first that may be missed on', () => {
    const ledger = ledgerOf()
    ledger.touch(12 * DAY_MS)
    expect(shown(ledger.plan(range, exact, always))).toEqual([
      [(10.5 * DAY_MS - 1) / DAY_MS, 11, HOUR, 'exact', '101'],
      [11, 12, 0, 'exact', ''],
      [12, 13, HOUR, 'exact', '121'],
      [13, 13.5, 0, 'exact', ''],
    ])
    expect(ledger.isCurrent(0, HOUR, 11)).toBe(false)
    ledger.note({ keepSeconds: 0, resolutionMs: HOUR, day: 11, made: 7, block: 12, rows: 1 }, 1)
    expect(ledger.isCurrent(0, HOUR, 11)).toBe(true)
    ledger.setRaw([{ keepSeconds: 0, day: 11, block: 99 }])
    expect(ledger.isCurrent(0, HOUR, 11)).toBe(false)
    // Its midnight belongs to the day before.
    expect(ledger.isCurrent(0, HOUR, 10)).toBe(false)
  })

  it('is both where one retention class has raw samples and another has none', () => {
    const ledger = ledgerOf(0, [0, 60])
    ledger.setRaw([10, 11, 12, 13].map((day) => ({ keepSeconds: 0, day, block: day })))
    const plan = ledger.plan(range, rough, never)
    expect(shown(plan)).toEqual([
      [(10.5 * DAY_MS - FIVE - 1) / DAY_MS, 13, FIVE, 'rough', '160,170,180'],
      [13, 13.5, 0, 'exact', ''],
    ])
    expect(plan?.zones[0]?.hasRaw).toBe(true)
  })

  it('counts midnight to the day that it ends', () => {
    expect([10 * DAY_MS, 10 * DAY_MS + 1].map(bucketDayOf)).toEqual([9, 10])
  })

  it('forgets days', () => {
    const ledger = ledgerOf()
    for (const made of ledger.entries()) if (made.day > 10) ledger.forget(made)
    expect([ledger.sinceMs, ledger.untilMs]).toEqual([10 * DAY_MS, 11 * DAY_MS])
    for (const made of ledger.entries()) ledger.forget(made)
    expect([ledger.sinceMs, ledger.untilMs]).toEqual([Infinity, -Infinity])
  })
})
