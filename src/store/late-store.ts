import { OPEN_GATE, type ArchiveGate } from './archive-gate.ts'
import type { HistogramTable } from '../model/histograms/histogram-table.ts'
import { Problem } from '../model/problem.ts'
import type { AppendResult, MetricMetadata, SampleBatch, SampleSink } from '../model/samples.ts'
import type { MetricsStore } from './metrics-store.ts'
import type {
  GridColumns,
  GridRequest,
  HistogramColumns,
  Limited,
  MetricsSource,
  NameQuery,
  QueryBounds,
  SelectRequest,
  SeriesColumns,
  SeriesPortions,
} from './metrics-source.ts'
import type { BucketedColumns, BucketPlan, BucketUse } from './downsample/bucket-columns.ts'
import type { Labels } from '../model/labels.ts'
import type { Exemplar } from '../model/samples.ts'

const NONE: ReadonlyMap<string, readonly MetricMetadata[]> = new Map()

/**
 * Stands for the store while it opens: doors can be open from the first moment and say truthfully that they are not ready. Every
 * verb is the store's own once `open` was called.
 */
export class LateStore implements MetricsSource, SampleSink {
  #store: MetricsStore | undefined
  #archive = OPEN_GATE

  open(store: MetricsStore): void {
    this.#store = store
  }

  /** What `archive` refuses is refused from now on. */
  guard(archive: ArchiveGate): void {
    this.#archive = archive
  }

  get opened(): MetricsStore | undefined {
    return this.#store
  }

  async append(batch: SampleBatch): Promise<AppendResult> {
    return this.#ready().append(batch)
  }

  offer(batch: SampleBatch): AppendResult {
    return this.#ready().offer(batch)
  }

  async meet(series: readonly Labels[], timestampMs: number): Promise<void> {
    return this.#ready().meet(series, timestampMs)
  }

  async select(request: SelectRequest, bounds: QueryBounds): Promise<SeriesColumns> {
    this.#archive.refuse('metrics', request.startMs, request.endMs)
    return this.#ready().select(request, bounds)
  }

  mayHaveHistograms(request: SelectRequest): boolean {
    return this.#store?.index.histograms.mayMatch(request.matchers) ?? false
  }

  async selectHistograms(
    request: SelectRequest,
    bounds: QueryBounds,
    table: HistogramTable,
  ): Promise<HistogramColumns> {
    this.#archive.refuse('metrics', request.startMs, request.endMs)
    return this.#ready().histograms.select(request, bounds, table)
  }

  estimateSamples(request: SelectRequest): number {
    return this.#store?.estimateSamples(request) ?? 0
  }

  async selectGrid(request: GridRequest, bounds: QueryBounds): Promise<GridColumns | undefined> {
    const { offsetMs, rangeMs } = request
    const endMs = request.endMs - offsetMs
    this.#archive.refuse('metrics', request.startMs - offsetMs - rangeMs, endMs)
    return this.#ready().selectGrid(request, bounds)
  }

  portions(request: SelectRequest, bounds: QueryBounds): SeriesPortions {
    this.#archive.refuse('metrics', request.startMs, request.endMs)
    return this.#ready().portions(request, bounds)
  }

  planBuckets(request: SelectRequest, use: BucketUse): BucketPlan | undefined {
    return this.#store?.buckets.plan(request, use)
  }

  async selectBuckets(
    request: SelectRequest,
    plan: BucketPlan,
    bounds: QueryBounds,
  ): Promise<BucketedColumns> {
    for (const { hasRaw, afterMs, untilMs } of plan.zones)
      if (hasRaw) this.#archive.refuse('metrics', afterMs + 1, untilMs)
    return this.#ready().buckets.read(request, plan, bounds)
  }

  async series(query: NameQuery, bounds: QueryBounds): Promise<Limited<Labels>> {
    return this.#ready().series(query, bounds)
  }

  async labelNames(query: NameQuery): Promise<Limited<string>> {
    return this.#ready().labelNames(query)
  }

  async labelValues(label: string, query: NameQuery): Promise<Limited<string>> {
    return this.#ready().labelValues(label, query)
  }

  async exemplars(request: SelectRequest, bounds: QueryBounds): Promise<readonly Exemplar[]> {
    return this.#ready().exemplars(request, bounds)
  }

  metadata(
    family: string,
    limit: number,
    limitPerMetric: number,
  ): ReadonlyMap<string, readonly MetricMetadata[]> {
    return this.#store?.metadata(family, limit, limitPerMetric) ?? NONE
  }

  #ready(): MetricsStore {
    if (this.#store === undefined)
      throw new Problem('unavailable', 'the store is starting: try again in a moment')
    return this.#store
  }
}
