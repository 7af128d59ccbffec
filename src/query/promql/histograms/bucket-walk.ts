import { customBound, exponentialBound } from '../../../model/histograms/bucket-bounds.ts'
import type { HistogramTable } from '../../../model/histograms/histogram-table.ts'

/** The bounds that a bucket contains, as the HTTP API numbers them (util/jsonutil, MarshalHistogram): the upper one, the lower one, both. */
export type Borders = 0 | 1 | 3

const UPPER = 0
const LOWER = 1
const BOTH = 3

/** All buckets of one histogram from the lowest to the highest values, the zero bucket among them when it is populated. */
export class BucketWalk {
  length = 0
  lowers = new Float64Array(64)
  uppers = new Float64Array(64)
  counts = new Float64Array(64)
  hasPositive = false
  hasNegative = false
  isCustom = false

  load(table: HistogramTable, row: number): void {
    const middle = table.positiveFrom[row] as number
    const from = table.negativeFrom[row] as number
    const to = table.ends[row] as number
    this.length = 0
    this.isCustom = table.isCustom(row)
    this.hasNegative = middle > from
    this.hasPositive = to > middle
    this.#reserve(to - from + 1)
    const schema = table.schemas[row] as number
    // Buckets end where the zero bucket begins.
    const threshold = table.zeroThresholds[row] as number
    const { indexes, counts } = table
    if (this.isCustom) {
      const bounds = table.boundsOf(row)
      for (let i = middle; i < to; i++) {
        const index = indexes[i] as number
        this.#add(customBound(index - 1, bounds), customBound(index, bounds), counts[i] as number)
      }
      return
    }
    for (let i = middle - 1; i >= from; i--) {
      const index = indexes[i] as number
      const upper = Math.min(-exponentialBound(index - 1, schema), -threshold)
      this.#add(-exponentialBound(index, schema), upper, counts[i] as number)
    }
    const zeroCount = table.zeroCounts[row] as number
    if (zeroCount > 0) this.#add(-threshold, threshold, zeroCount)
    for (let i = middle; i < to; i++) {
      const index = indexes[i] as number
      const lower = Math.max(exponentialBound(index - 1, schema), threshold)
      this.#add(lower, exponentialBound(index, schema), counts[i] as number)
    }
  }

  /** Which of its bounds a bucket contains. */
  bordersOf(at: number): Borders {
    const lower = this.lowers[at] as number
    const upper = this.uppers[at] as number
    if (this.isCustom) return lower === -Infinity ? BOTH : UPPER
    if (lower >= 0) return upper > 0 ? UPPER : BOTH
    return upper > 0 ? BOTH : LOWER
  }

  #add(lower: number, upper: number, count: number): void {
    this.lowers[this.length] = lower
    this.uppers[this.length] = upper
    this.counts[this.length] = count
    this.length++
  }

  #reserve(length: number): void {
    if (length <= this.counts.length) return
    this.lowers = new Float64Array(length * 2)
    this.uppers = new Float64Array(length * 2)
    this.counts = new Float64Array(length * 2)
  }
}
