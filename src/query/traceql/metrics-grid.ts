import { Problem } from '../../model/problem.ts'
import type { SpanRange } from '../../store/spans-source.ts'

/** The intervals of a metrics query: interval `i` holds what began after `startNs + i * stepNs` and up to one step later. */
export interface MetricsGrid {
  readonly startNs: bigint
  readonly stepNs: bigint
  readonly count: number
}

const MAX_INTERVALS = 11_000
const NS_PER_MS = 1_000_000n

/**
 * The intervals of a range, on multiples of the step, with one more at the beginning, so that a query repeated a moment later has the same
 * ones (Tempo's AlignRequest). Throws a `Problem` of code `bad_data` for a step that is none or makes too many.
 */
export function alignGrid({ startNs, endNs }: SpanRange, stepNs: bigint): MetricsGrid {
  if (stepNs <= 0n) throw new Problem('bad_data', 'step must be greater than 0')
  const from = startNs - (startNs % stepNs) - stepNs
  const until = endNs % stepNs === 0n ? endNs : endNs + stepNs - (endNs % stepNs)
  const count = Number((until - from) / stepNs)
  if (count > MAX_INTERVALS) {
    throw new Problem(
      'bad_data',
      `exceeded maximum resolution of ${MAX_INTERVALS} points per timeseries: use a larger step or a shorter range`,
    )
  }
  return { startNs: from < 0n ? 0n : from, stepNs, count }
}

/** One interval that is the whole range. */
export function wholeGrid({ startNs, endNs }: SpanRange): MetricsGrid {
  return { startNs: startNs - 1n, stepNs: endNs - startNs + 1n, count: 1 }
}

/** Spans that begin in it lie in an interval. */
export function rangeOfGrid({ startNs, stepNs, count }: MetricsGrid): SpanRange {
  return { startNs: startNs + 1n, endNs: startNs + stepNs * BigInt(count) + 1n }
}

/** The interval of a time; -1 outside of all. */
export function intervalOf({ startNs, stepNs, count }: MetricsGrid, timeNs: bigint): number {
  if (timeNs <= startNs) return -1
  const interval = Number((timeNs - startNs - 1n) / stepNs)
  return interval < count ? interval : -1
}

/** The time that an interval's value stands at: its end. Unix milliseconds. */
export function timestampMsOf({ startNs, stepNs }: MetricsGrid, interval: number): number {
  return Number((startNs + stepNs * BigInt(interval + 1)) / NS_PER_MS)
}

const STEPS_S = [3600, 300, 60, 15, 5, 1]
const WANTED_POINTS = 240n
const NS_PER_S = 1_000_000_000n

/** The step of a query that names none: about 240 points, on round figures (Tempo's DefaultQueryRangeStep). */
export function chooseStepNs({ startNs, endNs }: SpanRange): bigint {
  const wanted = (endNs - startNs) / WANTED_POINTS
  if (endNs - startNs < 60n * NS_PER_S) {
    const least = 50n * NS_PER_MS
    return wanted > least ? wanted - (wanted % least) : least
  }
  for (const step of STEPS_S) {
    const stepNs = BigInt(step) * NS_PER_S
    if (wanted > stepNs) return wanted - (wanted % stepNs)
  }
  return NS_PER_S
}
