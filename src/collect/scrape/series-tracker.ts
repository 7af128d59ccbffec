import { SeriesCache } from '../../formats/prometheus-text/series-cache.ts'
import type { ScrapeParser } from '../../formats/prometheus-text/scrape-parser.ts'
import type { ScrapePage } from '../../formats/prometheus-text/page.ts'
import type { Relabeler } from '../../ingest/relabel.ts'
import { Labels } from '../../model/labels.ts'
import { messageOf } from '../../model/problem.ts'
import type { Exemplar, MetricMetadata, SampleBatch, SampleSink } from '../../model/samples.ts'
import { wordsOf, writeStale } from '../../model/stale.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import type { Page } from './fetch-page.ts'
import { faultOfSeries, type LabelBounds } from './label-bounds.ts'
import { ReportSeries } from './report-series.ts'
import type { TargetSpec } from './target-labels.ts'
import { withTargetLabels } from './with-target-labels.ts'

/** What became of one scrape. */
export interface PageResult {
  readonly up: boolean
  /** What the targets API shows; '' when nothing is wrong. */
  readonly error: string
  readonly samplesScraped: number
  /** After `metric_relabel_configs`. */
  readonly samplesKept: number
  /** Refused by the store, by reason. */
  readonly rejected: number
}

export interface SeriesTrackerOptions {
  readonly target: TargetSpec
  readonly config: ScrapeConfig
  readonly metricRelabel: Relabeler
  readonly sink: SampleSink
  /** Shared by the targets of a job: a page is done with before the next is read. */
  readonly parser: ScrapeParser
}

/**
 * Turns the pages of one target into samples: resolves each series once and knows it again by its raw bytes, adds the target's
 * labels, ends series that are gone with a staleness marker, and writes `up` and the `scrape_*` series. A page is taken whole or
 * not at all.
 */
export class SeriesTracker {
  readonly #options: SeriesTrackerOptions
  readonly #bounds: LabelBounds
  readonly #cache = new SeriesCache()
  readonly #report: ReportSeries
  /** By cache id: the final labels, or undefined where relabelling drops the series. */
  readonly #labels: (Labels | undefined)[] = []
  readonly #freeIds: number[] = []
  /** Series of the last good page that end when they are missing from the next. */
  #live = new Set<Labels>()
  #metadataHash = 0
  #metadata: readonly MetricMetadata[] = []
  #lastTimestampMs = Number.NEGATIVE_INFINITY

  constructor(options: SeriesTrackerOptions) {
    this.#options = options
    this.#bounds = {
      maxCount: options.config.labelLimit,
      maxNameLength: options.config.labelNameLengthLimit,
      maxValueLength: options.config.labelValueLengthLimit,
    }
    this.#report = new ReportSeries(options.target.labels, options.config)
  }

  /** What the target last said of its metric families. */
  get metadata(): readonly MetricMetadata[] {
    return this.#metadata
  }

  /** Takes what a scrape brought: a page, or the reason why there is none. */
  record(page: Page | undefined, fault: string, timestampMs: number, durationMs: number): PageResult {
    // A clock that was set back must not make two scrapes share a time.
    this.#lastTimestampMs = timestampMs
    let error = fault
    let taken: { scraped: number; kept: number; added: number; batch: SampleBatch } | undefined
    if (page !== undefined) {
      try {
        taken = this.#read(page, timestampMs)
      } catch (thrown) {
        error = messageOf(thrown)
      }
    }
    let rejected = 0
    if (taken === undefined) this.#markAllStale(timestampMs)
    else {
      const result = this.#options.sink.offer(taken.batch)
      rejected = result.rejectedCount
      if (rejected > 0) error = `${rejected} samples were refused: ${result.rejected[0]?.message ?? ''}`
    }
    const up = taken !== undefined
    this.#options.sink.offer(
      this.#report.batch(timestampMs, {
        up,
        durationMs,
        samplesScraped: taken?.scraped ?? 0,
        samplesKept: taken?.kept ?? 0,
        seriesAdded: taken?.added ?? 0,
        bodyBytes: page?.bytes.length ?? -1,
      }),
    )
    return { up, error, samplesScraped: taken?.scraped ?? 0, samplesKept: taken?.kept ?? 0, rejected }
  }

  /** The target is gone: its series and its `up` end. */
  end(nowMs: number): void {
    const timestampMs = Math.max(nowMs, this.#lastTimestampMs + 1)
    this.#markAllStale(timestampMs)
    if (this.#lastTimestampMs > 0) this.#options.sink.offer(staleBatch(this.#report.series, timestampMs))
  }

  #read(page: Page, timestampMs: number): { scraped: number; kept: number; added: number; batch: SampleBatch } {
    const { config, parser } = this.#options
    const parsed = parser.parse(page.bytes, page.contentType, timestampMs, config.honorTimestamps, this.#cache)
    if (parsed.fault !== undefined) {
      const { line, message } = parsed.fault
      throw new Error(line > 0 ? `line ${line}: ${message}` : message)
    }
    const rows = parsed.rows
    const before = this.#cache.size
    const series: Labels[] = []
    const place = new Map<Labels, number>()
    const seriesIndex = new Uint32Array(rows)
    const rowOf = new Uint32Array(rows)
    const seen = new Set<Labels>()
    let kept = 0
    for (let row = 0; row < rows; row++) {
      const labels = this.#resolve(parsed, row)
      if (labels === undefined) continue
      let at = place.get(labels)
      if (at === undefined) place.set(labels, (at = series.push(labels) - 1))
      seriesIndex[kept] = at
      rowOf[kept] = row
      if (parsed.hasTimestamp[row] === 0 || config.trackTimestampsStaleness) seen.add(labels)
      kept++
      if (config.sampleLimit > 0 && kept > config.sampleLimit) throw new Error('sample limit exceeded')
    }
    const added = this.#cache.size - before
    for (const id of this.#cache.sweep()) {
      this.#labels[id] = undefined
      this.#freeIds.push(id)
    }
    const gone: Labels[] = []
    for (const labels of this.#live) if (!seen.has(labels)) gone.push(labels)
    this.#live = seen
    const batch = {
      ...joinStale({ series, seriesIndex, kept, rowOf, parsed }, gone, timestampMs),
      ...this.#extras(parsed, timestampMs),
    }
    return { scraped: rows, kept, added, batch }
  }

  #resolve(page: ScrapePage, row: number): Labels | undefined {
    const known = page.ids[row] as number
    if (known >= 0) return this.#labels[known]
    const start = page.seriesStarts[row] as number
    const end = page.seriesEnds[row] as number
    const hash = page.hashes[row] as number
    // A series that is new may stand twice in the page.
    const again = this.#cache.lookup(page.bytes, start, end, hash)
    if (again >= 0) return this.#labels[again]
    const labels = this.#finalLabels(page.labelsOf(row))
    const id = this.#freeIds.pop() ?? this.#labels.length
    this.#labels[id] = labels
    this.#cache.insert(page.bytes, start, end, hash, id)
    return labels
  }

  #finalLabels(exposed: Labels): Labels | undefined {
    const { target, config, metricRelabel } = this.#options
    const joined = withTargetLabels(exposed, target.labels, config.honorLabels)
    const labels = metricRelabel.isEmpty ? joined : metricRelabel.apply(joined)
    if (labels === undefined || labels.size === 0) return undefined
    if (!labels.has('__name__')) throw new Error(`no metric name in ${labels.toString()} after relabelling`)
    const fault = faultOfSeries(labels, this.#bounds)
    if (fault !== undefined) throw new Error(fault)
    return labels
  }

  #extras(page: ScrapePage, timestampMs: number): Pick<SampleBatch, 'exemplars' | 'metadata'> {
    const exemplars: Exemplar[] = []
    for (const exemplar of page.exemplars) {
      const id = page.ids[exemplar.row] as number
      const series = id >= 0 ? this.#labels[id] : this.#resolve(page, exemplar.row)
      if (series === undefined) continue
      exemplars.push({ series, labels: exemplar.labels, value: exemplar.value, timestampMs: exemplar.timestampMs || timestampMs })
    }
    if (page.metadataHash === this.#metadataHash) return { exemplars }
    this.#metadataHash = page.metadataHash
    this.#metadata = page.metadata()
    return { exemplars, metadata: this.#metadata }
  }

  #markAllStale(timestampMs: number): void {
    if (this.#live.size > 0) this.#options.sink.offer(staleBatch([...this.#live], timestampMs))
    this.#live = new Set()
  }
}

interface KeptRows {
  readonly series: Labels[]
  readonly seriesIndex: Uint32Array
  readonly kept: number
  readonly rowOf: Uint32Array
  readonly parsed: ScrapePage
}

/** The rows of the page and, behind them, a staleness marker for each series that is gone. */
function joinStale(rows: KeptRows, gone: readonly Labels[], timestampMs: number): SampleBatch {
  const { kept, parsed } = rows
  const total = kept + gone.length
  const seriesIndex = new Uint32Array(total)
  seriesIndex.set(rows.seriesIndex.subarray(0, kept))
  const timestampsMs = new Float64Array(total)
  const values = new Float64Array(total)
  const words = wordsOf(values)
  const from = wordsOf(parsed.values)
  for (let i = 0; i < kept; i++) {
    const row = rows.rowOf[i] as number
    timestampsMs[i] = parsed.timestampsMs[row] as number
    words[i * 2] = from[row * 2] as number
    words[i * 2 + 1] = from[row * 2 + 1] as number
  }
  const series = [...rows.series]
  for (const [i, labels] of gone.entries()) {
    seriesIndex[kept + i] = series.push(labels) - 1
    timestampsMs[kept + i] = timestampMs
    writeStale(words, kept + i)
  }
  return { series, seriesIndex, timestampsMs, values }
}

function staleBatch(series: readonly Labels[], timestampMs: number): SampleBatch {
  const values = new Float64Array(series.length)
  const words = wordsOf(values)
  for (let i = 0; i < series.length; i++) writeStale(words, i)
  return {
    series,
    seriesIndex: Uint32Array.from(series, (_, i) => i),
    timestampsMs: new Float64Array(series.length).fill(timestampMs),
    values,
  }
}
