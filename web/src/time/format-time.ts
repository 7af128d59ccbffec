import { toLocal, zoneName, zoneOffsetMs, type TimeZone } from './zone.ts'

const pad = (value: number, length = 2): string => String(value).padStart(length, '0')

export const MONTHS: readonly string[] = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
]

/** `2026-11-20`. */
export function formatDate(timeMs: number, zone: TimeZone): string {
  const { year, month, day } = toLocal(timeMs, zone)
  return `${year}-${pad(month)}-${pad(day)}`
}

/** `14:05:09`, with milliseconds where there are any. */
export function formatClock(timeMs: number, zone: TimeZone): string {
  const { hour, minute, second, millisecond } = toLocal(timeMs, zone)
  const fraction = millisecond === 0 ? '' : `.${pad(millisecond, 3)}`
  return `${pad(hour)}:${pad(minute)}:${pad(second)}${fraction}`
}

/** `2026-11-20 14:05:09`. */
export function formatDateTime(timeMs: number, zone: TimeZone): string {
  return `${formatDate(timeMs, zone)} ${formatClock(timeMs, zone)}`
}

/** The same to the second, for what happened and not for what was measured. */
export function formatWhen(timeMs: number, zone: TimeZone): string {
  return formatDateTime(Math.floor(timeMs / 1000) * 1000, zone)
}

/** `Europe/Berlin, UTC+01:00`. */
export function describeZone(zone: TimeZone, nowMs: number): string {
  const offset = Math.round(zoneOffsetMs(nowMs, zone) / 60_000)
  const sign = offset < 0 ? '-' : '+'
  const minutes = Math.abs(offset)
  const name = zoneName(zone)
  if (name === 'UTC') return 'UTC'
  return `${name}, UTC${sign}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`
}

/** `12 s ago`, `3 min ago`, `5 h ago`, `2 d ago`. */
export function formatAgo(timeMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1000))
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  return `${Math.floor(seconds / 86_400)} d ago`
}
