import { parseGoFloat, parseGoInt } from '../../formats/go-float.ts'
import { parseDurationMs } from '../../model/duration.ts'
import { Problem } from '../../model/problem.ts'
import type { Params } from '../params.ts'

const NS_PER_S = 1_000_000_000n
const NS_PER_MS = 1_000_000n
const HOUR_NS = 3600n * NS_PER_S
const MAX_NS = 2n ** 63n - 1n
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 2 ** 32 - 1
const MOST_POINTS = 11_000n

/** The time that a request is about. Nanoseconds since 1970. */
export interface TimeBounds {
  readonly startNs: bigint
  readonly endNs: bigint
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9})\d*)?(?:Z|[+-]\d\d:\d\d)$/

function bad(message: string): Problem {
  return new Problem('bad_data', message)
}

/**
 * A time as Loki reads it (loghttp/params.go): seconds with a fraction, seconds in up to ten digits, nanoseconds in more, or RFC
 * 3339. Undefined when it is none of these.
 */
function parseTimeNs(text: string): bigint | undefined {
  if (text.includes('.')) {
    const seconds = parseGoFloat(text)
    if (seconds !== undefined && Math.abs(seconds) < 9e9) {
      const whole = Math.trunc(seconds)
      return BigInt(whole) * NS_PER_S + BigInt(Math.round((seconds - whole) * 1000)) * NS_PER_MS
    }
  }
  if (/^[+-]?\d{1,19}$/.test(text)) {
    const value = BigInt(text.replace('+', ''))
    if (value > MAX_NS || value < -MAX_NS) return undefined
    return text.length <= 10 ? value * NS_PER_S : value
  }
  const found = RFC3339.exec(text)
  const timestampMs = found === null ? Number.NaN : Date.parse(text.replace(/\.\d+/, ''))
  if (Number.isNaN(timestampMs)) return undefined
  return BigInt(timestampMs) * NS_PER_MS + BigInt((found?.[1] ?? '').padEnd(9, '0'))
}

function readTimeNs(params: Params, name: string, absentNs: bigint): bigint {
  const text = params.get(name)
  if (text === '') return absentNs
  const timeNs = parseTimeNs(text)
  if (timeNs === undefined) {
    const reason = `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`
    throw bad(name === 'time' ? reason : `could not parse '${name}' parameter: ${reason}`)
  }
  return timeNs
}

/** `start`, `end` and `since`: by default the last hour. */
export function readBounds(params: Params, nowMs: number): TimeBounds {
  const since = params.get('since')
  const sinceMs = since === '' ? undefined : parseDurationMs(since)
  if (since !== '' && sinceMs === undefined) {
    throw bad(
      `could not parse 'since' parameter: not a valid duration string: ${JSON.stringify(since)}`,
    )
  }
  const nowNs = BigInt(Math.floor(nowMs)) * NS_PER_MS
  const endNs = readTimeNs(params, 'end', nowNs)
  const sinceNs = sinceMs === undefined ? HOUR_NS : BigInt(sinceMs) * NS_PER_MS
  const startNs = readTimeNs(params, 'start', (endNs > nowNs ? nowNs : endNs) - sinceNs)
  return { startNs, endNs }
}

/** The same, with the end not before the start. */
export function readOrderedBounds(params: Params, nowMs: number): TimeBounds {
  const bounds = readBounds(params, nowMs)
  if (bounds.endNs < bounds.startNs) {
    throw bad('end timestamp must not be before or equal to start time')
  }
  return bounds
}

/** `time` of an instant query. */
export function readInstant(params: Params, nowMs: number): bigint {
  return readTimeNs(params, 'time', BigInt(Math.floor(nowMs)) * NS_PER_MS)
}

export function readLimit(params: Params): number {
  return readCount(params, 'limit', DEFAULT_LIMIT)
}

/** A limit by its name; its default where it is absent. */
export function readCount(params: Params, name: string, absent: number): number {
  const text = params.get(name)
  if (text === '') return absent
  const limit = parseGoInt(text)
  if (typeof limit !== 'number') throw bad(limit.error)
  if (limit <= 0) throw bad('limit must be a positive value')
  if (limit > MAX_LIMIT) throw bad(`${name} value ${limit} is out of range [0, ${MAX_LIMIT}]`)
  return limit
}

export function readDirection(params: Params): 'forward' | 'backward' {
  const text = params.get('direction')
  const direction = text.toLowerCase()
  if (direction === '') return 'backward'
  if (direction === 'forward' || direction === 'backward') return direction
  throw bad(`invalid direction '${text}'`)
}

/** Seconds as a number, or a duration; nanoseconds. */
function parseSpanNs(text: string): bigint {
  const seconds = parseGoFloat(text)
  if (seconds !== undefined && !Number.isNaN(seconds)) {
    if (Math.abs(seconds) * 1e9 > Number(MAX_NS)) {
      throw bad(`cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`)
    }
    return BigInt(Math.trunc(seconds * 1e9))
  }
  const durationMs = parseDurationMs(text)
  if (durationMs !== undefined) return BigInt(durationMs) * NS_PER_MS
  throw bad(`cannot parse ${JSON.stringify(text)} to a valid duration`)
}

/** `step`, by default a 250th of the range, a second at least. */
export function readStep(params: Params, { startNs, endNs }: TimeBounds): bigint {
  const text = params.get('step')
  const usual = (endNs - startNs) / NS_PER_S / 250n
  const stepNs = text === '' ? (usual < 1n ? 1n : usual) * NS_PER_S : parseSpanNs(text)
  if (stepNs <= 0n) {
    throw bad(
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    )
  }
  if ((endNs - startNs) / stepNs > MOST_POINTS) {
    throw bad(
      'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter',
    )
  }
  return stepNs
}

export function readInterval(params: Params): bigint {
  const text = params.get('interval')
  const intervalNs = text === '' ? 0n : parseSpanNs(text)
  if (intervalNs < 0n) throw bad('interval must be >= 0')
  return intervalNs
}
