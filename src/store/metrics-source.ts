import type { Labels } from '../model/labels.ts'
import type { HistogramTable } from '../model/histograms/histogram-table.ts'
import type { Matcher } from '../model/matcher.ts'
import type { Exemplar, MetricMetadata } from '../model/samples.ts'
import type { BucketedColumns, BucketPlan, BucketUse } from './downsample/bucket-columns.ts'

/** Samples of many series, one after the other: those of `labels[i]` are the rows `offsets[i]` to `offsets[i + 1]`. */
export interface SeriesColumns {
  readonly labels: readonly Labels[]
  /** Length `labels.length + 1`, ascending. */
  readonly offsets: Uint32Array
  /** Ascending within a series, without duplicates. */
  readonly timestampsMs: Float64Array
  /** May hold staleness markers (model/stale.ts). */
  readonly values: Float64Array
  /**
   * To be called when the asker looks at the columns no more, and has not given them to others: their memory is used again. Without it
   * they are garbage in time.
   */
  readonly release?: () => void
}

/** Native histograms of many series, laid out as samples are in `SeriesColumns`. */
export interface HistogramColumns {
  readonly labels: readonly Labels[]
  readonly offsets: Uint32Array
  readonly timestampsMs: Float64Array
  /** Rows of the table that was given; -1 where a series ended. */
  readonly rows: Int32Array
}

export interface SelectRequest {
  /** At least one matcher does not match ''. */
  readonly matchers: readonly Matcher[]
  /** Both inclusive. */
  readonly startMs: number
  readonly endMs: number
}

/** Bounds of one query; passing one is a `Problem` of code `limit` that names the flag. */
export interface QueryBounds {
  readonly signal: AbortSignal
  readonly maxSeries: number
  readonly maxSamples: number
}

/** Range functions whose windows the engine can compute itself, with Prometheus's exact meaning (ENGINE, timeSeries*ToGrid). */
export type GridFunction =
  | 'rate'
  | 'increase'
  | 'delta'
  | 'irate'
  | 'idelta'
  | 'resets'
  | 'last_over_time'
  | 'min_over_time'
  | 'max_over_time'
  | 'sum_over_time'
  | 'count_over_time'
  | 'avg_over_time'

export interface GridRequest {
  readonly matchers: readonly Matcher[]
  readonly func: GridFunction
  readonly rangeMs: number
  readonly offsetMs: number
  /** The grid of evaluation times: startMs, startMs + stepMs, … up to endMs. */
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
  /** When set, the engine aggregates the grids of all series that share these labels. */
  readonly aggregate?: {
    readonly op: 'sum' | 'avg' | 'min' | 'max' | 'count'
    readonly labels: readonly string[]
    readonly without: boolean
  }
}

/** `values[s * steps + t]` is series s at step t; `present` has a 1 where there is a value. */
export interface GridColumns {
  readonly labels: readonly Labels[]
  readonly steps: number
  readonly values: Float64Array
  readonly present: Uint8Array
}

/** A selection that is too large to be held at once: the series are known, their samples are read a portion at a time. */
export interface SeriesPortions {
  /** All series that may have samples in the range, by row. */
  readonly labels: readonly Labels[]
  /** Reads the samples of rows from `from` on, as many rows as make a portion. Any row may be asked for, in any order. */
  read(from: number): Promise<PortionColumns>
}

/** The samples of the rows `from` to `to` (exclusive): those of row `from + i` lie between `offsets[i]` and `offsets[i + 1]`. */
export interface PortionColumns {
  readonly from: number
  readonly to: number
  readonly offsets: Uint32Array
  readonly timestampsMs: Float64Array
  readonly values: Float64Array
}

export interface NameQuery {
  /** Series selectors joined by OR; empty means all series. */
  readonly selectors: readonly (readonly Matcher[])[]
  readonly startMs: number
  readonly endMs: number
  /** 0 is unlimited. */
  readonly limit: number
}

export interface Limited<T> {
  readonly values: readonly T[]
  readonly truncated: boolean
}

/**
 * The seam between queries and the store. What lies behind (hot window in memory, engine, cluster) is not seen through it.
 * All verbs reject with a `Problem`.
 */
export interface MetricsSource {
  /** Raw samples of the matching series; series without a sample in the range are left out. Order of series is free. */
  select(request: SelectRequest, bounds: QueryBounds): Promise<SeriesColumns>
  /**
   * An estimate of the samples that `select` would return: cheap, from memory. Used to decide about pushdown.
   */
  estimateSamples(request: SelectRequest): number
  /** Windows computed inside the engine; undefined when this request cannot be pushed down (then use `select`). */
  selectGrid(request: GridRequest, bounds: QueryBounds): Promise<GridColumns | undefined>
  /** Whether any of the matching series may have native histograms: cheap, from memory. Absent where a source never has any. */
  mayHaveHistograms?(request: SelectRequest): boolean
  /** Native histograms of the matching series, which go into `table`; series without any in the range are left out. */
  selectHistograms?(
    request: SelectRequest,
    bounds: QueryBounds,
    table: HistogramTable,
  ): Promise<HistogramColumns>
  /** What `select` answers, to be read in portions; absent where a source has no need of it. */
  portions?(request: SelectRequest, bounds: QueryBounds): SeriesPortions
  /** What of a selection buckets of downsampled samples answer; undefined where that is nothing, or the source has none. */
  planBuckets?(request: SelectRequest, use: BucketUse): BucketPlan | undefined
  /** The answer to a selection that was planned just now. */
  selectBuckets?(
    request: SelectRequest,
    plan: BucketPlan,
    bounds: QueryBounds,
  ): Promise<BucketedColumns>
  series(query: NameQuery, bounds: QueryBounds): Promise<Limited<Labels>>
  labelNames(query: NameQuery, bounds: QueryBounds): Promise<Limited<string>>
  labelValues(label: string, query: NameQuery, bounds: QueryBounds): Promise<Limited<string>>
  exemplars(request: SelectRequest, bounds: QueryBounds): Promise<readonly Exemplar[]>
  /** Metadata by family; `family` '' means all. */
  metadata(
    family: string,
    limit: number,
    limitPerMetric: number,
  ): ReadonlyMap<string, readonly MetricMetadata[]>
}
