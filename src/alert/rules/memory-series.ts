import type { HistogramTable } from '../../model/histograms/histogram-table.ts'
import type { Labels } from '../../model/labels.ts'
import type { Matcher } from '../../model/matcher.ts'
import { Problem } from '../../model/problem.ts'
import type {
  AppendResult,
  NativeHistogramSample,
  RejectedSample,
  SampleBatch,
  SampleSink,
} from '../../model/samples.ts'
import { wordsOf } from '../../model/stale.ts'
import { fromStoredForm } from '../../store/histograms/stored-form.ts'
import type {
  HistogramColumns,
  Limited,
  MetricsSource,
  QueryBounds,
  SelectRequest,
  SeriesColumns,
} from '../../store/metrics-source.ts'

/** One series: the first `length` places of the columns are its samples, by time. */
class Series {
  readonly labels: Labels
  timestampsMs = new Float64Array(8)
  values = new Float64Array(8)
  length = 0
  /** Native histograms by time, as they are stored. */
  histograms: NativeHistogramSample[] = []

  constructor(labels: Labels) {
    this.labels = labels
  }

  /** False when the series has another value at that time already, which then stays. */
  add(timestampMs: number, low: number, high: number): boolean {
    const at = this.firstAfter(timestampMs)
    if (at > 0 && this.timestampsMs[at - 1] === timestampMs) {
      const words = wordsOf(this.values)
      return words[at * 2 - 2] === low && words[at * 2 - 1] === high
    }
    if (this.length === this.values.length) this.#grow()
    this.timestampsMs.copyWithin(at + 1, at, this.length)
    this.values.copyWithin(at + 1, at, this.length)
    this.timestampsMs[at] = timestampMs
    const words = wordsOf(this.values)
    words[at * 2] = low
    words[at * 2 + 1] = high
    this.length++
    return true
  }

  /** The place of the first sample that is later than a moment. */
  firstAfter(timestampMs: number): number {
    let low = 0
    let high = this.length
    if (high === 0 || (this.timestampsMs[high - 1] as number) <= timestampMs) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.timestampsMs[middle] as number) <= timestampMs) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Of two at one time the first stays. */
  addHistogram(histogram: NativeHistogramSample): void {
    const { histograms } = this
    let at = histograms.length
    while (at > 0 && (histograms[at - 1]?.timestampMs ?? 0) > histogram.timestampMs) at--
    if (histograms[at - 1]?.timestampMs !== histogram.timestampMs)
      histograms.splice(at, 0, histogram)
  }

  /** Forgets the samples before a moment. */
  forgetBefore(timestampMs: number): void {
    if (this.histograms.length > 0) {
      this.histograms = this.histograms.filter((one) => one.timestampMs >= timestampMs)
    }
    const from = this.firstAfter(timestampMs - 1)
    if (from === 0) return
    this.timestampsMs.copyWithin(0, from, this.length)
    this.values.copyWithin(0, from, this.length)
    this.length -= from
  }

  #grow(): void {
    const timestampsMs = new Float64Array(this.length * 2)
    timestampsMs.set(this.timestampsMs)
    this.timestampsMs = timestampsMs
    const values = new Float64Array(this.length * 2)
    values.set(this.values)
    this.values = values
  }
}

const NOTHING = { values: [], truncated: false }

/** Series that are kept in memory only: what unit tests and backtests of rules run on. */
export class MemorySeries implements MetricsSource, SampleSink {
  readonly #byKey = new Map<string, Series>()
  readonly #byName = new Map<string, Set<Series>>()

  offer(batch: SampleBatch): AppendResult {
    const words = wordsOf(batch.values)
    const rejected: RejectedSample[] = []
    for (let row = 0; row < batch.values.length; row++) {
      const labels = batch.series[batch.seriesIndex[row] as number] as Labels
      const timestampMs = batch.timestampsMs[row] as number
      const low = words[row * 2] as number
      const high = words[row * 2 + 1] as number
      if (this.#seriesOf(labels).add(timestampMs, low, high)) continue
      const message = 'duplicate sample for timestamp'
      rejected.push({ series: labels, timestampMs, reason: 'duplicate_timestamp', message })
    }
    for (const histogram of batch.histograms ?? []) {
      this.#seriesOf(histogram.series).addHistogram(histogram)
    }
    const accepted = batch.values.length - rejected.length
    return { accepted, rejected, rejectedCount: rejected.length }
  }

  append(batch: SampleBatch): Promise<AppendResult> {
    return Promise.resolve(this.offer(batch))
  }

  select(request: SelectRequest, bounds: QueryBounds): Promise<SeriesColumns> {
    const keys = this.#matching(request.matchers).map(({ labels }) => labels.key)
    const columns = this.#columnsOf(keys, request.startMs, request.endMs)
    if (columns.values.length > bounds.maxSamples) {
      const message = 'query processing would load too many samples into memory in query execution'
      return Promise.reject(new Problem('limit', message))
    }
    return Promise.resolve(columns)
  }

  mayHaveHistograms({ matchers }: SelectRequest): boolean {
    return this.#matching(matchers).some(({ histograms }) => histograms.length > 0)
  }

  selectHistograms(
    { matchers, startMs, endMs }: SelectRequest,
    _bounds: QueryBounds,
    table: HistogramTable,
  ): Promise<HistogramColumns> {
    const labels: Labels[] = []
    const offsets = [0]
    const timestampsMs: number[] = []
    const rows: number[] = []
    for (const series of this.#matching(matchers)) {
      for (const { timestampMs, data } of series.histograms) {
        if (timestampMs < startMs || timestampMs > endMs) continue
        timestampsMs.push(timestampMs)
        rows.push(Math.max(-1, fromStoredForm(data, table)))
      }
      if (rows.length === offsets.at(-1)) continue
      labels.push(series.labels)
      offsets.push(rows.length)
    }
    return Promise.resolve({
      labels,
      offsets: Uint32Array.from(offsets),
      timestampsMs: Float64Array.from(timestampsMs),
      rows: Int32Array.from(rows),
    })
  }

  #matching(matchers: readonly Matcher[]): Series[] {
    return [...this.#candidates(matchers)].filter(({ labels }) =>
      matchers.every((m) => m.matches(labels.get(m.name))),
    )
  }

  /** Forgets the samples before a moment, and series that have none since. */
  forgetBefore(timestampMs: number): void {
    for (const [key, series] of this.#byKey) {
      series.forgetBefore(timestampMs)
      if (series.length + series.histograms.length > 0) continue
      this.#byKey.delete(key)
      const same = this.#byName.get(series.labels.name)
      same?.delete(series)
      if (same?.size === 0) this.#byName.delete(series.labels.name)
    }
  }

  estimateSamples(): number {
    return 0
  }

  selectGrid(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  series(): Promise<Limited<Labels>> {
    return Promise.resolve(NOTHING)
  }

  labelNames(): Promise<Limited<string>> {
    return Promise.resolve(NOTHING)
  }

  labelValues(): Promise<Limited<string>> {
    return Promise.resolve(NOTHING)
  }

  exemplars(): Promise<[]> {
    return Promise.resolve([])
  }

  metadata(): ReadonlyMap<string, []> {
    return new Map()
  }

  #seriesOf(labels: Labels): Series {
    let series = this.#byKey.get(labels.key)
    if (series === undefined) {
      series = new Series(labels)
      this.#byKey.set(labels.key, series)
      const same = this.#byName.get(labels.name)
      if (same === undefined) this.#byName.set(labels.name, new Set([series]))
      else same.add(series)
    }
    return series
  }

  #candidates(matchers: readonly Matcher[]): Iterable<Series> {
    const name = matchers.find((m) => m.name === '__name__' && m.op === '=')
    return name === undefined ? this.#byKey.values() : (this.#byName.get(name.value) ?? [])
  }

  #columnsOf(keys: readonly string[], startMs: number, endMs: number): SeriesColumns {
    const labels: Labels[] = []
    const offsets = [0]
    const parts: { readonly series: Series; readonly from: number; readonly to: number }[] = []
    let rows = 0
    for (const key of keys) {
      const series = this.#byKey.get(key)
      if (series === undefined) continue
      const to = series.firstAfter(endMs)
      let from = series.firstAfter(startMs)
      if (from > 0 && series.timestampsMs[from - 1] === startMs) from--
      if (from >= to) continue
      rows += to - from
      parts.push({ series, from, to })
      labels.push(series.labels)
      offsets.push(rows)
    }
    const timestampsMs = new Float64Array(rows)
    const values = new Float64Array(rows)
    let at = 0
    for (const { series, from, to } of parts) {
      timestampsMs.set(series.timestampsMs.subarray(from, to), at)
      values.set(series.values.subarray(from, to), at)
      at += to - from
    }
    return { labels, offsets: Uint32Array.from(offsets), timestampsMs, values }
  }
}
