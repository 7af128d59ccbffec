import { areSameBounds, CUSTOM_BUCKETS } from './bucket-bounds.ts'

/** What a histogram says of the one before it in its series (prometheus.Histogram, ResetHint). */
export const HINT_UNKNOWN = 0
export const HINT_RESET = 1
export const HINT_NO_RESET = 2
export const HINT_GAUGE = 3

const MIN_ROWS = 64
const MIN_BUCKETS = 512

/** One histogram as it is put into a table. */
export interface HistogramFields {
  readonly schema: number
  readonly hint: number
  readonly count: number
  readonly sum: number
  readonly zeroThreshold: number
  readonly zeroCount: number
  /** Of the schema `CUSTOM_BUCKETS`: upper bounds without the last, infinite one, ascending. */
  readonly bounds: Float64Array | undefined
}

/**
 * Native histograms with float counts, in columns: a histogram is a number, its row. Rows are added, never changed; what is computed of
 * them becomes rows, too. The buckets of row `i` are `negativeFrom[i]` to `positiveFrom[i]` (those of negative observations) and
 * `positiveFrom[i]` to `ends[i]` of `indexes` and `counts`, each part by ascending number (of the distance from zero), none of them empty.
 * The columns are replaced as they grow: who adds rows reads them anew.
 */
export class HistogramTable {
  /** How many histograms there are. */
  size = 0
  /** How many buckets all of them have. */
  buckets = 0
  schemas = new Int8Array(MIN_ROWS)
  hints = new Uint8Array(MIN_ROWS)
  totals = new Float64Array(MIN_ROWS)
  sums = new Float64Array(MIN_ROWS)
  zeroThresholds = new Float64Array(MIN_ROWS)
  zeroCounts = new Float64Array(MIN_ROWS)
  negativeFrom = new Uint32Array(MIN_ROWS)
  positiveFrom = new Uint32Array(MIN_ROWS)
  ends = new Uint32Array(MIN_ROWS)
  indexes = new Int32Array(MIN_BUCKETS)
  counts = new Float64Array(MIN_BUCKETS)
  /** Number of the bounds of each row in `#bounds`; 0 is none. */
  #boundsOf = new Uint32Array(MIN_ROWS)
  readonly #bounds: Float64Array[] = [new Float64Array(0)]

  /** Begins a row; its buckets follow, negative ones first, then `startPositive`, positive ones, and `finish`. */
  begin(): void {
    if (this.size === this.schemas.length) this.#growRows()
    this.negativeFrom[this.size] = this.buckets
    this.positiveFrom[this.size] = this.buckets
  }

  /** A bucket of the row that was begun; an empty one is left out. */
  addBucket(index: number, count: number): void {
    if (count === 0) return
    if (this.buckets === this.indexes.length) this.#growBuckets()
    this.indexes[this.buckets] = index
    this.counts[this.buckets] = count
    this.buckets++
  }

  startPositive(): void {
    this.positiveFrom[this.size] = this.buckets
  }

  /** Ends the row that was begun, and returns its number. */
  finish(fields: HistogramFields): number {
    const row = this.size++
    this.schemas[row] = fields.schema
    this.hints[row] = fields.hint
    this.totals[row] = fields.count
    this.sums[row] = fields.sum
    this.zeroThresholds[row] = fields.zeroThreshold
    this.zeroCounts[row] = fields.zeroCount
    this.ends[row] = this.buckets
    this.#boundsOf[row] = fields.bounds === undefined ? 0 : this.#intern(fields.bounds)
    return row
  }

  /** Forgets the buckets of a row that was begun. */
  abandon(): void {
    this.buckets = this.negativeFrom[this.size] as number
  }

  isCustom(row: number): boolean {
    return this.schemas[row] === CUSTOM_BUCKETS
  }

  /** The custom bounds of a row; empty when it has none. */
  boundsOf(row: number): Float64Array {
    return this.#bounds[this.#boundsOf[row] as number] as Float64Array
  }

  /** A row with the same buckets and another hint; the row itself when it has that hint. */
  withHint(row: number, hint: number): number {
    if (this.hints[row] === hint) return row
    if (this.size === this.schemas.length) this.#growRows()
    const copy = this.size++
    for (const column of this.#rowColumns()) column[copy] = column[row] as number
    this.hints[copy] = hint
    return copy
  }

  /** Copies a row of another table. */
  copy(from: HistogramTable, row: number): number {
    this.begin()
    const { indexes, counts } = from
    const middle = from.positiveFrom[row] as number
    const end = from.ends[row] as number
    for (let i = from.negativeFrom[row] as number; i < end; i++) {
      if (i === middle) this.startPositive()
      this.addBucket(indexes[i] as number, counts[i] as number)
    }
    if (middle === end) this.startPositive()
    return this.finish({
      schema: from.schemas[row] as number,
      hint: from.hints[row] as number,
      count: from.totals[row] as number,
      sum: from.sums[row] as number,
      zeroThreshold: from.zeroThresholds[row] as number,
      zeroCount: from.zeroCounts[row] as number,
      bounds: from.isCustom(row) ? from.boundsOf(row) : undefined,
    })
  }

  /** Whether two rows are the same in all but what they say of the one before (float_histogram.go, Equals). */
  areEqual(a: number, b: number): boolean {
    if (a === b) return true
    for (const column of [
      this.schemas,
      this.totals,
      this.sums,
      this.zeroThresholds,
      this.zeroCounts,
    ]) {
      if (!Object.is(column[a], column[b])) return false
    }
    if (!areSameBounds(this.boundsOf(a), this.boundsOf(b))) return false
    const fromA = this.negativeFrom[a] as number
    const fromB = this.negativeFrom[b] as number
    const length = (this.ends[a] as number) - fromA
    const negatives = (this.positiveFrom[a] as number) - fromA
    if (length !== (this.ends[b] as number) - fromB) return false
    if (negatives !== (this.positiveFrom[b] as number) - fromB) return false
    for (let i = 0; i < length; i++) {
      if (this.indexes[fromA + i] !== this.indexes[fromB + i]) return false
      if (!Object.is(this.counts[fromA + i], this.counts[fromB + i])) return false
    }
    return true
  }

  #intern(bounds: Float64Array): number {
    for (let i = this.#bounds.length - 1; i >= 0; i--) {
      if (areSameBounds(this.#bounds[i] as Float64Array, bounds)) return i
      // Histograms of one metric share their bounds: what is not among the newest may be there twice.
      if (this.#bounds.length - i > 8) break
    }
    this.#bounds.push(bounds)
    return this.#bounds.length - 1
  }

  #rowColumns() {
    return [
      this.schemas,
      this.hints,
      this.totals,
      this.sums,
      this.zeroThresholds,
      this.zeroCounts,
      this.negativeFrom,
      this.positiveFrom,
      this.ends,
      this.#boundsOf,
    ]
  }

  #growRows(): void {
    const length = this.schemas.length * 2
    this.schemas = grown(this.schemas, new Int8Array(length))
    this.hints = grown(this.hints, new Uint8Array(length))
    this.totals = grown(this.totals, new Float64Array(length))
    this.sums = grown(this.sums, new Float64Array(length))
    this.zeroThresholds = grown(this.zeroThresholds, new Float64Array(length))
    this.zeroCounts = grown(this.zeroCounts, new Float64Array(length))
    this.negativeFrom = grown(this.negativeFrom, new Uint32Array(length))
    this.positiveFrom = grown(this.positiveFrom, new Uint32Array(length))
    this.ends = grown(this.ends, new Uint32Array(length))
    this.#boundsOf = grown(this.#boundsOf, new Uint32Array(length))
  }

  #growBuckets(): void {
    const length = this.indexes.length * 2
    this.indexes = grown(this.indexes, new Int32Array(length))
    this.counts = grown(this.counts, new Float64Array(length))
  }
}

function grown<T extends { set(from: ArrayLike<number>): void } & ArrayLike<number>>(
  from: T,
  to: T,
): T {
  to.set(from)
  return to
}
