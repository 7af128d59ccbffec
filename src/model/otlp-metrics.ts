import type { AttributeColumns } from './spans.ts'

/** Attributes as typed texts (model/attribute-value.ts), sorted by key, each key once. */
type AttributeTexts = readonly (readonly [key: string, value: string])[]

/** What made metrics: an instrumentation scope. */
export interface MetricScope {
  readonly name: string
  readonly version: string
  readonly schemaUrl: string
  readonly attributes: AttributeTexts
}

export type OtlpMetricKind = 'gauge' | 'sum' | 'histogram' | 'exponential-histogram' | 'summary'

/** Gauges and summaries have none, which is `unspecified`. */
export type Temporality = 'unspecified' | 'delta' | 'cumulative'

/** A metric of one resource and scope; its points are rows of the batch. */
export interface OtlpMetric {
  readonly name: string
  readonly description: string
  /** As it was sent, in UCUM: `ms`, `By`, `{request}`, `1`. */
  readonly unit: string
  readonly kind: OtlpMetricKind
  readonly temporality: Temporality
  /** Of sums only. */
  readonly isMonotonic: boolean
  /** OpenTelemetry's `Metric.metadata`, e.g. `prometheus.type`. */
  readonly metadata: AttributeTexts
  /** A place in `resources`. */
  readonly resource: number
  /** A place in `scopes`. */
  readonly scope: number
}

/** How a number was sent. A number that was not set is 0. */
export const NUMBER_UNSET = 0
export const NUMBER_DOUBLE = 1
/** Integers are kept as doubles: exact up to 2^53. */
export const NUMBER_INTEGER = 2

/** A bit of `flags`: the point has no value, its series ended (OpenTelemetry's `FLAG_NO_RECORDED_VALUE`). */
export const NO_RECORDED_VALUE = 1

/**
 * Metrics of OpenTelemetry in columns, a data point a row; all columns without another length are as long as `metricIndex`, whose
 * values never fall: the points of a metric stand together. What belongs to a row stands in tables that rows point to, so that
 * a batch of some of the rows can keep the tables (its attributes are rebuilt). A batch is never changed once it was given on.
 */
export interface OtlpMetricBatch {
  /** Keys and values of attributes. */
  readonly strings: readonly string[]
  /** Distinct resources, each as its attributes. */
  readonly resources: readonly AttributeTexts[]
  readonly scopes: readonly MetricScope[]
  /** In the order in which they came; one without rows had none. */
  readonly metrics: readonly OtlpMetric[]
  readonly metricIndex: Uint32Array
  /** Unix nanoseconds, never negative. */
  readonly timesNs: BigInt64Array
  /** When what was counted began, Unix nanoseconds; 0: unknown. */
  readonly startsNs: BigInt64Array
  readonly flags: Uint8Array
  /** The value of a gauge or sum; the sum of histograms and summaries. */
  readonly values: Float64Array
  /** `NUMBER_…`: how the value was sent. */
  readonly valueTypes: Uint8Array
  readonly attributes: AttributeColumns
  /** The place in `distributions` of histograms and summaries, -1 for gauges and sums. */
  readonly distributionIndex: Int32Array
  readonly distributions: Distributions
  /** The exemplars of row `i` lie from `exemplarStarts[i]` to `exemplarEnds[i]` in `exemplars`. */
  readonly exemplarStarts: Uint32Array
  readonly exemplarEnds: Uint32Array
  readonly exemplars: ExemplarColumns
}

/** Lists of numbers: list `i` lies from `ends[i - 1]` (0 for the first) to `ends[i]`. */
export interface NumberLists {
  readonly ends: Uint32Array
  readonly values: Float64Array
}

/** What histograms, exponential histograms and summaries have besides their sum. Counts are doubles: exact up to 2^53. */
export interface Distributions {
  readonly counts: Float64Array
  /** NaN: not sent. */
  readonly minima: Float64Array
  /** NaN: not sent. */
  readonly maxima: Float64Array
  /** Upper bounds of a histogram's buckets (the last bucket has none), or the quantiles of a summary. */
  readonly bounds: NumberLists
  /** Counts of a histogram's buckets or of the positive ones of an exponential one, or a summary's values at its quantiles. */
  readonly buckets: NumberLists
  /** Counts of the negative buckets of an exponential histogram. */
  readonly negativeBuckets: NumberLists
  /** Of exponential histograms: bucket `i` of `buckets` has the upper bound `2 ** (2 ** -scale * (offset + i + 1))`. */
  readonly scales: Int32Array
  readonly offsets: Int32Array
  readonly negativeOffsets: Int32Array
  readonly zeroCounts: Float64Array
  readonly zeroThresholds: Float64Array
}

export interface ExemplarColumns {
  /** Unix nanoseconds. */
  readonly timesNs: BigInt64Array
  readonly values: Float64Array
  /** `NUMBER_…`: how the value was sent. */
  readonly valueTypes: Uint8Array
  /** 16 bytes an exemplar; zeros: none. */
  readonly traceIds: Uint8Array
  /** 8 bytes an exemplar; zeros: none. */
  readonly spanIds: Uint8Array
  /** What was measured with it and is no attribute of its point. */
  readonly attributes: AttributeColumns
}

/** What became of a batch of metrics. */
export interface MetricAppendResult {
  /** Data points of which everything is durable. */
  readonly accepted: number
  /** Data points that were refused for good: it is of no use to send them again. */
  readonly rejected: number
  /** What was refused and why, as a person reads it; empty when nothing was. */
  readonly message: string
}

/**
 * Where metrics of OpenTelemetry go: what makes series of them, a processor before it, or a forwarder. `append` resolves when the
 * batch is durable (committed with fsync), and rejects with a `Problem` of code `unavailable` when it cannot be taken now and the
 * sender should come again.
 */
export interface MetricSink {
  append(batch: OtlpMetricBatch): Promise<MetricAppendResult>
}
