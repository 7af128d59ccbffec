import type { Aggregate, Call, VectorSelector } from '../../lang/promql/ast.ts'
import { wordsOf } from '../../model/stale.ts'
import type {
  GridColumns,
  HistogramColumns,
  MetricsSource,
  QueryBounds,
  SeriesColumns,
  SeriesPortions,
  SelectRequest,
} from '../../store/metrics-source.ts'
import type { Buckets, Fetched, RawColumns } from './context.ts'
import { HistogramWork } from './histograms/histogram-work.ts'
import type { SampleBudget } from './pace.ts'
import type { Plan, PushedFetch } from './plan.ts'

/** Everything a plan needs, with the number of samples that were read. */
export interface FetchResult extends Fetched {
  readonly samplesRead: number
  /** What `histograms` are rows of; undefined when no selector may have any. */
  readonly histogramWork: HistogramWork | undefined
  /** To be called when nothing of the query looks at the raw samples any more. */
  release(): void
}

/** Fetches all that a plan needs, at the same time. Rejects as the source does. */
export async function fetchAll(
  plan: Plan,
  source: MetricsSource,
  bounds: QueryBounds,
  budget: SampleBudget,
): Promise<FetchResult> {
  const collected = new Collected(budget)
  const waiting: Promise<void>[] = []
  for (const { matchers, startMs, endMs, nodes } of plan.raw) {
    const columns = source.select({ matchers, startMs, endMs }, bounds)
    waiting.push(columns.then((answer) => collected.addRaw(nodes, answer)))
    const histograms = selectHistograms({ matchers, startMs, endMs }, source, bounds, collected)
    if (histograms !== undefined) waiting.push(histograms.then(addTo(collected, nodes)))
  }
  for (const { matchers, startMs, endMs, nodes, plan: zones } of plan.bucketed) {
    const columns = source.selectBuckets?.({ matchers, startMs, endMs }, zones, bounds)
    if (columns !== undefined)
      waiting.push(columns.then((answer) => collected.addRaw(nodes, answer, answer)))
    const histograms = selectHistograms({ matchers, startMs, endMs }, source, bounds, collected)
    if (histograms !== undefined) waiting.push(histograms.then(addTo(collected, nodes)))
  }
  for (const fetch of plan.pushed) waiting.push(push(fetch, source, bounds, collected))
  if (waiting.length === 1) await waiting[0]
  else if (waiting.length > 1) await Promise.all(waiting)
  return collected
}

/** Asks for native histograms; undefined when it is known that there are none. */
function selectHistograms(
  request: SelectRequest,
  source: MetricsSource,
  bounds: QueryBounds,
  collected: Collected,
): Promise<HistogramColumns> | undefined {
  if (source.mayHaveHistograms?.(request) !== true) return undefined
  collected.histogramWork ??= new HistogramWork(bounds.maxSamples)
  return source.selectHistograms?.(request, bounds, collected.histogramWork.table)
}

function addTo(collected: Collected, nodes: readonly (VectorSelector | Call)[]) {
  return (columns: HistogramColumns): void => collected.addHistograms(nodes, columns)
}

class Collected implements FetchResult {
  readonly raw = new Map<VectorSelector | Call, RawColumns>()
  readonly portions = new Map<VectorSelector, SeriesPortions>()
  readonly pushed = new Map<Call | Aggregate, GridColumns>()
  readonly histograms = new Map<VectorSelector | Call, HistogramColumns>()
  histogramWork: HistogramWork | undefined
  samplesRead = 0
  readonly #releases: (() => void)[] = []
  readonly #budget: SampleBudget

  constructor(budget: SampleBudget) {
    this.#budget = budget
  }

  addRaw(
    nodes: readonly (VectorSelector | Call)[],
    columns: SeriesColumns,
    buckets?: Buckets,
  ): void {
    const { labels, offsets, timestampsMs, values, release } = columns
    if (release !== undefined) this.#releases.push(release)
    this.#budget.reserve(values.length)
    this.samplesRead += values.length
    const words = wordsOf(values)
    const raw = { labels, offsets, timestampsMs, values, words, ...(buckets && { buckets }) }
    for (const node of nodes) this.raw.set(node, raw)
  }

  addHistograms(nodes: readonly (VectorSelector | Call)[], columns: HistogramColumns): void {
    if (columns.labels.length === 0) return
    this.#budget.reserve(columns.rows.length)
    this.samplesRead += columns.rows.length
    this.histogramWork?.checkSize()
    for (const node of nodes) this.histograms.set(node, columns)
  }

  release(): void {
    for (const release of this.#releases) release()
  }

  addPushed(node: Call | Aggregate, columns: GridColumns): void {
    this.#budget.reserve(columns.values.length)
    this.samplesRead += columns.values.length
    this.pushed.set(node, columns)
  }
}

async function push(
  fetch: PushedFetch,
  source: MetricsSource,
  bounds: QueryBounds,
  collected: Collected,
): Promise<void> {
  const columns = await source.selectGrid(fetch.request, bounds)
  if (columns !== undefined) return collected.addPushed(fetch.node, columns)
  const portions = source.portions?.(fetch.raw, bounds)
  if (portions !== undefined) collected.portions.set(fetch.selector, portions)
  else collected.addRaw([fetch.selector], await source.select(fetch.raw, bounds))
}
