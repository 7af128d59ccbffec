/** A moment as a calendar on the wall shows it. */
export interface LocalTime {
  /** Of the day: 0 to 1,439. */
  readonly minute: number
  /** 0 is Sunday. */
  readonly weekday: number
  readonly day: number
  readonly daysInMonth: number
  /** 1 is January. */
  readonly month: number
  readonly year: number
}

/** Clocks of zones, with the last moment that each was asked for: many routes ask for the same minute. */
const clocks = new Map<
  string,
  { format: Intl.DateTimeFormat; minuteMs: number; local: LocalTime }
>()
const MINUTE_MS = 60_000

/**
 * The moment (Unix milliseconds) in a zone of the IANA database; undefined and '' are UTC, `Local` the zone of this machine. The
 * zone must have passed `isTimeZone`.
 */
export function localTime(zone: string | undefined, atMs: number): LocalTime {
  if (zone === undefined || zone === '' || zone === 'UTC') return fieldsOf(atMs)
  const minuteMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS
  const known = clocks.get(zone)
  if (known?.minuteMs === minuteMs) return known.local
  const format = known?.format ?? newFormat(zone)
  const local = fieldsOf(minuteMs + offsetMs(format, minuteMs))
  clocks.set(zone, { format, minuteMs, local })
  return local
}

/** Whether this program knows a zone. Offsets such as `+02:00` are none: Go does not take them either. */
export function isTimeZone(name: string): boolean {
  if (name === '' || name === 'UTC' || name === 'Local') return true
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    newFormat(name)
    return true
  } catch {
    return false
  }
}

/** Names of zones, for a hint. */
export function timeZoneNames(): readonly string[] {
  return ['UTC', 'Local', ...Intl.supportedValuesOf('timeZone')]
}

function newFormat(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    ...(zone === 'Local' ? {} : { timeZone: zone }),
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
}

/** How far the zone's wall clock is ahead of UTC at the moment. */
function offsetMs(format: Intl.DateTimeFormat, atMs: number): number {
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]))
  const of = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type))
  const wall = Date.UTC(
    of('year'),
    of('month') - 1,
    of('day'),
    of('hour'),
    of('minute'),
    of('second'),
  )
  return wall - Math.floor(atMs / 1000) * 1000
}

function fieldsOf(wallMs: number): LocalTime {
  const date = new Date(wallMs)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth() + 1
  return {
    minute: date.getUTCHours() * 60 + date.getUTCMinutes(),
    weekday: date.getUTCDay(),
    day: date.getUTCDate(),
    daysInMonth: new Date(Date.UTC(year, month, 0)).getUTCDate(),
    month,
    year,
  }
}
