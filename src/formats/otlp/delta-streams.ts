import {
  NUMBER_DOUBLE,
  NUMBER_UNSET,
  type Distributions,
  type OtlpMetricBatch,
} from '../../model/otlp-metrics.ts'
import { startOf } from '../../model/spans.ts'
import {
  addBuckets,
  bucketsOf,
  cutBelow,
  downscale,
  fallToFit,
  NO_BUCKETS,
  type ExponentialBuckets,
} from './exponential-buckets.ts'

/** As SDKs keep by default, and OpenTelemetry's processor: past it the resolution falls. */
const MAX_EXPONENTIAL_BUCKETS = 160

/** Where totals are written to: columns of the batch that is made. */
export interface TotalColumns {
  readonly values: Float64Array
  readonly valueTypes: Uint8Array
  readonly distributionIndex: Int32Array
  readonly distributions: DistributionRows
}

/** The total of one stream of deltas. */
export interface DeltaTotal {
  /** Numbers that are held. */
  readonly size: number
  add(batch: OtlpMetricBatch, row: number): void
  write(to: TotalColumns, row: number): void
}

export function createTotal(kind: string): DeltaTotal {
  if (kind === 'histogram') return new HistogramTotal()
  return kind === 'exponential-histogram' ? new ExponentialTotal() : new NumberTotal()
}

class NumberTotal implements DeltaTotal {
  readonly size = 1
  #value = 0

  add(batch: OtlpMetricBatch, row: number): void {
    this.#value += batch.values[row] as number
  }

  write({ values }: TotalColumns, row: number): void {
    values[row] = this.#value
  }
}

/** A sum of which one part is not known is not known. */
class SumTotal {
  #value = 0
  #isKnown = true

  add(batch: OtlpMetricBatch, row: number): void {
    this.#isKnown &&= batch.valueTypes[row] !== NUMBER_UNSET
    this.#value += batch.values[row] as number
  }

  write({ values, valueTypes }: TotalColumns, row: number): void {
    values[row] = this.#isKnown ? this.#value : 0
    valueTypes[row] = this.#isKnown ? NUMBER_DOUBLE : NUMBER_UNSET
  }
}

class HistogramTotal implements DeltaTotal {
  #sum = new SumTotal()
  #count = 0
  #bounds: Float64Array = new Float64Array()
  #buckets: Float64Array = new Float64Array()

  get size(): number {
    return this.#bounds.length + this.#buckets.length + 1
  }

  add(batch: OtlpMetricBatch, row: number): void {
    const { counts, bounds, buckets } = batch.distributions
    const at = batch.distributionIndex[row] as number
    const own = bounds.values.subarray(startOf(bounds.ends, at), bounds.ends[at])
    const added = buckets.values.subarray(startOf(buckets.ends, at), buckets.ends[at])
    // Counts of other buckets cannot be added: it begins anew, as a counter does that is reset.
    if (!isSame(own, this.#bounds) || added.length !== this.#buckets.length) {
      this.#sum = new SumTotal()
      this.#count = 0
      this.#bounds = own.slice()
      this.#buckets = new Float64Array(added.length)
    }
    this.#sum.add(batch, row)
    this.#count += counts[at] as number
    for (const [i, count] of added.entries()) {
      this.#buckets[i] = (this.#buckets[i] as number) + count
    }
  }

  write(to: TotalColumns, row: number): void {
    this.#sum.write(to, row)
    to.distributionIndex[row] = to.distributions.add({
      ...{ count: this.#count, bounds: this.#bounds, buckets: this.#buckets },
      ...{ scale: 0, offset: 0, negative: NO_BUCKETS, zeroCount: 0, zeroThreshold: 0 },
    })
  }
}

class ExponentialTotal implements DeltaTotal {
  readonly #sum = new SumTotal()
  #count = 0
  #scale = Number.POSITIVE_INFINITY
  #zeroCount = 0
  #zeroThreshold = 0
  #positive = NO_BUCKETS
  #negative = NO_BUCKETS

  get size(): number {
    return this.#positive.counts.length + this.#negative.counts.length + 4
  }

  add(batch: OtlpMetricBatch, row: number): void {
    const { distributions } = batch
    const at = batch.distributionIndex[row] as number
    const scale = distributions.scales[at] as number
    const positive = bucketsOf(distributions.buckets, at, distributions.offsets[at] as number)
    const negative = bucketsOf(
      distributions.negativeBuckets,
      at,
      distributions.negativeOffsets[at] as number,
    )
    this.#sum.add(batch, row)
    this.#count += distributions.counts[at] as number
    this.#zeroCount += distributions.zeroCounts[at] as number
    this.#addBuckets(positive, negative, scale)
    const threshold = distributions.zeroThresholds[at] as number
    if (threshold > 0 || this.#zeroThreshold > 0) {
      this.#widenZero(Math.max(threshold, this.#zeroThreshold))
    }
  }

  #addBuckets(positive: ExponentialBuckets, negative: ExponentialBuckets, scale: number): void {
    const common = Math.min(this.#scale, scale)
    const ownFall = Number.isFinite(this.#scale) ? this.#scale - common : 0
    const [p, n] = [downscale(this.#positive, ownFall), downscale(this.#negative, ownFall)]
    const [newP, newN] = [downscale(positive, scale - common), downscale(negative, scale - common)]
    const fall = Math.max(
      fallToFit(p, newP, MAX_EXPONENTIAL_BUCKETS),
      fallToFit(n, newN, MAX_EXPONENTIAL_BUCKETS),
    )
    this.#positive = addBuckets(downscale(p, fall), downscale(newP, fall))
    this.#negative = addBuckets(downscale(n, fall), downscale(newN, fall))
    this.#scale = common - fall
  }

  /** What lies below the threshold counts as zero. */
  #widenZero(threshold: number): void {
    const positive = cutBelow(this.#positive, this.#scale, threshold)
    const negative = cutBelow(this.#negative, this.#scale, positive.upper)
    // What the other side took may reach further.
    const again = cutBelow(positive.left, this.#scale, negative.upper)
    this.#positive = again.left
    this.#negative = negative.left
    this.#zeroCount += positive.taken + negative.taken + again.taken
    this.#zeroThreshold = again.upper
  }

  write(to: TotalColumns, row: number): void {
    this.#sum.write(to, row)
    to.distributionIndex[row] = to.distributions.add({
      ...{ count: this.#count, bounds: [], buckets: this.#positive.counts },
      ...{ scale: this.#scale, offset: this.#positive.offset, negative: this.#negative },
      ...{ zeroCount: this.#zeroCount, zeroThreshold: this.#zeroThreshold },
    })
  }
}

interface DistributionRow {
  readonly count: number
  readonly bounds: Iterable<number>
  readonly buckets: Iterable<number>
  readonly scale: number
  readonly offset: number
  readonly negative: ExponentialBuckets
  readonly zeroCount: number
  readonly zeroThreshold: number
}

/** Distributions behind those of another batch. */
export class DistributionRows {
  readonly #before: Distributions
  readonly #rows: DistributionRow[] = []

  constructor(before: Distributions) {
    this.#before = before
  }

  /** Returns its place. Lists are copied. */
  add(row: DistributionRow): number {
    const copy = { ...row, bounds: [...row.bounds], buckets: [...row.buckets] }
    return this.#before.counts.length + this.#rows.push(copy) - 1
  }

  finish(): Distributions {
    const before = this.#before
    const floats = (start: Float64Array, of: (row: DistributionRow) => number): Float64Array =>
      Float64Array.from([...start, ...this.#rows.map(of)])
    const ints = (start: Int32Array, of: (row: DistributionRow) => number): Int32Array =>
      Int32Array.from([...start, ...this.#rows.map(of)])
    const unknown = (): number => Number.NaN
    return {
      counts: floats(before.counts, ({ count }) => count),
      minima: floats(before.minima, unknown),
      maxima: floats(before.maxima, unknown),
      bounds: this.#lists(before.bounds, ({ bounds }) => bounds),
      buckets: this.#lists(before.buckets, ({ buckets }) => buckets),
      negativeBuckets: this.#lists(before.negativeBuckets, ({ negative }) => negative.counts),
      scales: ints(before.scales, ({ scale }) => scale),
      offsets: ints(before.offsets, ({ offset }) => offset),
      negativeOffsets: ints(before.negativeOffsets, ({ negative }) => negative.offset),
      zeroCounts: floats(before.zeroCounts, ({ zeroCount }) => zeroCount),
      zeroThresholds: floats(before.zeroThresholds, ({ zeroThreshold }) => zeroThreshold),
    }
  }

  #lists(
    before: Distributions['bounds'],
    of: (row: DistributionRow) => Iterable<number>,
  ): Distributions['bounds'] {
    const ends = [...before.ends]
    const values = [...before.values]
    for (const row of this.#rows) {
      for (const value of of(row)) values.push(value)
      ends.push(values.length)
    }
    return { ends: Uint32Array.from(ends), values: Float64Array.from(values) }
  }
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
