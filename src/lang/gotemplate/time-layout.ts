/** The parts of a moment in its zone, as a layout asks for them. */
export interface Calendar {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nanosecond: number
  /** From 0, Sunday. */
  readonly weekday: number
  /** From 1. */
  readonly yearDay: number
  readonly offsetSeconds: number
  readonly abbreviation: string
}

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const

/** The pieces of Go's reference time, the longer of two that begin alike first. */
const PIECES =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|__2|01|02|03|04|05|06|2006|_2006|_2|15|Z07:00:00|Z070000|Z07:00|Z0700|Z07|-07:00:00|-070000|-07:00|-0700|-07|PM|pm|[.,](?:0+|9+)(?![0-9])|1|2|3|4|5/g

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** A moment by a layout of Go's time package, such as `2006-01-02 15:04:05 MST`. */
export function formatLayout(layout: string, at: Calendar): string {
  return layout.replace(PIECES, (piece) => formatPiece(piece, at))
}

function formatPiece(piece: string, at: Calendar): string {
  const hour12 = at.hour % 12 === 0 ? 12 : at.hour % 12
  switch (piece) {
    case 'January':
      return MONTHS[at.month - 1] ?? ''
    case 'Jan':
      return (MONTHS[at.month - 1] ?? '').slice(0, 3)
    case 'Monday':
      return WEEKDAYS[at.weekday] ?? ''
    case 'Mon':
      return (WEEKDAYS[at.weekday] ?? '').slice(0, 3)
    case 'MST':
      return at.abbreviation
    case '2006':
      return String(at.year).padStart(4, '0')
    case '_2006':
      return `_${String(at.year).padStart(4, '0')}`
    case '06':
      return two(at.year % 100)
    case '01':
      return two(at.month)
    case '1':
      return String(at.month)
    case '02':
      return two(at.day)
    case '_2':
      return String(at.day).padStart(2, ' ')
    case '2':
      return String(at.day)
    case '002':
      return String(at.yearDay).padStart(3, '0')
    case '__2':
      return String(at.yearDay).padStart(3, ' ')
    case '15':
      return two(at.hour)
    case '03':
      return two(hour12)
    case '3':
      return String(hour12)
    case '04':
      return two(at.minute)
    case '4':
      return String(at.minute)
    case '05':
      return two(at.second)
    case '5':
      return String(at.second)
    case 'PM':
      return at.hour >= 12 ? 'PM' : 'AM'
    case 'pm':
      return at.hour >= 12 ? 'pm' : 'am'
    default:
      return /^[.,]/.test(piece) ? formatFraction(piece, at) : formatOffset(piece, at)
  }
}

/** `.000` with its zeros, `.999` without those at the end. */
function formatFraction(piece: string, at: Calendar): string {
  const digits = String(at.nanosecond)
    .padStart(9, '0')
    .slice(0, piece.length - 1)
  const padded = digits.padEnd(piece.length - 1, '0')
  if (piece[1] === '0') return piece.slice(0, 1) + padded
  const short = padded.replace(/0+$/, '')
  return short === '' ? '' : piece.slice(0, 1) + short
}

function formatOffset(piece: string, at: Calendar): string {
  if (piece.startsWith('Z') && at.offsetSeconds === 0) return 'Z'
  const size = Math.abs(at.offsetSeconds)
  const colon = piece.includes(':') ? ':' : ''
  const parts = [two(Math.floor(size / 3600)), two(Math.floor(size / 60) % 60), two(size % 60)]
  const count = piece.replace(/[^0-9]/g, '').length / 2
  return (at.offsetSeconds < 0 ? '-' : '+') + parts.slice(0, count).join(colon)
}

/** What a layout reads from a text; the rest is as at the beginning of the year 0 in UTC. */
interface Read {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  nanosecond: number
  isAfternoon: boolean | undefined
  offsetSeconds: number
}

/**
 * Reads a moment by a layout, in UTC unless the text has an offset; undefined when the text does not fit. Returns
 * nanoseconds since 1970.
 */
export function parseLayout(layout: string, text: string): bigint | undefined {
  const read: Read = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    isAfternoon: undefined,
    offsetSeconds: 0,
  }
  let rest = text
  let last = 0
  for (const found of layout.matchAll(PIECES)) {
    const literal = layout.slice(last, found.index)
    if (!rest.startsWith(literal)) return undefined
    rest = rest.slice(literal.length)
    last = found.index + found[0].length
    const taken = readPiece(found[0], rest, read)
    if (taken === undefined) return undefined
    rest = rest.slice(taken)
    // A fraction may follow the seconds although the layout has none.
    const fraction =
      /^0?5$/.test(found[0]) && !/^[.,][09]/.test(layout.slice(last))
        ? /^[.,]([0-9]+)/.exec(rest)
        : null
    if (fraction) {
      read.nanosecond = Number((fraction[1] ?? '').slice(0, 9).padEnd(9, '0'))
      rest = rest.slice(fraction[0].length)
    }
  }
  return rest === layout.slice(last) ? toNanoseconds(read) : undefined
}

function toNanoseconds(read: Read): bigint | undefined {
  let { hour } = read
  if (read.isAfternoon === true && hour < 12) hour += 12
  if (read.isAfternoon === false && hour === 12) hour = 0
  const date = new Date(0)
  date.setUTCFullYear(read.year, read.month - 1, read.day)
  const isDate = date.getUTCMonth() === read.month - 1 && date.getUTCDate() === read.day
  if (!isDate || hour > 23 || read.minute > 59 || read.second > 59) return undefined
  date.setUTCHours(hour, read.minute, read.second)
  const seconds = BigInt(date.getTime() / 1000 - read.offsetSeconds)
  return seconds * 1_000_000_000n + BigInt(read.nanosecond)
}

const NUMBERS: Readonly<Record<string, readonly [keyof Read, RegExp]>> = {
  '2006': ['year', /^[0-9]{4}/],
  '01': ['month', /^[0-9]{2}/],
  '1': ['month', /^[0-9]{1,2}/],
  '02': ['day', /^[0-9]{2}/],
  _2: ['day', /^ ?[0-9]{1,2}/],
  '2': ['day', /^[0-9]{1,2}/],
  '15': ['hour', /^[0-9]{2}/],
  '03': ['hour', /^[0-9]{2}/],
  '3': ['hour', /^[0-9]{1,2}/],
  '04': ['minute', /^[0-9]{2}/],
  '4': ['minute', /^[0-9]{1,2}/],
  '05': ['second', /^[0-9]{2}/],
  '5': ['second', /^[0-9]{1,2}/],
}

/** Reads one piece; returns how many characters it took, or undefined when it does not fit. */
function readPiece(piece: string, text: string, read: Read): number | undefined {
  const number = NUMBERS[piece]
  if (number) {
    const digits = number[1].exec(text)?.[0]
    if (digits === undefined) return undefined
    Object.assign(read, { [number[0]]: Number(digits) })
    return digits.length
  }
  switch (piece) {
    case '06': {
      const digits = /^[0-9]{2}/.exec(text)?.[0]
      if (digits === undefined) return undefined
      read.year = Number(digits) + (Number(digits) >= 69 ? 1900 : 2000)
      return 2
    }
    case 'January':
    case 'Jan': {
      const size = piece === 'Jan' ? 3 : undefined
      const at = MONTHS.findIndex((name) => startsWithName(text, name.slice(0, size)))
      if (at < 0) return undefined
      read.month = at + 1
      return (MONTHS[at] ?? '').slice(0, size).length
    }
    case 'Monday':
    case 'Mon': {
      const size = piece === 'Mon' ? 3 : undefined
      return WEEKDAYS.find((name) => startsWithName(text, name.slice(0, size)))?.slice(0, size)
        .length
    }
    case 'PM':
    case 'pm': {
      const half = /^[AaPp][Mm]/.exec(text)?.[0]
      if (half === undefined) return undefined
      read.isAfternoon = half.toLowerCase() === 'pm'
      return 2
    }
    case 'MST':
      return /^[A-Z]{3,5}|^[+-][0-9]{2,4}/.exec(text)?.[0].length
    default:
      return /^[.,]/.test(piece) ? readFraction(text, read) : readOffset(text, read)
  }
}

function startsWithName(text: string, name: string): boolean {
  return text.slice(0, name.length).toLowerCase() === name.toLowerCase()
}

function readFraction(text: string, read: Read): number {
  const found = /^[.,]([0-9]+)/.exec(text)
  if (!found) return 0
  read.nanosecond = Number((found[1] ?? '').slice(0, 9).padEnd(9, '0'))
  return found[0].length
}

function readOffset(text: string, read: Read): number | undefined {
  if (text.startsWith('Z')) return 1
  const found = /^([+-])([0-9]{2}):?([0-9]{2})?:?([0-9]{2})?/.exec(text)
  if (!found) return undefined
  const [whole, sign, hours, minutes = '0', seconds = '0'] = found
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  read.offsetSeconds = sign === '-' ? -size : size
  return whole.length
}
