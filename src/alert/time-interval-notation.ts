import type { InclusiveRange, MinuteRange } from './time-interval.ts'

/** A value that was read, or what is wrong with it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string }

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
]

/** `monday`, `monday:friday`, in any case. */
export function parseWeekdays(text: string): Parsed<InclusiveRange> {
  const dayOf = (word: string): number | undefined => {
    const index = WEEKDAYS.indexOf(word)
    return index < 0 ? undefined : index
  }
  return parseRange(text, {
    of: dayOf,
    must: `a weekday or a range of weekdays such as monday:friday (allowed: ${WEEKDAYS.join(', ')})`,
    isBackwards: ({ begin, end }) => begin > end,
    backwards: 'the week begins on sunday: write saturday and sunday one by one',
  })
}

/** `1`, `1:5`, `-3:-1`: negative days count from the end of the month. */
export function parseDaysOfMonth(text: string): Parsed<InclusiveRange> {
  const dayOf = (word: string): number | undefined => {
    const day = parseWhole(word)
    return day === undefined || day === 0 || day < -31 || day > 31 ? undefined : day
  }
  return parseRange(text, {
    of: dayOf,
    must: 'a day or a range of days such as 1:5 or -3:-1 (1 to 31, or -31 to -1 from the end of the month)',
    isBackwards: (range) => (range.begin < 0 && range.end > 0) || inFebruary(range) < 0,
    backwards: 'the range must not end before it begins, also in a month of 28 days',
  })
}

/** `1:3`, `january:march`, in any case. */
export function parseMonths(text: string): Parsed<InclusiveRange> {
  const monthOf = (word: string): number | undefined => {
    const index = MONTHS.indexOf(word)
    const month = index < 0 ? parseWhole(word) : index + 1
    return month === undefined || month < 1 || month > 12 ? undefined : month
  }
  return parseRange(text, {
    of: monthOf,
    must: 'a month or a range of months such as january:march or 1:3',
    isBackwards: ({ begin, end }) => begin > end,
    backwards: 'the range must not end before it begins: write two ranges',
  })
}

/** `2026`, `2026:2028`. */
export function parseYears(text: string): Parsed<InclusiveRange> {
  return parseRange(text, {
    of: parseWhole,
    must: 'a year or a range of years such as 2026:2028',
    isBackwards: ({ begin, end }) => begin > end,
    backwards: 'the range must not end before it begins',
  })
}

/** `09:30` as minutes of the day; `24:00` is its end. */
export function parseMinute(text: string): number | undefined {
  const found = /^(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)$/.exec(text)
  if (!found) return undefined
  return found[1] === undefined ? 1440 : Number(found[1]) * 60 + Number(found[2])
}

export function formatMinute(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}

export function formatWeekdays(range: InclusiveRange): string {
  return formatRange(range, (day) => WEEKDAYS[day] ?? String(day))
}

/** `1:5`, and `1` where both ends are the same. */
export function formatNumbers(range: InclusiveRange): string {
  return formatRange(range, String)
}

/** A range of minutes, or undefined when it ends before it begins. */
export function minuteRange(startMinute: number, endMinute: number): MinuteRange | undefined {
  return startMinute < endMinute ? { startMinute, endMinute } : undefined
}

function formatRange({ begin, end }: InclusiveRange, format: (value: number) => string): string {
  return begin === end ? format(begin) : `${format(begin)}:${format(end)}`
}

interface RangeRule {
  readonly of: (word: string) => number | undefined
  readonly must: string
  readonly isBackwards: (range: InclusiveRange) => boolean
  readonly backwards: string
}

function parseRange(text: string, rule: RangeRule): Parsed<InclusiveRange> {
  const shown = JSON.stringify(text)
  const words = text.toLowerCase().split(':')
  const begin = rule.of(words[0] ?? '')
  const end = words.length === 1 ? begin : rule.of(words[1] ?? '')
  if (begin === undefined || end === undefined || words.length > 2) {
    return { ok: false, message: `must be ${rule.must}, not ${shown}` }
  }
  const value = { begin, end }
  if (rule.isBackwards(value)) return { ok: false, message: `${shown}: ${rule.backwards}` }
  return { ok: true, value }
}

function parseWhole(word: string): number | undefined {
  return /^[-+]?[0-9]{1,9}$/.test(word) ? Number(word) : undefined
}

/** How many days the range is long, less one, in the shortest month. */
function inFebruary({ begin, end }: InclusiveRange): number {
  const of = (day: number): number => (day < 0 ? 28 + day : day)
  return of(end) - of(begin)
}
