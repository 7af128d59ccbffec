/** Where times are shown: `browser` (the zone of the reader's machine), `utc`, or a name such as `Europe/Berlin`. */
export type TimeZone = string

export interface LocalTime {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly millisecond: number
}

const formats = new Map<string, Intl.DateTimeFormat>()
const offsets = new Map<string, number>()
/** No zone has changed its offset anywhere but on a quarter of an hour since 1970. */
const OFFSET_STEP_MS = 900_000
const MAX_REMEMBERED = 20_000

/** The name that `Intl` knows the zone by; a zone that it does not know is shown as UTC. */
export function zoneName(zone: TimeZone): string {
  if (zone === 'utc') return 'UTC'
  if (zone === 'browser' || zone === '') return Intl.DateTimeFormat().resolvedOptions().timeZone
  return isKnownZone(zone) ? zone : 'UTC'
}

export function isKnownZone(zone: string): boolean {
  try {
    return formatOf(zone) !== undefined
  } catch {
    return false
  }
}

/** What is added to UTC to get the local time, in milliseconds. */
export function zoneOffsetMs(timeMs: number, zone: TimeZone): number {
  if (zone === 'utc') return 0
  const step = Math.floor(timeMs / OFFSET_STEP_MS)
  const key = `${zone} ${step}`
  const known = offsets.get(key)
  if (known !== undefined) return known
  // To ask for the browser's zone takes longer than all the rest, so it is asked for only here.
  const offset = computeOffset(step * OFFSET_STEP_MS, zoneName(zone))
  if (offsets.size >= MAX_REMEMBERED) offsets.clear()
  offsets.set(key, offset)
  return offset
}

export function toLocal(timeMs: number, zone: TimeZone): LocalTime {
  const shifted = new Date(timeMs + zoneOffsetMs(timeMs, zone))
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    millisecond: shifted.getUTCMilliseconds(),
  }
}

/**
 * The time of a local one; parts past their range carry over (month 13 is January). Of a local time that there is twice, the
 * earlier; one that a change of clocks skips is taken as if the clocks had not changed yet.
 */
export function fromLocal(
  local: Partial<LocalTime> & { readonly year: number },
  zone: TimeZone,
): number {
  const { year, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0 } = local
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second, millisecond)
  const before = asUtc - zoneOffsetMs(asUtc - 86_400_000, zone)
  if (zoneOffsetMs(before, zone) === asUtc - before) return before
  const after = asUtc - zoneOffsetMs(asUtc + 86_400_000, zone)
  return zoneOffsetMs(after, zone) === asUtc - after ? after : before
}

function computeOffset(timeMs: number, name: string): number {
  const parts = new Map(
    formatOf(name)
      .formatToParts(timeMs)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  )
  return local - Math.floor(timeMs / 1000) * 1000
}

function formatOf(name: string): Intl.DateTimeFormat {
  const known = formats.get(name)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(name, format)
  return format
}
