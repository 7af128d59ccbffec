import { Labels } from '../../model/labels.ts'
import type { SampleSink } from '../../model/samples.ts'
import type { SpanBatch } from '../../model/spans.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { SpanObserver } from '../spans.ts'
import { BatchView } from './batch-view.ts'
import type { GeneratorFigures } from './generator-figures.ts'
import { metadataOf } from './metric-texts.ts'
import { SampleWriter } from './sample-writer.ts'
import { SeriesBudget } from './series-budget.ts'
import type { SeriesTable } from './series-table.ts'
import { ServiceGraph } from './service-graph.ts'
import type { SpanGeneratorSettings } from './settings.ts'
import { SpanMetrics } from './span-metrics.ts'

export interface GeneratorParts {
  /** Where the samples go. */
  readonly sink: SampleSink
  readonly figures: GeneratorFigures
  readonly nowMs: () => number
}

/** Makes metrics of spans as settings say, and writes them to a sink of samples whenever it is told to. */
export class SpanGenerator implements SpanObserver {
  readonly settings: SpanGeneratorSettings
  readonly #parts: GeneratorParts
  readonly #budget: SeriesBudget
  readonly #spanMetrics: SpanMetrics | undefined
  readonly #serviceGraph: ServiceGraph | undefined
  /** No series of this generator has a sample at or before this time, or it has ended before. */
  #lastMs: number

  constructor(settings: SpanGeneratorSettings, parts: GeneratorParts) {
    this.settings = settings
    this.#parts = parts
    this.#budget = new SeriesBudget(settings.maxSeries)
    this.#lastMs = parts.nowMs()
    const shared = {
      budget: this.#budget,
      external: Labels.from(settings.externalLabels),
      maxLabelLength: settings.maxLabelLength,
    }
    const { figures } = parts
    this.#spanMetrics =
      settings.spanMetrics &&
      new SpanMetrics(settings.spanMetrics, { ...shared, onFiltered: figures.onFiltered })
    this.#serviceGraph =
      settings.serviceGraph &&
      new ServiceGraph(settings.serviceGraph, {
        ...shared,
        figures: {
          onDropped: figures.onDroppedSpan,
          onEdge: figures.onEdge,
          onExpired: figures.onExpiredEdge,
          onFiltered: figures.onFiltered,
        },
      })
  }

  get activeSeries(): number {
    return this.#budget.active
  }

  /** Label sets for which there was no room. */
  get limited(): number {
    return this.#budget.limited
  }

  get waitingEdges(): number {
    return this.#serviceGraph?.waiting ?? 0
  }

  observe(batch: SpanBatch, rows: Uint32Array | undefined): void {
    const nowMs = this.#parts.nowMs()
    const view = new BatchView(batch)
    const counted = this.#rowsInTime(view, rows, nowMs)
    this.#spanMetrics?.observe(view, counted, nowMs)
    this.#serviceGraph?.observe(view, counted, nowMs)
  }

  /**
   * Writes every series as it is now. Rejects as the sink throws while it is away: counters go on, so nothing but the samples of that
   * time is missing then.
   */
  async collect(): Promise<void> {
    const nowMs = this.#parts.nowMs()
    // A clock that was set back: samples at or before the last ones would be refused.
    if (nowMs <= this.#lastMs + 1) return
    this.#serviceGraph?.expire(nowMs)
    const tables = this.#tables
    const writer = new SampleWriter(this.#parts.sink, metadataOf(this.settings))
    const slices = new Slices(() => undefined)
    const times = {
      nowMs,
      zeroMs: this.#lastMs + 1,
      staleBeforeMs: nowMs - this.settings.staleMs,
    }
    this.#lastMs = nowMs
    const rest = (rows: number): Promise<void> | undefined =>
      slices.spend(rows) ? slices.rest() : undefined
    for (const table of tables) await table.collect(writer, times, rest)
    writer.flush()
  }

  get #tables(): readonly SeriesTable[] {
    return [...(this.#spanMetrics?.tables ?? []), ...(this.#serviceGraph?.tables ?? [])]
  }

  #rowsInTime(view: BatchView, rows: Uint32Array | undefined, nowMs: number): Uint32Array {
    const all = rows ?? Uint32Array.from({ length: view.batch.startsNs.length }, (_, row) => row)
    this.#parts.figures.onReceived(all.length)
    const { slackMs } = this.settings
    if (slackMs === Number.POSITIVE_INFINITY) return all
    const kept = all.filter((row) => Math.abs(view.endMs(row) - nowMs) <= slackMs)
    if (kept.length < all.length) this.#parts.figures.onOutsideSlack(all.length - kept.length)
    return kept
  }
}
