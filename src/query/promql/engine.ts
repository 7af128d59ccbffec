import type { HistogramTable } from '../../model/histograms/histogram-table.ts'
import type { Labels } from '../../model/labels.ts'

/** One query to evaluate. For an instant query start and end are equal and the step is 0. */
export interface PromqlRequest {
  readonly query: string
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
  /** Default: the engine's. */
  readonly lookbackMs?: number
  /** Default: the engine's; the smaller of the two holds. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface PromqlLimits {
  readonly lookbackMs: number
  readonly timeoutMs: number
  readonly maxSamples: number
  readonly maxSeries: number
  readonly maxConcurrency: number
  /** Step of subqueries without one: the global evaluation interval. */
  readonly defaultStepMs: number
}

/**
 * The answer, columnar. `matrix`: `timestampsMs` and `values` of `labels[i]` are the rows `offsets[i]` to `offsets[i+1]`.
 * A `vector` has exactly one row a series, a `scalar` has one row and no labels.
 */
export interface PromqlResult {
  readonly type: 'scalar' | 'string' | 'vector' | 'matrix'
  readonly labels: readonly Labels[]
  readonly offsets: Uint32Array
  readonly timestampsMs: Float64Array
  /** 0 where the sample is a native histogram. */
  readonly values: Float64Array
  /** Set when any sample is a native histogram. */
  readonly histograms?: ResultHistograms
  /** Of a `string` result. */
  readonly text?: string
  /** Annotations, with Prometheus's wording and position suffix. */
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
  readonly stats: PromqlStats
}

/** Which samples of a result are native histograms. */
export interface ResultHistograms {
  readonly table: HistogramTable
  /** By sample: its row of the table, or -1. */
  readonly rows: Int32Array
}

export interface PromqlStats {
  readonly evalTotalMs: number
  readonly queueMs: number
  readonly fetchMs: number
  readonly samplesRead: number
  readonly peakSamples: number
}

/** Evaluates queries over a source, at most `maxConcurrency` at a time. Rejects with a `Problem`. */
export interface PromqlEngine {
  evaluate(request: PromqlRequest): Promise<PromqlResult>
}
