import { formatDurationMs, parseDurationMs } from '../model/duration.ts'
import { UsageError } from './usage-error.ts'

/** The options of `query` that say when, as text. */
export interface TimeOptions {
  readonly range: string
  readonly start?: string
  readonly end?: string
  readonly step?: string
}

export interface QueryRange {
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
}

/** The server refuses more. */
const MAX_POINTS = 11_000

/** Reads when a chart begins and ends; about `points` steps lie between. Throws `UsageError`. */
export function readQueryRange(options: TimeOptions, points: number, nowMs: number): QueryRange {
  const endMs = options.end === undefined ? nowMs : readTime(options.end, '--end', nowMs)
  const rangeMs = parseDurationMs(options.range)
  if (rangeMs === undefined || rangeMs === 0) {
    throw new UsageError(
      `--range: must be a duration such as 15m or 6h, not ${JSON.stringify(options.range)}`,
    )
  }
  const startMs =
    options.start === undefined ? endMs - rangeMs : readTime(options.start, '--start', nowMs)
  if (startMs >= endMs) {
    throw new UsageError(`--start (${iso(startMs)}) must be before --end (${iso(endMs)})`)
  }
  const spanMs = endMs - startMs
  const stepMs = options.step === undefined ? fittingStep(spanMs / points) : readStep(options.step)
  if (spanMs / stepMs > MAX_POINTS) {
    const least = formatDurationMs(Math.ceil(spanMs / MAX_POINTS / 1000) * 1000)
    throw new UsageError(
      `--step: ${formatDurationMs(stepMs)} over ${formatDurationMs(Math.round(spanMs))} makes more than ${MAX_POINTS} points; use at least ${least}`,
    )
  }
  // Multiples of the step, so that two charts in a row show the same points.
  return {
    startMs: Math.ceil(startMs / stepMs) * stepMs,
    endMs: Math.max(Math.floor(endMs / stepMs), Math.ceil(startMs / stepMs)) * stepMs,
    stepMs,
  }
}

/** Whole seconds, as people choose them. */
function fittingStep(leastMs: number): number {
  const round = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((s) => s * 1000)
  return round.find((stepMs) => stepMs >= leastMs) ?? Math.ceil(leastMs / 3_600_000) * 3_600_000
}

function readStep(text: string): number {
  const stepMs = isNumber(text) ? Math.round(Number(text) * 1000) : parseDurationMs(text)
  if (stepMs === undefined || !(stepMs > 0)) {
    throw new UsageError(`--step: must be a duration such as 15s, not ${JSON.stringify(text)}`)
  }
  return stepMs
}

/** `now`, `-1h` (an hour ago), seconds since 1970, or RFC 3339; in milliseconds. Throws `UsageError`. */
export function readTime(text: string, flag: string, nowMs: number): number {
  const agoMs = text.startsWith('-') ? parseDurationMs(text.slice(1)) : undefined
  const timeMs =
    text === 'now'
      ? nowMs
      : agoMs !== undefined
        ? nowMs - agoMs
        : isNumber(text)
          ? Number(text) * 1000
          : Date.parse(text)
  // What Date can hold.
  if (!(Math.abs(timeMs) <= 8.64e15)) {
    throw new UsageError(
      `${flag}: must be a time such as 2026-01-31T12:00:00Z, 1769860800 (Unix seconds), -1h (an hour ago) or now, not ${JSON.stringify(text)}`,
    )
  }
  return timeMs
}

function isNumber(text: string): boolean {
  return /^[0-9]+(?:\.[0-9]+)?$/.test(text)
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
