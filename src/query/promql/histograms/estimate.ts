import type { HistogramTable } from '../../../model/histograms/histogram-table.ts'
import { KahanSum } from '../kahan.ts'
import { BucketWalk } from './bucket-walk.ts'
import type { HistogramNotes } from './histogram-notes.ts'

/** What can be estimated of the observations in a histogram. One is made for a query and used again and again. */
export class HistogramEstimates {
  readonly #table: HistogramTable
  readonly #walk = new BucketWalk()

  constructor(table: HistogramTable) {
    this.#table = table
  }

  /** The variance of the observations, each taken to be in the middle of its bucket (functions.go, histogramVariance). */
  variance(row: number): number {
    const walk = this.#walk
    walk.load(this.#table, row)
    const count = this.#table.totals[row] as number
    const mean = (this.#table.sums[row] as number) / count
    const sum = new KahanSum()
    for (let i = 0; i < walk.length; i++) {
      const delta = this.#middleOf(i) - mean
      sum.add((walk.counts[i] as number) * delta * delta)
    }
    return (sum.total + sum.compensation) / count
  }

  /** Arithmetic of custom buckets, geometric of exponential ones, 0 in the zero bucket. */
  #middleOf(at: number): number {
    const lower = this.#walk.lowers[at] as number
    const upper = this.#walk.uppers[at] as number
    if (this.#walk.isCustom) return (upper + lower) / 2
    if (lower <= 0 && upper >= 0) return 0
    const middle = Math.sqrt(upper * lower)
    return upper < 0 ? -middle : middle
  }

  /** quantile.go, HistogramQuantile. */
  quantile(quantile: number, row: number, metricName: string, notes: HistogramNotes): number {
    const count = this.#table.totals[row] as number
    const sum = this.#table.sums[row] as number
    if (quantile < 0) return -Infinity
    if (quantile > 1) return Infinity
    if (count === 0 || quantile !== quantile) return NaN
    const walk = this.#walk
    walk.load(this.#table, row)
    // Observations of NaN are in no bucket: then only the way from below finds the right one.
    const mayHaveNaN = sum !== sum
    const isForward = mayHaveNaN || quantile < 0.5
    const wanted = (isForward ? quantile : 1 - quantile) * count
    let seen = 0
    let at = isForward ? -1 : walk.length
    let isReached = false
    while (!isReached && (isForward ? at + 1 < walk.length : at > 0)) {
      at += isForward ? 1 : -1
      seen += walk.counts[at] as number
      isReached = seen >= wanted
    }
    const isNone = at < 0 || at >= walk.length
    let lower = isNone ? 0 : (walk.lowers[at] as number)
    let upper = isNone ? 0 : (walk.uppers[at] as number)
    const inBucket = isNone ? 0 : (walk.counts[at] as number)
    if (walk.isCustom) {
      if (lower === -Infinity) {
        if (upper <= 0) return upper
        lower = 0
      } else if (upper === Infinity) return lower
    } else if (lower < 0 && upper > 0) {
      if (!walk.hasNegative && walk.hasPositive) lower = 0
      else if (!walk.hasPositive && walk.hasNegative) upper = 0
    }
    seen = Math.min(seen, count)
    if (seen < wanted) {
      if (!mayHaveNaN) return upper
      notes.quantileIsNaN(metricName)
      return NaN
    }
    if (mayHaveNaN && this.#isLessThan(count)) notes.quantileIsSkewed(metricName)
    const rank = isForward ? wanted - (seen - inBucket) : seen - wanted
    const fraction = rank / inBucket
    if (walk.isCustom || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * fraction
    const logLower = Math.log2(Math.abs(lower))
    const logUpper = Math.log2(Math.abs(upper))
    if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * fraction)
    return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)))
  }

  /** Whether there are fewer observations in the buckets than in all. */
  #isLessThan(count: number): boolean {
    return this.#inBuckets() < count
  }

  #inBuckets(): number {
    let sum = 0
    for (let i = 0; i < this.#walk.length; i++) sum += this.#walk.counts[i] as number
    return sum
  }

  /** quantile.go, HistogramFraction. */
  fraction(
    lower: number,
    upper: number,
    row: number,
    metricName: string,
    notes: HistogramNotes,
  ): number {
    const total = this.#table.totals[row] as number
    const sum = this.#table.sums[row] as number
    if (total === 0 || lower !== lower || upper !== upper) return NaN
    if (lower >= upper) return 0
    const walk = this.#walk
    walk.load(this.#table, row)
    let count = total
    if (sum !== sum) {
      count = this.#inBuckets()
      if (count < total) notes.fractionLacksNaN(metricName)
    }
    const lowerRank = Math.min(this.#rankOf(lower) ?? count, count)
    const upperRank = Math.min(this.#rankOf(upper) ?? count, count)
    return (upperRank - lowerRank) / total
  }

  /** How many observations are below a value; undefined past the last bucket. */
  #rankOf(value: number): number | undefined {
    const walk = this.#walk
    let rank = 0
    for (let i = 0; i < walk.length; i++) {
      const count = walk.counts[i] as number
      let lower = walk.lowers[i] as number
      let upper = walk.uppers[i] as number
      const isZero = lower <= 0 && upper >= 0
      if (isZero && !walk.hasNegative && walk.hasPositive) lower = 0
      else if (isZero && !walk.hasPositive && walk.hasNegative) upper = 0
      if (lower >= value) return rank
      if (upper > value) {
        const isLinear = walk.isCustom || isZero
        // Nothing is known of where in a bucket without a lower end observations are: it counts as a whole.
        if (isLinear && lower === -Infinity) return count
        return rank + count * fractionBelow(lower, upper, value, isLinear)
      }
      rank += count
    }
    return undefined
  }
}

/** The share of a bucket below a value within it (generic.go, FractionBelow). */
export function fractionBelow(
  lower: number,
  upper: number,
  value: number,
  isLinear: boolean,
): number {
  if (isLinear) return (value - lower) / (upper - lower)
  const logLower = Math.log2(Math.abs(lower))
  const logUpper = Math.log2(Math.abs(upper))
  const logValue = Math.log2(Math.abs(value))
  return value > 0
    ? (logValue - logLower) / (logUpper - logLower)
    : 1 - (logValue - logUpper) / (logLower - logUpper)
}
