import { parseLayout } from '../../../lang/gotemplate/time-layout.ts'
import { lookUpZone } from '../../../lang/gotemplate/zone.ts'

/** Reads a time; Unix nanoseconds, or undefined for a text that does not fit. */
export type ReadTime = (text: string) => bigint | undefined

const LAYOUTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ANSIC: 'Mon Jan _2 15:04:05 2006',
    UnixDate: 'Mon Jan _2 15:04:05 MST 2006',
    RubyDate: 'Mon Jan 02 15:04:05 -0700 2006',
    RFC822: '02 Jan 06 15:04 MST',
    RFC822Z: '02 Jan 06 15:04 -0700',
    RFC850: 'Monday, 02-Jan-06 15:04:05 MST',
    RFC1123: 'Mon, 02 Jan 2006 15:04:05 MST',
    RFC1123Z: 'Mon, 02 Jan 2006 15:04:05 -0700',
  }),
)

const UNIX_NS: ReadonlyMap<string, bigint> = new Map(
  Object.entries({
    UnixMs: 1_000_000n,
    UnixUs: 1_000n,
    UnixNs: 1n,
  }),
)

/** Texts of log lines repeat while a second lasts; so many are kept. */
const MAX_KEPT = 64

/**
 * A reader of one of promtail's formats: a name (`RFC3339`, `Unix`, `UnixMs` …) or a layout of Go's time package. `zone` counts for
 * layouts that say no offset (promtail does not look at it for the named ones). A layout without a year means the year that lies
 * nearest to now.
 */
export function compileTimeFormat(
  format: string,
  zone: string | undefined,
  nowMs: () => number,
): ReadTime {
  if (format === 'RFC3339' || format === 'RFC3339Nano') return readRfc3339
  if (format === 'Unix') return readUnixSeconds
  const unit = UNIX_NS.get(format)
  if (unit !== undefined) return (text) => readInteger(text, unit)
  const named = LAYOUTS.get(format)
  if (named !== undefined) return keepRecent((text) => parseLayout(named, text))
  const local = zoneReader(format, zone)
  // What Go looks for; `2006` has it too.
  if (format.includes('06')) {
    return keepRecent((text) => {
      const wallNs = parseLayout(format, text)
      return wallNs === undefined ? undefined : local(wallNs)
    })
  }
  return (text) => {
    const wallNs = parseLayout(format, text)
    if (wallNs === undefined) return undefined
    const inYear = withYear(wallNs, nowMs())
    return inYear === undefined ? undefined : local(inYear)
  }
}

function keepRecent(read: ReadTime): ReadTime {
  const kept = new Map<string, bigint | undefined>()
  return (text) => {
    if (kept.has(text)) return kept.get(text)
    const timeNs = read(text)
    if (kept.size >= MAX_KEPT) kept.clear()
    kept.set(text, timeNs)
    return timeNs
  }
}

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/

const NS_PER_SECOND = 1_000_000_000n

/** `2006-01-02T15:04:05Z07:00` with any fraction of the second. */
function readRfc3339(text: string): bigint | undefined {
  const found = RFC3339.exec(text)
  if (!found) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', sign, offHours, offMinutes] =
    found
  const [y, mo, d] = [Number(year), Number(month), Number(day)]
  const [h, mi, s] = [Number(hour), Number(minute), Number(second)]
  if (mo < 1 || mo > 12 || d < 1 || d > daysOf(y, mo) || h > 23 || mi > 59 || s > 59)
    return undefined
  const [oh, om] = [Number(offHours ?? 0), Number(offMinutes ?? 0)]
  if (oh > 24 || om > 59) return undefined
  const offsetMs = (oh * 60 + om) * 60_000 * (sign === '-' ? -1 : 1)
  const epochMs = utcMs(y, mo, d) + ((h * 60 + mi) * 60 + s) * 1000 - offsetMs
  return BigInt(epochMs) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'))
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year < 100 ? year + 400 : year, month, 0)).getUTCDate()
}

/** Date.UTC takes years below 100 for those of the twentieth century. */
function utcMs(year: number, month: number, day: number): number {
  if (year >= 100) return Date.UTC(year, month - 1, day)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getTime()
}

/** Go's strconv.ParseInt into 64 bits. */
function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,19}$/.test(text)) return undefined
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
  return BigInt.asIntN(64, value) === value ? value : undefined
}

function readInteger(text: string, unitNs: bigint): bigint | undefined {
  const value = parseInteger(text)
  return value === undefined ? undefined : BigInt.asIntN(64, value * unitNs)
}

/** `1700000000` or `1700000000.123`. */
function readUnixSeconds(text: string): bigint | undefined {
  const [whole = '', fraction, more] = text.split('.')
  const seconds = more === undefined ? parseInteger(whole) : undefined
  if (seconds === undefined) return undefined
  if (fraction === undefined) return seconds * NS_PER_SECOND
  if (parseInteger(fraction) === undefined) return undefined
  return seconds * NS_PER_SECOND + BigInt(fraction.slice(0, 9).padEnd(9, '0'))
}

/** A time without a year (read as of the year 0) in the year that makes it lie near to now, over New Year's Eve too. */
function withYear(wallNs: bigint, nowMs: number): bigint | undefined {
  const wallMs = Number(wallNs / 1_000_000n)
  const wall = new Date(wallMs)
  // A text that has a year all the same is another format.
  if (wall.getUTCFullYear() !== 0) return undefined
  const now = new Date(nowMs)
  const month = wall.getUTCMonth()
  const nowMonth = now.getMonth()
  let year = now.getFullYear()
  if (month === 11 && nowMonth === 0) year--
  else if (month === 0 && nowMonth === 11) year++
  wall.setUTCFullYear(year)
  return wallNs + BigInt(wall.getTime() - wallMs) * 1_000_000n
}

/** From the time on the wall of a zone to Unix time; as it is for layouts that read an offset themselves. */
function zoneReader(layout: string, zone: string | undefined): (wallNs: bigint) => bigint {
  if (zone === undefined || zone === 'UTC' || /Z07|-07/.test(layout)) return (wallNs) => wallNs
  const offsets = new Map<number, number>()
  // Offsets change at quarters of an hour; looking one up is dear.
  const offsetAt = (epochMs: number): number => {
    const quarter = Math.floor(epochMs / 900_000)
    let offset = offsets.get(quarter)
    if (offset === undefined) {
      offset = lookUpZone(zone, quarter * 900_000).offsetSeconds
      if (offsets.size >= 1000) offsets.clear()
      offsets.set(quarter, offset)
    }
    return offset
  }
  return (wallNs) => {
    const wallMs = Number(wallNs / 1_000_000n)
    const guess = offsetAt(wallMs)
    const offset = guess === 0 ? 0 : offsetAt(wallMs - guess * 1000)
    return wallNs - BigInt(offset) * NS_PER_SECOND
  }
}
