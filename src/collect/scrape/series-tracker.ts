import type { ScrapePage } from '../../formats/prometheus-text/page.ts'
import type { ScrapeParser } from '../../formats/prometheus-text/scrape-parser.ts'
import type { Relabeler } from '../../ingest/relabel.ts'
import type { Labels } from '../../model/labels.ts'
import type {
  AppendResult,
  MetricMetadata,
  NativeHistogramSample,
  SampleBatch,
  SampleSink,
} from '../../model/samples.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import { HistogramSeries, staleHistogram } from './histogram-series.ts'
import { meetSeries } from './meet-series.ts'
import { NewExemplars } from './new-exemplars.ts'
import { pageBatch, staleBatch } from './page-batch.ts'
import { PageRows } from './page-rows.ts'
import { BodySizeFault, type Page } from './page-source.ts'
import { ReportSeries } from './report-series.ts'
import {
  NO_SAMPLES,
  ScrapeDefect,
  tallyRefusals,
  type ScrapeCounts,
  type ScrapeResult,
} from './scrape-result.ts'
import { SeriesResolver } from './series-resolver.ts'
import type { SeriesTable } from './series-table.ts'
import type { TargetSpec } from './target-labels.ts'

/** A cache that failing pages have grown past twice what the last good page left, and this more, is emptied. */
const CACHE_SLACK = 1000
/** A shorter page is recorded within milliseconds, whatever is new in it. */
const LARGE_PAGE_BYTES = 256 * 1024
/** A page that has so many bytes for each series known is mostly new: lines have about a hundred. */
const BYTES_PER_KNOWN_SERIES = 400

export interface SeriesTrackerOptions {
  readonly target: TargetSpec
  readonly config: ScrapeConfig
  readonly metricRelabel: Relabeler
  readonly sink: SampleSink
  /** Shared by the targets of a job: a page is done with before the next is read. */
  readonly parser: ScrapeParser
  /** For pages that are read in several turns, while others use the shared one. */
  readonly createParser: () => ScrapeParser
}

/**
 * Turns the pages of one target into samples, ends series that are gone with a staleness marker, and writes `up` and the `scrape_*`
 * series. A page is taken whole or not at all; where it is not, all series of the target end.
 */
export class SeriesTracker {
  readonly #options: SeriesTrackerOptions
  readonly #resolver: SeriesResolver
  readonly #rows: PageRows
  readonly #report: ReportSeries
  readonly #exemplars: NewExemplars
  /** Numbers of the series that end when they are missing from the next page; each is held in the resolver's table. */
  #live = new Uint32Array(0)
  #liveCount = 0
  /** By series number: 1 for those in `#live`. */
  #isLive = new Uint8Array(64)
  readonly #histograms = new HistogramSeries()
  /** How many series were known before those of the page to come were met. */
  #addedBefore: number | undefined
  #metadataHash = 0
  #metadata: readonly MetricMetadata[] = []
  /** Series that the cache had after the last good page. */
  #goodCacheSize = 0
  /** The latest time that anything was written for, so that a clock set back does not put a marker before what it ends. */
  #newestMs = Number.NEGATIVE_INFINITY

  constructor(options: SeriesTrackerOptions) {
    const { config, target } = options
    this.#options = options
    this.#resolver = new SeriesResolver({
      targetLabels: target.labels,
      config,
      metricRelabel: options.metricRelabel,
    })
    this.#rows = new PageRows({
      resolver: this.#resolver,
      sampleLimit: config.sampleLimit,
      trackTimestampsStaleness: config.trackTimestampsStaleness,
    })
    this.#report = new ReportSeries(target.labels, config)
    this.#exemplars = new NewExemplars(this.#resolver)
  }

  /** What the target last said of its metric families. */
  get metadata(): readonly MetricMetadata[] {
    return this.#metadata
  }

  /** To be awaited before a page is recorded: lets others have their turns while many new series are met. */
  async meet(page: Page, timestampMs: number): Promise<void> {
    const { length } = page.bytes
    const { cache } = this.#resolver
    if (length < LARGE_PAGE_BYTES || cache.size * BYTES_PER_KNOWN_SERIES > length) return
    const { config, createParser, sink } = this.#options
    const parsed = this.#parse(page, timestampMs, createParser())
    if (parsed instanceof ScrapeDefect || parsed.fault !== undefined) return
    this.#addedBefore = this.#resolver.addedCount
    const maxRows = config.sampleLimit > 0 ? config.sampleLimit : Infinity
    const fresh = await meetSeries(parsed, this.#resolver, maxRows)
    if (fresh !== undefined) await sink.meet?.(fresh, timestampMs)
  }

  /**
   * Takes what a scrape brought: a page, or the reason why there is none. `elapsedMs` tells how long the scrape has taken when it is
   * asked, which is at its end.
   */
  record(got: Page | Error, timestampMs: number, elapsedMs: () => number): ScrapeResult {
    const markerMs = Math.max(timestampMs, this.#newestMs + 1)
    this.#newestMs = Math.max(timestampMs, this.#newestMs)
    const counts =
      got instanceof Error ? { ...NO_SAMPLES, fault: got } : this.#take(got, timestampMs, markerMs)
    const { fault } = counts
    if (fault !== undefined) this.#endAll(markerMs)
    const isTooLarge = fault instanceof BodySizeFault
    const durationMs = elapsedMs()
    this.#options.sink.offer(
      this.#report.batch(timestampMs, {
        up: fault === undefined,
        durationMs,
        samplesScraped: counts.samplesScraped,
        samplesKept: counts.samplesKept,
        seriesAdded: counts.seriesAdded,
        bodyBytes: got instanceof Error ? (isTooLarge ? -1 : 0) : got.bytes.length,
      }),
    )
    return {
      ...counts,
      up: fault === undefined,
      durationMs,
      isCacheFlushed: fault !== undefined && this.#boundCache(),
    }
  }

  /** The target is gone: its series and its `up` end. */
  end(nowMs: number): void {
    if (this.#newestMs === Number.NEGATIVE_INFINITY) return
    const markerMs = Math.max(nowMs, this.#newestMs + 1)
    this.#newestMs = Number.NEGATIVE_INFINITY
    this.#endAll(markerMs)
    this.#options.sink.offer(staleBatch(this.#report.series, markerMs))
  }

  /**
   * The same target was tracked by `previous` until now, under another configuration. Its series go on here: those that the next
   * page does not have end then.
   */
  continueFrom(previous: SeriesTracker): void {
    const { table } = previous.#resolver
    const numbers = previous.#live.subarray(0, previous.#liveCount)
    const own = new Set(this.#report.series.map((labels) => labels.key))
    const series = Array.from(numbers, (number) => table.labelsOf(number))
    const histograms = Array.from(numbers, (number) => previous.#histograms.has(number))
    if (previous.#newestMs !== Number.NEGATIVE_INFINITY) {
      series.push(...previous.#report.series.filter((labels) => !own.has(labels.key)))
    }
    this.#live = new Uint32Array(series.length)
    for (const [i, labels] of series.entries()) {
      const number = this.#resolver.table.hold(labels)
      if (histograms[i] === true) this.#histograms.add(number)
      this.#growLive()
      if (this.#isLive[number] === 1) this.#resolver.table.release(number)
      else this.#live[this.#liveCount++] = number
      this.#isLive[number] = 1
    }
    this.#metadata = previous.#metadata
    this.#newestMs = previous.#newestMs
  }

  #take(page: Page, timestampMs: number, markerMs: number): ScrapeCounts {
    // As in Prometheus a page without a byte is a good one, whatever its Content-Type.
    if (page.bytes.length === 0) {
      this.#endAll(markerMs)
      return NO_SAMPLES
    }
    const { sink, parser } = this.#options
    const before = this.#addedBefore ?? this.#resolver.addedCount
    this.#addedBefore = undefined
    const parsed = this.#parse(page, timestampMs, parser)
    if (parsed instanceof ScrapeDefect) return { ...NO_SAMPLES, fault: parsed }
    const rows = this.#rows
    rows.read(parsed)
    const counts: ScrapeCounts = {
      ...NO_SAMPLES,
      samplesScraped: rows.scraped,
      samplesKept: rows.kept,
      seriesAdded: this.#resolver.addedCount - before,
      duplicates: rows.duplicates,
      isSampleLimitHit: rows.isSampleLimitHit,
      isLabelLimitHit: rows.isLabelLimitHit,
      isBucketLimitHit: rows.isBucketLimitHit,
    }
    if (rows.fault !== '') return { ...counts, fault: new Error(rows.fault) }
    const result = sink.offer(this.#batch(parsed, markerMs))
    return withRefusals(counts, result)
  }

  #parse(page: Page, timestampMs: number, parser: ScrapeParser): ScrapePage | ScrapeDefect {
    const { config } = this.#options
    const { cache } = this.#resolver
    try {
      return parser.parse(page.bytes, page.contentType, timestampMs, config.honorTimestamps, cache)
    } catch (thrown) {
      return new ScrapeDefect(thrown)
    }
  }

  /** What to store of a good page. From here on its series are the live ones. */
  #batch(page: ScrapePage, markerMs: number): SampleBatch {
    const rows = this.#rows
    const { table } = this.#resolver
    const gone: number[] = []
    const histograms = histogramsOf(page, rows, table)
    for (let i = 0; i < this.#liveCount; i++) {
      const number = this.#live[i] as number
      if (rows.isTracked(number)) continue
      const place = rows.placeOf(number)
      if (!this.#histograms.has(number)) gone.push(place)
      else histograms.push(staleHistogram(table.labelsOf(number), markerMs))
      this.#isLive[number] = 0
      table.release(number)
    }
    this.#growLive()
    const { tracked, trackedCount } = rows
    for (let i = 0; i < trackedCount; i++) {
      const number = tracked[i] as number
      if (this.#isLive[number] === 1) continue
      this.#isLive[number] = 1
      table.holdAgain(number)
    }
    // The two arrays are used in turns.
    rows.tracked = this.#live
    this.#live = tracked
    this.#liveCount = trackedCount
    this.#histograms.replace(rows.histogramNumbers)
    const exemplars = this.#exemplars.of(page)
    const batch = pageBatch(page, rows, gone, markerMs)
    this.#resolver.forgetUnseen()
    this.#goodCacheSize = this.#resolver.cache.size
    const isMetadataNew = page.metadataHash !== this.#metadataHash
    if (isMetadataNew) {
      this.#metadataHash = page.metadataHash
      this.#metadata = page.metadata()
    }
    return {
      ...batch,
      ...(exemplars.length > 0 ? { exemplars } : {}),
      ...(histograms.length > 0 ? { histograms } : {}),
      ...(isMetadataNew ? { metadata: this.#metadata } : {}),
    }
  }

  #endAll(markerMs: number): void {
    if (this.#liveCount === 0) return
    const { table } = this.#resolver
    const series: Labels[] = []
    const ended: Labels[] = []
    for (const number of this.#live.subarray(0, this.#liveCount)) {
      const labels = table.labelsOf(number)
      if (this.#histograms.has(number)) ended.push(labels)
      else series.push(labels)
      this.#isLive[number] = 0
      table.release(number)
    }
    this.#liveCount = 0
    const histograms = ended.map((labels) => staleHistogram(labels, markerMs))
    const batch = staleBatch(series, markerMs)
    this.#options.sink.offer(
      ended.length === 0 ? batch : { ...batch, series: [...series, ...ended], histograms },
    )
  }

  #growLive(): void {
    const { capacity } = this.#resolver.table
    if (capacity <= this.#isLive.length) return
    const grown = new Uint8Array(Math.max(capacity, this.#isLive.length * 2))
    grown.set(this.#isLive)
    this.#isLive = grown
  }

  /** Pages that fail are remembered in part, so labels that change in each of them must not fill the memory. */
  #boundCache(): boolean {
    if (this.#resolver.cache.size <= 2 * this.#goodCacheSize + CACHE_SLACK) return false
    this.#resolver.forgetAll()
    return true
  }
}

function withRefusals(counts: ScrapeCounts, result: AppendResult): ScrapeCounts {
  if (result.rejectedCount === 0) return counts
  const refused = tallyRefusals(result)
  return { ...counts, ...refused, duplicates: counts.duplicates + refused.duplicates }
}

function histogramsOf(
  page: ScrapePage,
  rows: PageRows,
  table: SeriesTable,
): NativeHistogramSample[] {
  return rows.histograms.map(({ row, data }, i) => ({
    series: table.labelsOf(rows.histogramNumbers[i] as number),
    timestampMs: page.timestampsMs[row] as number,
    data,
  }))
}
