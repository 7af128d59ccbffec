/** Differences of counts below this share are artefacts of floating point (promql/quantile.go). */
const SMALL_DELTA = 1e-12
const MIN_NORMAL = 2.2250738585072014e-308

/** Prometheus's notion of floats that are equal but for rounding (util/almost). */
export function isAlmostEqual(a: number, b: number, epsilon: number): boolean {
  if (a === b || (a !== a && b !== b)) return true
  const sum = Math.abs(a) + Math.abs(b)
  const difference = Math.abs(a - b)
  if (a === 0 || b === 0 || sum < MIN_NORMAL) return difference < epsilon * MIN_NORMAL
  return difference / Math.min(sum, Number.MAX_VALUE) < epsilon
}

/** Where counts had to be changed so that they never fall. */
export interface ForcedMonotonicity {
  readonly minBucket: number
  readonly maxBucket: number
  readonly maxDiff: number
}

/** The cumulative buckets of one classic histogram at one time. Reused from step to step. */
export class ClassicBuckets {
  readonly #bounds: Float64Array
  readonly #counts: Float64Array
  #size = 0

  constructor(capacity: number) {
    this.#bounds = new Float64Array(capacity)
    this.#counts = new Float64Array(capacity)
  }

  get size(): number {
    return this.#size
  }

  clear(): void {
    this.#size = 0
  }

  /** Adds a bucket; upper bounds must come in ascending order, of equal ones the counts are added up. */
  add(upperBound: number, count: number): void {
    const last = this.#size - 1
    if (last >= 0 && this.#bounds[last] === upperBound) {
      this.#counts[last] = (this.#counts[last] as number) + count
      return
    }
    this.#bounds[this.#size] = upperBound
    this.#counts[this.#size] = count
    this.#size++
  }

  /**
   * The quantile by linear interpolation within a bucket (promql/quantile.go, BucketQuantile). Calls `onForced` when a count
   * was below that of the bucket before.
   */
  quantile(quantile: number, onForced: (forced: ForcedMonotonicity) => void): number {
    if (quantile !== quantile) return NaN
    if (quantile < 0) return -Infinity
    if (quantile > 1) return Infinity
    const size = this.#size
    const bounds = this.#bounds
    const counts = this.#counts
    if (bounds[size - 1] !== Infinity) return NaN
    const forced = this.#makeMonotonic()
    if (forced !== undefined) onForced(forced)
    const observations = counts[size - 1] as number
    if (size < 2 || observations === 0) return NaN
    let rank = quantile * observations
    let bucket = 0
    while (bucket < size - 1 && !((counts[bucket] as number) >= rank)) bucket++
    if (bucket === size - 1) return bounds[size - 2] as number
    const end = bounds[bucket] as number
    if (bucket === 0 && end <= 0) return end
    let start = 0
    let count = counts[bucket] as number
    if (bucket > 0) {
      start = bounds[bucket - 1] as number
      count -= counts[bucket - 1] as number
      rank -= counts[bucket - 1] as number
    }
    return start + (end - start) * (rank / count)
  }

  #makeMonotonic(): ForcedMonotonicity | undefined {
    let minBucket = Infinity
    let maxBucket = -Infinity
    let maxDiff = 0
    let previous = this.#counts[0] as number
    for (let i = 1; i < this.#size; i++) {
      const count = this.#counts[i] as number
      if (count === previous) continue
      if (isAlmostEqual(previous, count, SMALL_DELTA)) this.#counts[i] = previous
      else if (count < previous) {
        this.#counts[i] = previous
        minBucket = Math.min(minBucket, this.#bounds[i] as number)
        maxBucket = Math.max(maxBucket, this.#bounds[i] as number)
        maxDiff = Math.max(maxDiff, previous - count)
      } else previous = count
    }
    return maxBucket === -Infinity ? undefined : { minBucket, maxBucket, maxDiff }
  }

  /** The share of observations between two bounds (promql/quantile.go, BucketFraction). */
  fraction(lower: number, upper: number): number {
    const size = this.#size
    if (this.#bounds[size - 1] !== Infinity) return NaN
    const count = this.#counts[size - 1] as number
    if (count === 0 || lower !== lower || upper !== upper) return NaN
    if (lower >= upper) return 0
    return (Math.min(this.#rankOf(upper), count) - Math.min(this.#rankOf(lower), count)) / count
  }

  /** How many observations are below a value; Infinity past the last bucket. */
  #rankOf(value: number): number {
    let rank = 0
    // When the first bucket ends above 0, observations are taken to be positive.
    let start = (this.#bounds[0] as number) <= 0 ? -Infinity : 0
    for (let i = 0; i < this.#size; i++) {
      const end = this.#bounds[i] as number
      const count = this.#counts[i] as number
      if (start >= value) return rank
      if (end > value) {
        // A bucket without a lower end counts as a whole.
        return start === -Infinity
          ? count
          : rank + ((count - rank) * (value - start)) / (end - start)
      }
      rank = count
      start = end
    }
    return Infinity
  }
}
