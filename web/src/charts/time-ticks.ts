import { formatDate, MONTHS } from '../time/format-time.ts'
import { fromLocal, toLocal, zoneOffsetMs, type TimeZone } from '../time/zone.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Distances between ticks that a person can count in; above a day they are whole local days, then months. */
const STEPS_MS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 4, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 4, 7, 14].map((n) => n * DAY),
]
const STEPS_MONTHS: readonly number[] = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600]
const MONTH_MS = 30.44 * DAY

export interface TimeTicks {
  readonly timesMs: readonly number[]
  /** One or two lines; the second, with the date, stands at the first tick and wherever the date is another. */
  readonly labels: readonly string[]
}

/** At most `most` ticks at round local times within a range. */
export function timeTicks(minMs: number, maxMs: number, most: number, zone: TimeZone): TimeTicks {
  const spanMs = maxMs - minMs
  if (!(spanMs > 0) || most < 1) return { timesMs: [], labels: [] }
  const leastMs = spanMs / most
  const stepMs = STEPS_MS.find((step) => step >= leastMs)
  if (stepMs === undefined) {
    const months = STEPS_MONTHS.find((step) => step * MONTH_MS >= leastMs) ?? 1200
    const timesMs = monthTicks(minMs, maxMs, months, zone)
    return { timesMs, labels: labelTicks(timesMs, months * MONTH_MS, zone) }
  }
  const timesMs =
    stepMs >= DAY
      ? dayTicks(minMs, maxMs, stepMs / DAY, zone)
      : clockTicks(minMs, maxMs, stepMs, zone)
  return { timesMs, labels: labelTicks(timesMs, stepMs, zone) }
}

function clockTicks(minMs: number, maxMs: number, stepMs: number, zone: TimeZone): number[] {
  const align = (timeMs: number, offsetMs: number): number =>
    Math.ceil((timeMs + offsetMs) / stepMs) * stepMs - offsetMs
  const times: number[] = []
  for (let at = minMs; at <= maxMs;) {
    // The offset may change within the range, so each tick is aligned by its own.
    const guess = align(at, zoneOffsetMs(at, zone))
    const aligned = align(guess, zoneOffsetMs(guess, zone))
    if (aligned > maxMs) break
    times.push(aligned)
    at = aligned + 1
  }
  return times
}

function dayTicks(minMs: number, maxMs: number, stepDays: number, zone: TimeZone): number[] {
  const { year, month, day } = toLocal(minMs, zone)
  // Days are counted from a fixed Monday, so that ticks stand still while the range moves.
  const count = Math.floor(Date.UTC(year, month - 1, day) / DAY) + 3
  const skip = (stepDays - (count % stepDays)) % stepDays
  const times: number[] = []
  for (let n = skip; ; n += stepDays) {
    const timeMs = fromLocal({ year, month, day: day + n }, zone)
    if (timeMs > maxMs) return times
    if (timeMs >= minMs) times.push(timeMs)
  }
}

function monthTicks(minMs: number, maxMs: number, stepMonths: number, zone: TimeZone): number[] {
  const { year, month } = toLocal(minMs, zone)
  const first = Math.floor((year * 12 + month - 1) / stepMonths) * stepMonths
  const times: number[] = []
  for (let n = first; ; n += stepMonths) {
    const timeMs = fromLocal({ year: Math.floor(n / 12), month: (n % 12) + 1 }, zone)
    if (timeMs > maxMs) return times
    if (timeMs >= minMs) times.push(timeMs)
  }
}

const pad = (value: number, length = 2): string => String(value).padStart(length, '0')

function labelTicks(timesMs: readonly number[], stepMs: number, zone: TimeZone): string[] {
  let shown = ''
  return timesMs.map((timeMs) => {
    const { year, month, day, hour, minute, second, millisecond } = toLocal(timeMs, zone)
    const named = MONTHS[month - 1] ?? ''
    if (stepMs >= DAY) {
      const label = stepMs >= MONTH_MS ? named : `${day} ${named}`
      const under = String(year) === shown ? '' : `\n${year}`
      shown = String(year)
      return label + under
    }
    const clock = `${pad(hour)}:${pad(minute)}`
    const seconds = stepMs < MINUTE ? `:${pad(second)}` : ''
    const fraction = stepMs < SECOND ? `.${pad(millisecond, 3)}` : ''
    const date = formatDate(timeMs, zone)
    const under = date === shown ? '' : `\n${day} ${named}`
    shown = date
    return clock + seconds + fraction + under
  })
}
