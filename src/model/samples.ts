import type { Labels } from './labels.ts'

/**
 * A columnar batch of float samples: row `i` is a sample of `series[seriesIndex[i]]`. The four columns have equal length.
 * Staleness markers are kept by their bits (see stale.ts), so columns are copied with `set`/`subarray`, which copy memory.
 */
export interface SampleBatch {
  /** The label sets that the rows point to. Each appears once. */
  readonly series: readonly Labels[]
  readonly seriesIndex: Uint32Array
  /** Milliseconds since the Unix epoch, whole numbers. */
  readonly timestampsMs: Float64Array
  readonly values: Float64Array
  readonly exemplars?: readonly Exemplar[]
  readonly metadata?: readonly MetricMetadata[]
  readonly histograms?: readonly NativeHistogramSample[]
}

/** A native histogram as it was received: the bytes of a `prometheus.Histogram` message. Stored whole; queries decode it. */
export interface NativeHistogramSample {
  readonly series: Labels
  readonly timestampMs: number
  readonly data: Uint8Array
}

/** An exemplar of one series; few in number, so an object each is affordable. */
export interface Exemplar {
  readonly series: Labels
  readonly labels: Labels
  readonly value: number
  readonly timestampMs: number
}

export type MetricType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown'

/** What `# TYPE`, `# HELP` and `# UNIT` say of a metric family. */
export interface MetricMetadata {
  readonly family: string
  readonly type: MetricType
  readonly help: string
  readonly unit: string
}

/** One row of a batch that was not accepted, and why. */
export interface RejectedSample {
  readonly series: Labels
  readonly timestampMs: number
  /** A stable word for metrics, e.g. `duplicate_timestamp`, `out_of_bounds`, `series_limit`. */
  readonly reason: RejectReason
  readonly message: string
}

export type RejectReason =
  | 'duplicate_timestamp'
  | 'out_of_bounds'
  | 'series_limit'
  | 'label_limit'
  | 'invalid_labels'

export interface AppendResult {
  /** Samples stored (a sample that was there already with the same value counts as stored). */
  readonly accepted: number
  /** The rows refused, at most the first 100; `rejectedCount` counts all. */
  readonly rejected: readonly RejectedSample[]
  readonly rejectedCount: number
  /** How many rows were refused for each reason, all of them; absent when none was. */
  readonly rejectedByReason?: ReadonlyMap<RejectReason, number>
}

/**
 * Where samples go: the store, or a forwarder. `append` resolves when the batch is durable (committed with fsync), and
 * rejects with a `Problem` of code `unavailable` when it cannot be taken now and the sender should retry.
 * `offer` hands over scraped samples: visible to queries at once, durable at most one second later, held in bounded memory
 * while the store is away; it never waits.
 * `meet` is for large batches with many series that are new: awaited before `offer` it gets to know them in turns with others, so
 * that the offer itself is short. `timestampMs` is about the time of their samples. What is not offered then is forgotten again.
 */
export interface SampleSink {
  append(batch: SampleBatch): Promise<AppendResult>
  offer(batch: SampleBatch): AppendResult
  meet?(series: readonly Labels[], timestampMs: number): Promise<void>
}
