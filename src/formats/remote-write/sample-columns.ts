import type { Labels } from '../../model/labels.ts'
import type { MetricMetadata } from '../../model/samples.ts'

const MIN_ROWS = 1024
/** Columns that one large request made longer than this are not kept for the next. */
const KEEP_ROWS = 262_144

/** An exemplar of the series with this number. */
export interface PushedExemplar {
  readonly series: number
  readonly labels: Labels
  readonly value: number
  readonly timestampMs: number
}

/** A native histogram of the series with this number; `data` is a copy of the bytes of its message. */
export interface PushedHistogram {
  readonly series: number
  readonly timestampMs: number
  readonly data: Uint8Array
}

/** A series that was left out because of its labels, and how many samples and histograms went with it. */
export interface RejectedSeries {
  /** The labels as far as they could be read, malformed text replaced. */
  readonly labels: Labels
  readonly message: string
  readonly samples: number
  /** The time of the first of them, 0 when there was none. */
  readonly timestampMs: number
}

const MAX_REJECTED = 100

/** The rows of one request: equal-length columns in `[0, length)`, made to be used again. */
export class SampleColumns {
  length = 0
  /** The number that the resolver gave the series. */
  series = new Int32Array(MIN_ROWS)
  timestampsMs = new Float64Array(MIN_ROWS)
  values = new Float64Array(MIN_ROWS)
  #words = new Uint32Array(this.values.buffer)

  readonly exemplars: PushedExemplar[] = []
  readonly histograms: PushedHistogram[] = []
  readonly metadata: MetricMetadata[] = []
  /** The first hundred of them. */
  readonly rejected: RejectedSeries[] = []
  /** Samples and histograms of all rejected series. */
  rejectedCount = 0
  /** Samples and histograms of series that the resolver did not take. */
  untakenCount = 0

  /** Adds a row; the value comes as the words of its bits, so that staleness markers survive. */
  add(series: number, timestampMs: number, low: number, high: number): void {
    const row = this.length
    if (row === this.series.length) this.#grow(row * 2)
    this.series[row] = series
    this.timestampsMs[row] = timestampMs
    this.#words[row * 2] = low
    this.#words[row * 2 + 1] = high
    this.length = row + 1
  }

  reject(rejected: RejectedSeries): void {
    this.rejectedCount += rejected.samples
    if (this.rejected.length < MAX_REJECTED) this.rejected.push(rejected)
  }

  clear(): void {
    this.length = 0
    this.exemplars.length = 0
    this.histograms.length = 0
    this.metadata.length = 0
    this.rejected.length = 0
    this.rejectedCount = 0
    this.untakenCount = 0
    if (this.series.length > KEEP_ROWS) this.#grow(MIN_ROWS)
  }

  #grow(rows: number): void {
    const { series, timestampsMs } = this
    const words = this.#words
    const kept = this.length
    this.series = new Int32Array(rows)
    this.timestampsMs = new Float64Array(rows)
    this.values = new Float64Array(rows)
    this.#words = new Uint32Array(this.values.buffer)
    this.series.set(series.subarray(0, kept))
    this.timestampsMs.set(timestampsMs.subarray(0, kept))
    this.#words.set(words.subarray(0, kept * 2))
  }
}
