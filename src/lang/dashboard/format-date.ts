const LONG_MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September'],
  ...['October', 'November', 'December'],
]
const LONG_DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const TOKENS =
  /\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DDDD|DD|Do|D|dddd|ddd|d|HH|H|hh|h|mm|m|ss|s|SSS|SS|S|A|a|x|X|ZZ|Z|Q/g

interface Parts {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly ms: number
  readonly weekday: number
  /** Minutes east of UTC. */
  readonly offset: number
}

/**
 * A time in the notation of moment.js that Grafana's `${__from:date:YYYY-MM}` and table columns use.
 * @param zone an IANA name, `utc`, or empty for the zone of this machine
 */
export function formatDate(timestampMs: number, format: string, zone: string = ''): string {
  if (!Number.isFinite(timestampMs)) return 'NaN'
  const parts = partsOf(timestampMs, zone)
  return format.replaceAll(TOKENS, (token, literal?: string) => {
    return literal ?? formatToken(token, parts, timestampMs)
  })
}

function partsOf(timestampMs: number, zone: string): Parts {
  const offset = offsetMinutes(timestampMs, zone)
  const local = new Date(timestampMs + offset * 60_000)
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    ms: local.getUTCMilliseconds(),
    weekday: local.getUTCDay(),
    offset,
  }
}

function offsetMinutes(timestampMs: number, zone: string): number {
  if (zone === '' || zone === 'browser') return -new Date(timestampMs).getTimezoneOffset()
  if (zone.toLowerCase() === 'utc') return 0
  try {
    const style = { timeZone: zone, timeZoneName: 'longOffset' } as const
    const parts = new Intl.DateTimeFormat('en-US', style).formatToParts(timestampMs)
    const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
    const found = /GMT([+-])(\d{2}):(\d{2})/.exec(name)
    if (!found) return 0
    const minutes = Number(found[2]) * 60 + Number(found[3])
    return found[1] === '-' ? -minutes : minutes
  } catch {
    // An unknown zone: the time is shown in UTC rather than not at all.
    return 0
  }
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

function zoneText(offset: number, colon: string): string {
  const size = Math.abs(offset)
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(size / 60), 2)}${colon}${pad(size % 60, 2)}`
}

function ordinal(day: number): string {
  const teen = day % 100 >= 11 && day % 100 <= 13
  return `${day}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th')}`
}

function formatToken(token: string, parts: Parts, timestampMs: number): string {
  const month = LONG_MONTHS[parts.month] ?? ''
  const weekday = LONG_DAYS[parts.weekday] ?? ''
  const hour12 = parts.hour % 12 === 0 ? 12 : parts.hour % 12
  const written: Record<string, string> = {
    YYYY: pad(parts.year, 4),
    YY: pad(parts.year % 100, 2),
    MMMM: month,
    MMM: month.slice(0, 3),
    MM: pad(parts.month + 1, 2),
    M: String(parts.month + 1),
    DD: pad(parts.day, 2),
    D: String(parts.day),
    Do: ordinal(parts.day),
    dddd: weekday,
    ddd: weekday.slice(0, 3),
    d: String(parts.weekday),
    HH: pad(parts.hour, 2),
    H: String(parts.hour),
    hh: pad(hour12, 2),
    h: String(hour12),
    mm: pad(parts.minute, 2),
    m: String(parts.minute),
    ss: pad(parts.second, 2),
    s: String(parts.second),
    SSS: pad(parts.ms, 3),
    SS: pad(Math.floor(parts.ms / 10), 2),
    S: String(Math.floor(parts.ms / 100)),
    A: parts.hour < 12 ? 'AM' : 'PM',
    a: parts.hour < 12 ? 'am' : 'pm',
    x: String(timestampMs),
    X: String(Math.floor(timestampMs / 1000)),
    Z: zoneText(parts.offset, ':'),
    ZZ: zoneText(parts.offset, ''),
    Q: String(Math.floor(parts.month / 3) + 1),
  }
  return written[token] ?? token
}
