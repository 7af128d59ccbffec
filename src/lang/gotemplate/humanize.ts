import { formatFloat } from './format-number.ts'
import { NO_FLAGS } from './format-number.ts'
import { GoDuration, GoTime } from './time.ts'
import type { GoValue } from './value.ts'
import { typeNameOf } from './value.ts'

const LARGE = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'] as const
const BINARY = ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'] as const
const SMALL = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'] as const

/** What Prometheus's functions take as a number: numbers, durations, and texts of numbers (common's ConvertToFloat). */
export function toFloat(value: GoValue): number {
  switch (typeof value) {
    case 'number':
      return value
    case 'bigint':
      return Number(value)
    case 'string':
      return parseFloatText(value)
    default:
      if (value instanceof GoDuration) return Number(value.value) / 1e9
      throw new Error(`can't convert ${typeNameOf(value)} to float`)
  }
}

/** strconv.ParseFloat. */
function parseFloatText(text: string): number {
  const lower = text.toLowerCase()
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(lower)
  if (special) return special[2] === 'nan' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity
  const plain = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/.test(lower)
  const value = plain ? Number(text) : Number.NaN
  if (Number.isNaN(value))
    throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`)
  if (!Number.isFinite(value)) {
    throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: value out of range`)
  }
  return value
}

/** `%.4g` */
function fourDigits(value: number): string {
  return formatFloat(value, 'g', { ...NO_FLAGS, precision: 4 }) ?? ''
}

/** Divides until the value is below `base`; returns what is left and the prefix. */
function scale(value: number, base: number, prefixes: readonly string[]): string {
  let prefix = ''
  let rest = value
  for (const next of prefixes) {
    if (Math.abs(rest) < base) break
    prefix = next
    rest /= base
  }
  return fourDigits(rest) + prefix
}

function scaleSmall(value: number): string {
  let prefix = ''
  let rest = value
  for (const next of SMALL) {
    if (Math.abs(rest) >= 1) break
    prefix = next
    rest *= 1000
  }
  return fourDigits(rest) + prefix
}

/** `1234567` as `1.235M`. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return fourDigits(value)
  return Math.abs(value) >= 1 ? scale(value, 1000, LARGE) : scaleSmall(value)
}

/** `1048576` as `1Mi`. */
export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return fourDigits(value)
  return scale(value, 1024, BINARY)
}

/** `0.123` as `12.3%`. */
export function humanizePercentage(value: number): string {
  return `${fourDigits(value * 100)}%`
}

/** Seconds as `1d 2h 3m 4s`; below a minute with four digits, below a second in a smaller unit. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return fourDigits(seconds)
  if (seconds === 0) return `${fourDigits(seconds)}s`
  if (Math.abs(seconds) < 1) return `${scaleSmall(seconds)}s`
  const sign = seconds < 0 ? '-' : ''
  const size = Math.abs(seconds)
  const whole = BigInt(Math.trunc(size))
  const [days, hours] = [whole / 86_400n, (whole / 3600n) % 24n]
  const [minutes, rest] = [(whole / 60n) % 60n, whole % 60n]
  if (days !== 0n) return `${sign}${days}d ${hours}h ${minutes}m ${rest}s`
  if (hours !== 0n) return `${sign}${hours}h ${minutes}m ${rest}s`
  if (minutes !== 0n) return `${sign}${minutes}m ${rest}s`
  return `${sign}${fourDigits(size)}s`
}

/** A moment of seconds since 1970, in UTC and whole milliseconds; throws beyond what nanoseconds of 64 bits hold. */
export function toTime(seconds: number): GoTime {
  if (!Number.isFinite(seconds)) throw new Error('value is NaN or Inf')
  if (Math.abs(seconds * 1e9) > 2 ** 63) {
    const shown = formatFloat(seconds, 'v', NO_FLAGS) ?? ''
    throw new Error(
      `${shown} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    )
  }
  const epochNs = BigInt(Math.trunc(seconds * 1e9))
  return new GoTime((epochNs / 1_000_000n) * 1_000_000n)
}

/** Seconds since 1970 as `2015-01-02 03:04:05.678 +0000 UTC`. */
export function humanizeTimestamp(seconds: number): string {
  return Number.isFinite(seconds) ? toTime(seconds).text() : fourDigits(seconds)
}
