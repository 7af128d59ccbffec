import { parseGoFloat, parseGoInt } from '../../formats/go-float.ts'
import { parseSeriesSelector } from '../../lang/promql/parse.ts'
import { formatFault } from '../../lang/promql/fault.ts'
import { parseDurationMs } from '../../model/duration.ts'
import { matcher, matchesEmpty, type Matcher } from '../../model/matcher.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { Params } from '../params.ts'

/**
 * The times that stand for "always". Prometheus's are further away, but beyond these milliseconds are no longer whole numbers
 * in JavaScript; nothing is stored near either.
 */
export const MIN_TIME_MS = Number.MIN_SAFE_INTEGER
export const MAX_TIME_MS = Number.MAX_SAFE_INTEGER

/** Prometheus's own notation of its first and last time, which its clients send. */
const MIN_TIME_TEXT = '-292273086-05-16T16:47:06Z'
const MAX_TIME_TEXT = '292277025-08-18T07:12:54.999999999Z'

/** `invalid parameter "step": …`, the form of Prometheus's complaints about one parameter. */
export function invalidParam(name: string, reason: string): Problem {
  return new Problem('bad_data', `invalid parameter ${JSON.stringify(name)}: ${reason}`)
}

/**
 * Reads a time of the API: Unix seconds with a fraction, rounded to milliseconds as the original does, or RFC 3339. Undefined
 * when it is neither.
 */
export function parseTimeMs(text: string): number | undefined {
  const seconds = parseGoFloat(text)
  if (seconds !== undefined) {
    if (!Number.isFinite(seconds)) return undefined
    const whole = Math.trunc(seconds)
    return clampTime(whole * 1000 + Math.round((seconds - whole) * 1000))
  }
  if (text === MIN_TIME_TEXT) return MIN_TIME_MS
  if (text === MAX_TIME_TEXT) return MAX_TIME_MS
  return parseRfc3339Ms(text)
}

const RFC3339 =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/

function parseRfc3339Ms(text: string): number | undefined {
  const found = RFC3339.exec(text)
  if (!found) return undefined
  const part = (index: number): number => Number(found[index] ?? 0)
  const [year, month, day] = [part(1), part(2), part(3)]
  const [hour, minute, second] = [part(4), part(5), part(6)]
  const [offsetHour, offsetMinute] = [part(9), part(10)]
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 24 || offsetMinute > 59) {
    return undefined
  }
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  // A day that the month does not have would roll over into the next one.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  const fractionMs = Math.floor(Number(`0.${found[7] ?? '0'}`) * 1000)
  const offsetMs = (found[8] === '-' ? -1 : 1) * (offsetHour * 60 + offsetMinute) * 60_000
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs - offsetMs
}

function clampTime(timestampMs: number): number {
  return Math.max(MIN_TIME_MS, Math.min(MAX_TIME_MS, timestampMs))
}

/** A time that may be absent. */
export function readTime(params: Params, name: string, absentMs: number): number {
  const text = params.get(name)
  if (text === '') return absentMs
  const timestampMs = parseTimeMs(text)
  if (timestampMs !== undefined) return timestampMs
  throw invalidParam(name, `invalid time value for '${name}': ${cannotParseTime(text)}`)
}

/** A time that must be there. */
export function readRequiredTime(params: Params, name: string): number {
  const text = params.get(name)
  const timestampMs = parseTimeMs(text)
  if (timestampMs === undefined) throw invalidParam(name, cannotParseTime(text))
  return timestampMs
}

function cannotParseTime(text: string): string {
  return `cannot parse ${JSON.stringify(text)} to a valid timestamp`
}

/** Go holds durations as 64-bit nanoseconds. */
const MAX_DURATION_NS = 2 ** 63

/** Reads a duration: seconds as a number, or `1h30m`. Returns milliseconds, or what is wrong. */
export function parseApiDuration(text: string): number | { readonly error: string } {
  const quoted = JSON.stringify(text)
  const seconds = parseGoFloat(text)
  if (seconds !== undefined && !Number.isNaN(seconds)) {
    if (Math.abs(seconds) * 1e9 > MAX_DURATION_NS) {
      return { error: `cannot parse ${quoted} to a valid duration. It overflows int64` }
    }
    // Truncated to nanoseconds as Go does, so that 0.001 is a whole millisecond.
    return Math.trunc(seconds * 1e9) / 1e6
  }
  const durationMs = parseDurationMs(text)
  const isDuration = durationMs !== undefined && durationMs * 1e6 < MAX_DURATION_NS
  return isDuration ? durationMs : { error: `cannot parse ${quoted} to a valid duration` }
}

/** A duration that may be absent. */
export function readDuration(params: Params, name: string): number | undefined {
  const text = params.get(name)
  if (text === '') return undefined
  const durationMs = parseApiDuration(text)
  if (typeof durationMs !== 'number') throw invalidParam(name, durationMs.error)
  return durationMs
}

/** `limit`: absent and 0 are no limit, which is 0. */
export function readLimit(params: Params): number {
  const text = params.get('limit')
  if (text === '') return 0
  const limit = parseGoInt(text)
  if (typeof limit !== 'number') throw invalidParam('limit', limit.error)
  if (limit < 0) throw invalidParam('limit', 'limit must be non-negative')
  return limit
}

/** Reads one series selector. Throws a `Problem` whose message has position and reason, as Prometheus's parser gives them. */
export function parseMatchers(text: string): Matcher[] {
  const parsed = parseSeriesSelector(text)
  if (!parsed.ok) {
    const [fault] = parsed.faults
    throw new Problem('bad_data', fault ? formatFault(text, fault) : 'parse error')
  }
  try {
    return parsed.matchers.map(({ name, op, value }) => matcher(name, op, value))
  } catch (cause) {
    throw new Problem('bad_data', messageOf(cause), { cause })
  }
}

/** Each selector may hold regular expressions to compile, and a form has room for hundreds of thousands. */
const MAX_SELECTORS = 1000

/** Refuses a request with more selectors than anybody writes. */
export function checkSelectorCount(texts: readonly string[]): void {
  if (texts.length <= MAX_SELECTORS) return
  const counts = `${texts.length} match[] parameters, the limit is ${MAX_SELECTORS}`
  throw new Problem('bad_data', `too many selectors: ${counts}`)
}

/** `match[]`: each selector must name something, because one that accepts every series is nearly always a mistake. */
export function readSelectors(texts: readonly string[]): Matcher[][] {
  checkSelectorCount(texts)
  const selectors = texts.map(parseMatchers)
  if (selectors.some((matchers) => matchers.every(matchesEmpty))) {
    throw new Problem('bad_data', 'match[] must contain at least one non-empty matcher')
  }
  return selectors
}
