/**
 * A quantile for each interval, from counts in buckets that are powers of two, by exponential interpolation inside a bucket (Tempo's
 * Log2Quantile). 0 where an interval is empty.
 */
export function quantileOf(
  quantile: number,
  buckets: ReadonlyMap<number, Float64Array>,
  intervals: number,
): Float64Array {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b)
  return Float64Array.from({ length: intervals }, (_, interval) => {
    const filled = sorted
      .map(([bound, counts]) => ({ bound, count: counts[interval] ?? 0 }))
      .filter(({ count }) => count > 0)
    return interpolate(quantile, filled)
  })
}

interface Bucket {
  /** Upper bound. */
  readonly bound: number
  readonly count: number
}

function interpolate(quantile: number, buckets: readonly Bucket[]): number {
  const total = buckets.reduce((sum, { count }) => sum + count, 0)
  if (!(quantile >= 0 && quantile <= 1) || total === 0) return 0
  const wanted = Math.max(1, Math.ceil(quantile * total))
  let seen = 0
  for (const [i, { bound, count }] of buckets.entries()) {
    if (seen + count < wanted) {
      seen += count
      continue
    }
    if (seen + count === wanted) return bound
    const most = Math.log2(bound)
    const before = buckets[i - 1]
    const least = before ? Math.log2(before.bound) : most - 1
    return 2 ** (least + (most - least) * ((wanted - seen) / count))
  }
  return buckets.at(-1)?.bound ?? 0
}
