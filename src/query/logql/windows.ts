import type { RangeOp } from '../../lang/logql/ast.ts'

/** Values of one series in order of time, of which a window is a part. Times are nanoseconds from a moment of the query's own. */
export interface Samples {
  readonly timesNs: Float64Array
  readonly values: Float64Array
}

/** A window: the samples from `from` up to `to` (at least one), which ends at `endNs`. */
export interface Window {
  readonly from: number
  readonly to: number
  readonly endNs: number
  readonly rangeNs: number
}

export type WindowFunction = (samples: Samples, window: Window) => number

const NS_PER_SECOND = 1e9

/** The value of a range aggregation over a window (pkg/logql/range_vector.go); undefined of those that only count. */
export function windowFunction(op: RangeOp, param: number): WindowFunction | undefined {
  switch (op) {
    case 'count_over_time':
    case 'bytes_over_time':
    case 'bytes_rate':
    case 'absent_over_time':
      return undefined
    case 'rate':
      return (samples, window) => sum(samples, window) / (window.rangeNs / NS_PER_SECOND)
    case 'sum_over_time':
      return sum
    case 'avg_over_time':
      return average
    case 'min_over_time':
      return (samples, window) => fold(samples, window, (a, b) => b < a || a !== a)
    case 'max_over_time':
      return (samples, window) => fold(samples, window, (a, b) => b > a || a !== a)
    case 'stdvar_over_time':
      return variance
    case 'stddev_over_time':
      return (samples, window) => Math.sqrt(variance(samples, window))
    case 'quantile_over_time':
      return ({ values }, { from, to }) => quantile(param, values.slice(from, to))
    case 'first_over_time':
      return ({ values }, { from }) => values[from] as number
    case 'last_over_time':
      return ({ values }, { to }) => values[to - 1] as number
    case 'rate_counter':
      return counterRate
    default:
      return op satisfies never
  }
}

function sum({ values }: Samples, { from, to }: Window): number {
  let total = 0
  for (let i = from; i < to; i++) total += values[i] as number
  return total
}

/** The running mean, which an infinite value ends: finite ones do not change it then. */
export function addToMean(mean: number, value: number, count: number): number {
  const isInfinite = mean === Infinity || mean === -Infinity
  if (isInfinite && (value === mean || Number.isFinite(value))) return mean
  return mean + (value / count - mean / count)
}

function average({ values }: Samples, { from, to }: Window): number {
  let mean = 0
  for (let i = from; i < to; i++) mean = addToMean(mean, values[i] as number, i - from + 1)
  return mean
}

/** The value that no other is better than. */
function fold(
  { values }: Samples,
  { from, to }: Window,
  isBetter: (best: number, value: number) => boolean,
): number {
  let best = values[from] as number
  for (let i = from + 1; i < to; i++) {
    const value = values[i] as number
    if (isBetter(best, value)) best = value
  }
  return best
}

/** Welford's method. */
function variance({ values }: Samples, { from, to }: Window): number {
  let squares = 0
  let mean = 0
  for (let i = from; i < to; i++) {
    const value = values[i] as number
    const delta = value - mean
    mean += delta / (i - from + 1)
    squares += delta * (value - mean)
  }
  return squares / (to - from)
}

/** Between two values, the weighted mean of both; NaN counts as the smallest. */
function quantile(q: number, values: Float64Array): number {
  if (q !== q) return NaN
  if (q < 0) return -Infinity
  if (q > 1) return Infinity
  const sorted = values.sort((a, b) => (a !== a ? (b !== b ? 0 : -1) : b !== b ? 1 : a - b))
  const rank = q * (sorted.length - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(sorted.length - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  return (sorted[lower] as number) * (1 - weight) + (sorted[upper] as number) * weight
}

/**
 * The rate of a counter per second, with its resets made up for, drawn on to the edges of the window where its first and last
 * value are near them, as Prometheus does.
 */
function counterRate({ timesNs, values }: Samples, { from, to, endNs, rangeNs }: Window): number {
  const count = to - from
  if (count < 2) return 0
  const first = values[from] as number
  let increase = (values[to - 1] as number) - first
  let last = 0
  for (let i = from; i < to; i++) {
    const value = values[i] as number
    if (value < last) increase += last
    last = value
  }
  const firstNs = timesNs[from] as number
  const lastNs = timesNs[to - 1] as number
  const sampled = (lastNs - firstNs) / NS_PER_SECOND
  const spacing = sampled / (count - 1)
  const threshold = spacing * 1.1
  let toStart = (firstNs - (endNs - rangeNs)) / NS_PER_SECOND
  let toEnd = (endNs - lastNs) / NS_PER_SECOND
  if (toStart >= threshold) toStart = spacing / 2
  // A counter begins at zero: no further back than that.
  if (increase > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / increase))
  if (toEnd >= threshold) toEnd = spacing / 2
  return (increase * ((sampled + toStart + toEnd) / sampled)) / (rangeNs / NS_PER_SECOND)
}
