import { parseDurationMs } from '../../model/duration.ts'
import { quoteString } from '../../model/go-notation.ts'

/** The value of a literal, and what is wrong with it (the value is then what Prometheus goes on with). */
export interface LiteralValue {
  readonly value: number
  readonly fault?: string
}

const MAX_INT64 = 2n ** 63n - 1n
const MAX_DURATION_MS = Number(MAX_INT64 / 1_000_000n)

/** Go's rule for `_` in a number: between two digits, or between the base prefix and a digit (strconv.underscoreOK). */
function hasWellPlacedUnderscores(text: string): boolean {
  if (!text.includes('_')) return true
  const based = /^0[xXbBoO]/.test(text)
  const digits = based ? /^0.(_?[0-9a-fA-F])*$/ : /^([^_]|(?<=[0-9])_(?=[0-9]))*$/
  return digits.test(text)
}

/** The whole number that `text` is in Go's notation with a base prefix; undefined when it is none, or not of 64 bits. */
function parseInteger(text: string): bigint | undefined {
  const plain = text.replaceAll('_', '')
  let value: bigint
  if (/^0[xX][0-9a-fA-F]+$/.test(plain)) value = BigInt(plain)
  else if (/^0[0-7]+$/.test(plain)) value = BigInt(`0o${plain.slice(1)}`)
  else if (/^(0|[1-9][0-9]*)$/.test(plain)) value = BigInt(plain)
  else return undefined
  return value > MAX_INT64 ? undefined : value
}

/**
 * Reads the text of a number token by the rules of Go's strconv: ParseInt with base 0 first (hexadecimal, octal with a
 * leading 0, underscores), ParseFloat then (so `0755` is 493, and `0999` and `0755.0` are decimal).
 */
export function parseNumber(text: string): LiteralValue {
  const lower = text.toLowerCase()
  if (lower === 'inf') return { value: Infinity }
  if (lower === 'nan') return { value: NaN }
  const failed = (reason: string): string =>
    `error parsing number: strconv.ParseFloat: parsing ${quoteString(text)}: ${reason}`
  if (!hasWellPlacedUnderscores(text)) return { value: 0, fault: failed('invalid syntax') }
  const integer = parseInteger(text)
  if (integer !== undefined) return { value: Number(integer) }
  const plain = text.replaceAll('_', '')
  if (!/^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(plain)) {
    return { value: 0, fault: failed('invalid syntax') }
  }
  const value = Number(plain)
  return Number.isFinite(value) ? { value } : { value, fault: failed('value out of range') }
}

/** Reads the text of a duration token; the value is in seconds (prometheus/common model.ParseDuration). */
export function parseDurationSeconds(text: string): LiteralValue {
  const durationMs = parseDurationMs(text)
  if (durationMs === undefined) return { value: 0, fault: explainBadDuration(text) }
  if (durationMs > MAX_DURATION_MS) return { value: 0, fault: 'duration out of range' }
  return { value: Math.floor(durationMs / 1000) + ((durationMs % 1000) * 1e6) / 1e9 }
}

function explainBadDuration(text: string): string {
  for (const [, unit = ''] of text.matchAll(/[0-9]+([^0-9]*)/g)) {
    if (unit === '') break
    if (!['ms', 's', 'm', 'h', 'd', 'w', 'y'].includes(unit)) {
      return `unknown unit ${quoteString(unit)} in duration ${quoteString(text)}`
    }
  }
  return `not a valid duration string: ${quoteString(text)}`
}

/** Whole milliseconds of a duration in seconds, by way of Go's nanoseconds: rounded to them, then cut to milliseconds. */
export function secondsToMs(seconds: number): number {
  const milliseconds = Math.trunc(roundAwayFromZero(seconds * 1e9) / 1e6)
  return milliseconds === 0 ? 0 : milliseconds
}

/** Go's math.Round: halves go away from zero. */
export function roundAwayFromZero(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value)
}

/** True when a duration does not fit Go's int64 nanoseconds. */
export function isDurationOutOfRange(seconds: number): boolean {
  return Number.isNaN(seconds) || Math.abs(seconds) > 2 ** 63 / 1e9
}
