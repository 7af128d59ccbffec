import {
  areSameBounds,
  CUSTOM_BUCKETS,
  customBound,
  exponentialBound,
  sharedBounds,
} from './bucket-bounds.ts'
import { DraftBuckets } from './draft-buckets.ts'
import { HINT_GAUGE, HINT_UNKNOWN, type HistogramTable } from './histogram-table.ts'

/** What became of an addition. */
export interface Addition {
  /** False when one has exponential buckets and the other custom ones: then nothing was added. */
  isCompatible: boolean
  /** One said that its counter was reset, the other that it was not. */
  collides: boolean
  /** Custom bounds differed: those that both have are left. */
  isReconciled: boolean
}

const NO_BOUNDS = new Float64Array(0)

/**
 * A native histogram while it is computed with (float_histogram.go). One is made for a query and used again and again. Sums are
 * compensated (Neumaier); what they lost is added when the result goes into a table.
 */
export class HistogramDraft {
  schema = 0
  hint = HINT_UNKNOWN
  zeroThreshold = 0
  readonly positive = new DraftBuckets()
  readonly negative = new DraftBuckets()
  /** Zero count, count and sum: a bucket each. */
  readonly #totals = new DraftBuckets()
  #bounds: Float64Array = NO_BOUNDS
  #other: HistogramDraft | undefined
  readonly #addition: Addition = { isCompatible: true, collides: false, isReconciled: false }

  get isCustom(): boolean {
    return this.schema === CUSTOM_BUCKETS
  }

  get zeroCount(): number {
    return this.#totals.total(0)
  }

  get count(): number {
    return this.#totals.total(1)
  }

  get sum(): number {
    return this.#totals.total(2)
  }

  /** Becomes an empty histogram with the layout of a row. */
  clearLike(table: HistogramTable, row: number): void {
    this.load(table, row)
    this.positive.clear()
    this.negative.clear()
    this.#setTotals(0, 0, 0)
    this.zeroThreshold = 0
    this.hint = HINT_UNKNOWN
  }

  /** Becomes what a row is. */
  load(table: HistogramTable, row: number): void {
    this.schema = table.schemas[row] as number
    this.hint = table.hints[row] as number
    this.zeroThreshold = table.zeroThresholds[row] as number
    this.#setTotals(
      table.zeroCounts[row] as number,
      table.totals[row] as number,
      table.sums[row] as number,
    )
    this.#bounds = table.boundsOf(row)
    const middle = table.positiveFrom[row] as number
    const { indexes, counts } = table
    this.negative.load(indexes, counts, table.negativeFrom[row] as number, middle)
    this.positive.load(indexes, counts, middle, table.ends[row] as number)
  }

  copyFrom(other: HistogramDraft): void {
    this.schema = other.schema
    this.hint = other.hint
    this.zeroThreshold = other.zeroThreshold
    this.#totals.copyFrom(other.#totals)
    this.#bounds = other.#bounds
    this.negative.copyFrom(other.negative)
    this.positive.copyFrom(other.positive)
  }

  #setTotals(zeroCount: number, count: number, sum: number): void {
    this.#totals.clear()
    this.#totals.push(0, zeroCount, 0)
    this.#totals.push(1, count, 0)
    this.#totals.push(2, sum, 0)
  }

  /**
   * Adds `sign` (1 or -1) times a row. Differences of schema, zero bucket and custom bounds are reconciled. What is returned is
   * valid until the next addition.
   */
  add(table: HistogramTable, row: number, sign: number): Readonly<Addition> {
    const outcome = this.#addition
    outcome.isCompatible = this.isCustom === table.isCustom(row)
    outcome.collides = false
    outcome.isReconciled = false
    if (!outcome.isCompatible) return outcome
    outcome.collides = this.#adjustHint(table.hints[row] as number)
    const isSameLayout =
      this.schema === table.schemas[row] &&
      (this.isCustom
        ? areSameBounds(this.#bounds, table.boundsOf(row))
        : this.zeroThreshold === table.zeroThresholds[row])
    if (isSameLayout) this.#addSame(table, row, sign)
    else {
      const other = (this.#other ??= new HistogramDraft())
      other.load(table, row)
      if (this.isCustom) {
        outcome.isReconciled = true
        this.shareBounds(other)
      } else {
        this.#matchZero(other)
        this.coarsenTo(other.schema)
        other.coarsenTo(this.schema)
      }
      this.#addDraft(other, sign)
    }
    return outcome
  }

  /** Adds another, of which it is known that it has the same layout or can be brought to it. */
  #addDraft(other: HistogramDraft, sign: number): void {
    for (let i = 0; i < 3; i++) this.#totals.add(i, sign * other.#totals.total(i))
    for (const part of ['negative', 'positive'] as const) {
      const { indexes, counts, length } = other[part]
      this[part].merge(indexes, counts, 0, length, sign)
    }
  }

  #addSame(table: HistogramTable, row: number, sign: number): void {
    this.#totals.add(0, sign * (table.zeroCounts[row] as number))
    this.#totals.add(1, sign * (table.totals[row] as number))
    this.#totals.add(2, sign * (table.sums[row] as number))
    const middle = table.positiveFrom[row] as number
    const from = this.#firstOutsideZero(table, table.negativeFrom[row] as number, middle)
    const to = table.ends[row] as number
    this.negative.merge(table.indexes, table.counts, from, middle, sign)
    const first = this.#firstOutsideZero(table, middle, to)
    this.positive.merge(table.indexes, table.counts, first, to, sign)
  }

  /** Buckets that are within the zero bucket as a whole do not count. */
  #firstOutsideZero({ indexes }: HistogramTable, from: number, to: number): number {
    if (this.isCustom) return from
    let first = from
    while (
      first < to &&
      exponentialBound(indexes[first] as number, this.schema) <= this.zeroThreshold
    ) {
      first++
    }
    return first
  }

  /** float_histogram.go, adjustCounterReset; true when the hints contradict each other. */
  #adjustHint(other: number): boolean {
    if (other === this.hint || this.hint === HINT_GAUGE) return false
    if (other === HINT_GAUGE) this.hint = HINT_GAUGE
    else if (this.hint !== HINT_UNKNOWN) {
      this.hint = HINT_UNKNOWN
      return other !== HINT_UNKNOWN
    }
    return false
  }

  /** Finds a zero bucket that is large enough for both, with borders in no populated bucket of either. */
  #matchZero(other: HistogramDraft): void {
    while (other.zeroThreshold !== this.zeroThreshold) {
      if (this.zeroThreshold > other.zeroThreshold) other.widenZero(this.zeroThreshold)
      if (other.zeroThreshold > this.zeroThreshold) this.widenZero(other.zeroThreshold)
    }
  }

  /**
   * Enlarges the zero bucket, or the bucket that its border falls into as well when that is populated (float_histogram.go,
   * zeroCountForLargerThreshold).
   */
  widenZero(threshold: number): void {
    let border = threshold
    for (;;) {
      const before = border
      border = Math.max(
        this.#borderIn(this.positive, border),
        this.#borderIn(this.negative, border),
      )
      if (border === before) break
    }
    for (const part of [this.positive, this.negative]) {
      let taken = 0
      while (taken < part.length && this.#lower(part, taken) < border) {
        this.#totals.add(0, part.counts[taken] as number)
        this.#totals.add(0, part.lost[taken] as number)
        taken++
      }
      part.dropFirst(taken)
    }
    this.zeroThreshold = border
  }

  #borderIn(part: DraftBuckets, border: number): number {
    for (let i = 0; i < part.length; i++) {
      if (this.#lower(part, i) >= border) break
      const upper = exponentialBound(part.indexes[i] as number, this.schema)
      if (upper > border && part.total(i) !== 0) return upper
    }
    return border
  }

  #lower(part: DraftBuckets, at: number): number {
    return exponentialBound((part.indexes[at] as number) - 1, this.schema)
  }

  /** Lowers the resolution; a schema that is not lower changes nothing. */
  coarsenTo(schema: number): void {
    if (schema >= this.schema || this.isCustom) return
    this.positive.coarsen(this.schema - schema)
    this.negative.coarsen(this.schema - schema)
    this.schema = schema
  }

  /** Leaves of the custom bounds of both only those that both have. */
  shareBounds(other: HistogramDraft): void {
    const shared = sharedBounds(this.#bounds, other.#bounds)
    this.#mapTo(shared)
    other.#mapTo(shared)
  }

  /** Puts the counts into buckets of fewer bounds: all of `bounds` are among its own. */
  #mapTo(bounds: Float64Array): void {
    const own = this.#bounds
    let at = 0
    this.positive.renumber((index) => {
      const bound = customBound(index, own)
      while (at < bounds.length && (bounds[at] as number) < bound) at++
      return at
    })
    this.#bounds = bounds
  }

  multiply(factor: number): void {
    this.#scale((value) => value * factor)
    if (factor < 0) this.hint = HINT_GAUGE
  }

  /** Division by zero makes the totals infinite, or NaN, and removes the buckets. */
  divide(divisor: number): void {
    if (divisor === 0) {
      this.#setTotals(this.zeroCount / divisor, this.count / divisor, this.sum / divisor)
      this.positive.clear()
      this.negative.clear()
      return
    }
    this.#scale((value) => value / divisor)
    if (divisor < 0) this.hint = HINT_GAUGE
  }

  #scale(change: (value: number) => number): void {
    this.#totals.scale(change)
    this.positive.scale(change)
    this.negative.scale(change)
  }

  /** True when anything is infinite. */
  get overflows(): boolean {
    return [this.#totals, this.positive, this.negative].some(({ counts, length }) =>
      counts.subarray(0, length).some((value) => value === Infinity || value === -Infinity),
    )
  }

  /** Replaces zero count, count and sum, as where buckets were trimmed. */
  setTotals(zeroCount: number, count: number, sum: number): void {
    this.#setTotals(zeroCount, count, sum)
  }

  get bounds(): Float64Array {
    return this.#bounds
  }

  /** Adds it to a table, without its empty buckets; returns the row. */
  commit(table: HistogramTable): number {
    table.begin()
    const { negative, positive } = this
    for (let i = 0; i < negative.length; i++) {
      table.addBucket(negative.indexes[i] as number, negative.total(i))
    }
    table.startPositive()
    for (let i = 0; i < positive.length; i++) {
      table.addBucket(positive.indexes[i] as number, positive.total(i))
    }
    return table.finish({
      schema: this.schema,
      hint: this.hint,
      count: this.count,
      sum: this.sum,
      zeroThreshold: this.isCustom ? 0 : this.zeroThreshold,
      zeroCount: this.isCustom ? 0 : this.zeroCount,
      bounds: this.isCustom ? this.#bounds : undefined,
    })
  }
}
