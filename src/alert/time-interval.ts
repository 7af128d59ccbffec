import { localTime, type LocalTime } from './time-interval-zone.ts'

/** A range with both its ends. */
export interface InclusiveRange {
  readonly begin: number
  readonly end: number
}

/** Minutes of the day, the end not included: 0 to 1,440. */
export interface MinuteRange {
  readonly startMinute: number
  readonly endMinute: number
}

/**
 * Some part of the calendar: all conditions that are set must hold, and of the ranges of one condition any
 * (timeinterval/timeinterval.go). An empty list never holds.
 */
export interface TimeInterval {
  readonly times: readonly MinuteRange[] | undefined
  /** 0 is Sunday. */
  readonly weekdays: readonly InclusiveRange[] | undefined
  /** From 1; negative ones count from the end of the month, -1 is its last day. */
  readonly daysOfMonth: readonly InclusiveRange[] | undefined
  /** 1 is January. */
  readonly months: readonly InclusiveRange[] | undefined
  readonly years: readonly InclusiveRange[] | undefined
  /** A name of the IANA time zone database; undefined is UTC, `Local` the zone of this machine. */
  readonly location: string | undefined
}

/** Intervals under the name that routes use. */
export interface NamedTimeInterval {
  readonly name: string
  readonly intervals: readonly TimeInterval[]
}

/** Whether one of the intervals contains the moment (Unix milliseconds). */
export function isActive(intervals: readonly TimeInterval[], nowMs: number): boolean {
  return intervals.some((interval) => contains(interval, localTime(interval.location, nowMs)))
}

function contains(interval: TimeInterval, at: LocalTime): boolean {
  const { times, weekdays, daysOfMonth, months, years } = interval
  return (
    (times === undefined ||
      times.some(
        ({ startMinute, endMinute }) => at.minute >= startMinute && at.minute < endMinute,
      )) &&
    (daysOfMonth === undefined || daysOfMonth.some((range) => containsDay(range, at))) &&
    (months === undefined || months.some((range) => holds(range, at.month))) &&
    (weekdays === undefined || weekdays.some((range) => holds(range, at.weekday))) &&
    (years === undefined || years.some((range) => holds(range, at.year)))
  )
}

function holds({ begin, end }: InclusiveRange, value: number): boolean {
  return value >= begin && value <= end
}

/** A range that begins behind the end of a short month is not in it; one that ends there is cut. */
function containsDay(range: InclusiveRange, { day, daysInMonth }: LocalTime): boolean {
  const begin = range.begin < 0 ? daysInMonth + range.begin + 1 : range.begin
  const end = range.end < 0 ? daysInMonth + range.end + 1 : range.end
  return begin <= daysInMonth && day >= begin && day <= Math.min(end, daysInMonth)
}
