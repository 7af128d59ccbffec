import { describe, expect, it } from 'vitest'
import { parseTime } from './date-math.ts'
import { describeZone, formatAgo, formatDateTime } from './format-time.ts'
import { describeRange, resolveRange, shiftRange, zoomOut } from './time-range.ts'
import { fromLocal, isKnownZone, toLocal, zoneOffsetMs } from './zone.ts'

const NOW_MS = Date.parse('2026-11-20T14:35:20.500Z')
const iso = (timeMs: number | undefined): string =>
  timeMs === undefined ? 'undefined' : new Date(timeMs).toISOString()

describe('parseTime', () => {
  it.each([
    ['now', false, 'utc', '2026-11-20T14:35:20.500Z'],
    ['now-6h', false, 'utc', '2026-11-20T08:35:20.500Z'],
    ['now-d', false, 'utc', '2026-11-19T14:35:20.500Z'],
    ['now+15m', false, 'utc', '2026-11-20T14:50:20.500Z'],
    ['now/d', false, 'utc', '2026-11-20T00:00:00.000Z'],
    ['now/d', true, 'utc', '2026-11-20T23:59:59.999Z'],
    ['now-1d/d', false, 'utc', '2026-11-19T00:00:00.000Z'],
    ['now-1d/d+3h', false, 'utc', '2026-11-19T03:00:00.000Z'],
    ['now/w', false, 'utc', '2026-11-16T00:00:00.000Z'],
    ['now/w', true, 'utc', '2026-11-22T23:59:59.999Z'],
    ['now/M', true, 'utc', '2026-11-30T23:59:59.999Z'],
    ['now/Q', false, 'utc', '2026-10-01T00:00:00.000Z'],
    ['now/y', false, 'utc', '2026-01-01T00:00:00.000Z'],
    ['now/h', false, 'Asia/Kolkata', '2026-11-20T14:30:00.000Z'],
    ['now/d', false, 'Europe/Berlin', '2026-11-19T23:00:00.000Z'],
    ['now-1M', false, 'utc', '2026-10-20T14:35:20.500Z'],
    ['1700000000000', false, 'utc', '2023-11-14T22:13:20.000Z'],
    ['2026-11-20 10:00:00', false, 'utc', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20', false, 'America/New_York', '2026-11-20T05:00:00.000Z'],
    ['2026-11-20T10:00:00.5+02:00', false, 'utc', '2026-11-20T08:00:00.500Z'],
    ['2026-11-20T10:00Z', false, 'America/New_York', '2026-11-20T10:00:00.000Z'],
    ['now-', false, 'utc', 'undefined'],
    ['now-5x', false, 'utc', 'undefined'],
    ['yesterday', false, 'utc', 'undefined'],
    ['2026-13-01', false, 'utc', 'undefined'],
    ['', false, 'utc', 'undefined'],
  ])('%s (rounds up: %s) in %s', (text, roundsUp, zone, expected) => {
    expect(iso(parseTime(text, { nowMs: NOW_MS, zone, roundsUp }))).toBe(expected)
  })

  it('keeps the wall clock over a change of clocks, and ends months at their last day', () => {
    const nowMs = Date.parse('2026-10-26T12:00:00Z')
    const before = parseTime('now-1d', { nowMs, zone: 'Europe/Berlin', roundsUp: false })
    expect(iso(before)).toBe('2026-10-25T12:00:00.000Z')
    const twoBefore = parseTime('now-2d', { nowMs, zone: 'Europe/Berlin', roundsUp: false })
    expect(iso(twoBefore)).toBe('2026-10-24T11:00:00.000Z')
    const options = { nowMs: Date.parse('2026-03-31T12:00:00Z'), zone: 'utc', roundsUp: false }
    expect(iso(parseTime('now-1M', options))).toBe('2026-02-28T12:00:00.000Z')
  })
})

describe('zones', () => {
  it('know offsets at any time', () => {
    expect(zoneOffsetMs(Date.parse('2026-07-01T00:00:00Z'), 'Europe/Berlin')).toBe(7_200_000)
    expect(zoneOffsetMs(Date.parse('2026-12-01T00:00:00Z'), 'Europe/Berlin')).toBe(3_600_000)
    expect(zoneOffsetMs(NOW_MS, 'Asia/Kathmandu')).toBe(20_700_000)
    expect(isKnownZone('Mars/Olympus')).toBe(false)
    expect(describeZone('America/St_Johns', NOW_MS)).toBe('America/St_Johns, UTC-03:30')
  })

  it.each(['Europe/Berlin', 'Australia/Lord_Howe', 'America/New_York', 'utc'])(
    '%s goes there and back, every hour of two years',
    (zone) => {
      for (let t = Date.UTC(2025, 0, 1); t < Date.UTC(2027, 0, 1); t += 3_600_000) {
        const back = fromLocal(toLocal(t, zone), zone)
        // A local time that there is twice comes back as the earlier of the two.
        expect([0, 1_800_000, 3_600_000]).toContain(t - back)
        expect(formatDateTime(back, zone)).toBe(formatDateTime(t, zone))
      }
    },
  )
})

describe('ranges', () => {
  const hour = { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS }
  const lengthOf = ({ from, to }: { from: string; to: string }): number => Number(to) - Number(from)

  it('are refused when empty or unreadable', () => {
    expect(resolveRange({ from: 'now', to: 'now-1h' }, NOW_MS, 'utc')).toBeUndefined()
    expect(resolveRange({ from: 'x', to: 'now' }, NOW_MS, 'utc')).toBeUndefined()
    expect(resolveRange({ from: 'now-1h', to: 'now' }, NOW_MS, 'utc')).toEqual(hour)
  })

  it('shift by half, but not past now', () => {
    expect(Number(shiftRange(hour, -1, NOW_MS).to)).toBe(NOW_MS - 1_800_000)
    expect(Number(shiftRange(hour, 1, NOW_MS).to)).toBe(NOW_MS)
    expect(Number(shiftRange(hour, 1, NOW_MS + 600_000).to)).toBe(NOW_MS + 600_000)
  })

  it('zoom out to twice their length, ending no later than now', () => {
    const wide = zoomOut(hour, NOW_MS)
    expect(lengthOf(wide)).toBe(7_200_000)
    expect(Number(wide.to)).toBe(NOW_MS)
    expect(Number(zoomOut(hour, NOW_MS + 3_600_000).to)).toBe(NOW_MS + 1_800_000)
  })

  it.each([
    ['now-6h', 'now', 'Last 6 hours'],
    ['now-1h', 'now', 'Last 1 hour'],
    ['now-45m', 'now', 'Last 45 minutes'],
    ['now-1d/d', 'now-1d/d', 'Yesterday'],
    ['1700000000000', 'now', '2023-11-14 22:13:20 to now'],
  ])('%s to %s is called %s', (from, to, name) => {
    expect(describeRange({ from, to }, 'utc')).toBe(name)
  })

  it('say how long ago', () => {
    const ages = [5, 90, 7300, 200_000].map((s) => formatAgo(NOW_MS - s * 1000, NOW_MS))
    expect(ages).toEqual(['5 s ago', '1 min ago', '2 h ago', '2 d ago'])
  })
})
