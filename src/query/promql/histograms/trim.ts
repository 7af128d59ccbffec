import type { DraftBuckets } from '../../../model/histograms/draft-buckets.ts'
import { customBound, exponentialBound } from '../../../model/histograms/bucket-bounds.ts'
import type { HistogramDraft } from '../../../model/histograms/histogram-draft.ts'
import { fractionBelow } from './estimate.ts'

interface Bucket {
  readonly lower: number
  readonly upper: number
  readonly count: number
}

/** What of a bucket is kept, and the value that its observations are taken to have. */
interface Kept {
  readonly count: number
  readonly middle: number
}

/**
 * `</` and `>/`: leaves the observations below (`keepsBelow`) or above a value. Of the bucket that the value is in a part stays; where any
 * bucket lost something, count and sum are estimated anew (float_histogram.go, TrimBuckets).
 */
export function trim(draft: HistogramDraft, value: number, keepsBelow: boolean): void {
  const run = new Trimming(draft, value, keepsBelow)
  run.trimSide(draft.positive, true)
  run.trimSide(draft.negative, false)
  run.trimZero()
}

class Trimming {
  readonly #draft: HistogramDraft
  readonly #value: number
  readonly #keepsBelow: boolean
  #count = 0
  #sum = 0
  #hasChanged = false
  #hasPositive = false
  #hasNegative = false

  constructor(draft: HistogramDraft, value: number, keepsBelow: boolean) {
    this.#draft = draft
    this.#value = value
    this.#keepsBelow = keepsBelow
  }

  trimSide(side: DraftBuckets, isPositive: boolean): void {
    for (let i = 0; i < side.length; i++) {
      const bucket = this.#bucketAt(side, i, isPositive)
      if (bucket.count === 0) continue
      if (isPositive) this.#hasPositive = true
      else this.#hasNegative = true
      const { count, middle } = this.#keptOf(bucket, isPositive)
      this.#count += count
      this.#sum += middle * count
      if (count === bucket.count) continue
      this.#hasChanged = true
      side.counts[i] = count
      side.lost[i] = 0
    }
  }

  #bucketAt(side: DraftBuckets, at: number, isPositive: boolean): Bucket {
    const { schema, isCustom, bounds } = this.#draft
    const index = side.indexes[at] as number
    const far = isCustom ? customBound(index, bounds) : exponentialBound(index, schema)
    const near = isCustom ? customBound(index - 1, bounds) : exponentialBound(index - 1, schema)
    const count = side.total(at)
    return isPositive ? { lower: near, upper: far, count } : { lower: -far, upper: -near, count }
  }

  #keptOf(bucket: Bucket, isPositive: boolean): Kept {
    const { lower, upper, count } = bucket
    const value = this.#value
    const isLinear = this.#draft.isCustom
    const isWhole = this.#keepsBelow ? upper <= value : lower >= value
    if (isWhole) return { count, middle: middleOf(lower, upper, isPositive, isLinear) }
    const isCut = this.#keepsBelow ? lower < value : upper > value
    if (!isCut) return { count: 0, middle: 0 }
    if (lower === -Infinity || upper === Infinity) {
      return lower === -Infinity ? this.#cutLowest(bucket) : this.#cutHighest(bucket)
    }
    const below = count * fractionBelow(lower, upper, value, isLinear)
    return this.#keepsBelow
      ? { count: below, middle: middleOf(lower, value, isPositive, isLinear) }
      : { count: count - below, middle: middleOf(value, upper, isPositive, isLinear) }
  }

  /** A bucket without a lower end is taken to begin at 0 when it ends above; else nothing is known of what is in it. */
  #cutLowest({ upper, count }: Bucket): Kept {
    const value = this.#value
    const isFinite = upper !== Infinity
    if (this.#keepsBelow) {
      if (value > 0 && upper > 0 && isFinite) {
        return { count: (count * value) / upper, middle: value / 2 }
      }
      return upper <= 0 ? { count, middle: value } : { count: 0, middle: 0 }
    }
    if (value === -Infinity) return { count, middle: 0 }
    return value >= 0 && isFinite
      ? { count: count * (1 - value / upper), middle: (value + upper) / 2 }
      : { count: 0, middle: 0 }
  }

  #cutHighest({ lower, count }: Bucket): Kept {
    if (this.#keepsBelow) return { count: 0, middle: 0 }
    return this.#value >= lower ? { count, middle: this.#value } : { count: 0, middle: 0 }
  }

  trimZero(): void {
    const draft = this.#draft
    const { zeroCount } = draft
    let kept = zeroCount
    if (!draft.isCustom && zeroCount > 0) {
      const lower = this.#hasPositive && !this.#hasNegative ? 0 : -draft.zeroThreshold
      const upper = this.#hasNegative && !this.#hasPositive ? 0 : draft.zeroThreshold
      const below = Math.min(Math.max(this.#value, lower), upper)
      const isOut = this.#keepsBelow ? this.#value <= lower : this.#value >= upper
      const from = this.#keepsBelow ? lower : below
      const to = this.#keepsBelow ? below : upper
      const share = from === lower && to === upper ? 1 : (to - from) / (upper - lower)
      kept = isOut ? 0 : zeroCount * share
      if (kept !== zeroCount) this.#hasChanged = true
      this.#count += kept
      if (!isOut) this.#sum += ((from + to) / 2) * kept
    }
    if (this.#hasChanged) draft.setTotals(kept, this.#count, this.#sum)
  }
}

/** float_histogram.go, computeMidpoint. */
function middleOf(lower: number, upper: number, isPositive: boolean, isLinear: boolean): number {
  if (!Number.isFinite(lower)) {
    if (!Number.isFinite(upper)) return 0
    return upper > 0 ? upper / 2 : upper
  }
  if (!Number.isFinite(upper)) return lower
  if (isLinear) return (lower + upper) / 2
  const middle = Math.sqrt(Math.abs(lower * upper))
  return isPositive ? middle : -middle
}
