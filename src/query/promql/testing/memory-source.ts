import type { Labels } from '../../../model/labels.ts'
import type { Matcher } from '../../../model/matcher.ts'
import { Problem } from '../../../model/problem.ts'
import type { HistogramTable } from '../../../model/histograms/histogram-table.ts'
import { wordsOf, writeStale } from '../../../model/stale.ts'
import type {
  GridColumns,
  GridRequest,
  HistogramColumns,
  Limited,
  MetricsSource,
  QueryBounds,
  SelectRequest,
  SeriesColumns,
} from '../../../store/metrics-source.ts'
import type { HistogramValue } from '../../../lang/promql/histogram-notation.ts'
import { isHistogram } from './series-notation.ts'

/** A sample to load: a number, a native histogram, or the end of the series. */
export type LoadedValue = number | 'stale' | HistogramValue

interface Series {
  readonly labels: Labels
  /** Ascending. */
  readonly timestampsMs: number[]
  readonly values: LoadedValue[]
}

/** What of a source tests may replace. */
export interface MemorySourceOptions {
  readonly estimateSamples?: (request: SelectRequest) => number
  readonly selectGrid?: (request: GridRequest) => Promise<GridColumns | undefined>
}

/** A source whose samples are given by a test. */
export class MemorySource implements MetricsSource {
  readonly #series = new Map<string, Series>()
  readonly #options: MemorySourceOptions
  /** What was asked for, in order. */
  readonly requests: SelectRequest[] = []

  constructor(options: MemorySourceOptions = {}) {
    this.#options = options
  }

  /** Adds a sample; of two at the same time the first stays. */
  add(labels: Labels, timestampMs: number, value: LoadedValue): void {
    let series = this.#series.get(labels.key)
    if (series === undefined) {
      series = { labels, timestampsMs: [], values: [] }
      this.#series.set(labels.key, series)
    }
    const { timestampsMs, values } = series
    let at = timestampsMs.length
    while (at > 0 && (timestampsMs[at - 1] as number) > timestampMs) at--
    if (timestampsMs[at - 1] === timestampMs) return
    timestampsMs.splice(at, 0, timestampMs)
    values.splice(at, 0, value)
  }

  async select(request: SelectRequest, bounds: QueryBounds): Promise<SeriesColumns> {
    this.requests.push(request)
    const { labels, offsets, timestampsMs, values } = this.#find(
      request,
      (value) => !isHistogram(value),
    )
    if (values.length > bounds.maxSamples) throw new Problem('limit', 'too many samples')
    return {
      labels,
      offsets: Uint32Array.from(offsets),
      timestampsMs: Float64Array.from(timestampsMs),
      values: columnOf(values),
    }
  }

  mayHaveHistograms(request: SelectRequest): boolean {
    return this.#find(request, isHistogram).values.length > 0
  }

  async selectHistograms(
    request: SelectRequest,
    _bounds: QueryBounds,
    table: HistogramTable,
  ): Promise<HistogramColumns> {
    const { labels, offsets, timestampsMs, values } = this.#find(request, isHistogram)
    return {
      labels,
      offsets: Uint32Array.from(offsets),
      timestampsMs: Float64Array.from(timestampsMs),
      rows: Int32Array.from(values, (value) =>
        isHistogram(value) ? table.copy(value.table, value.row) : -1,
      ),
    }
  }

  #find(request: SelectRequest, isWanted: (value: LoadedValue) => boolean) {
    const found = [...this.#series.values()].filter((series) => matchesAll(request, series.labels))
    const labels: Labels[] = []
    const offsets = [0]
    const timestampsMs: number[] = []
    const values: LoadedValue[] = []
    for (const series of found) {
      series.timestampsMs.forEach((timestampMs, i) => {
        const value = series.values[i] as LoadedValue
        if (timestampMs < request.startMs || timestampMs > request.endMs || !isWanted(value)) return
        timestampsMs.push(timestampMs)
        values.push(value)
      })
      if (values.length === offsets.at(-1)) continue
      labels.push(series.labels)
      offsets.push(values.length)
    }
    return { labels, offsets, timestampsMs, values }
  }

  estimateSamples(request: SelectRequest): number {
    return this.#options.estimateSamples?.(request) ?? 0
  }

  async selectGrid(request: GridRequest): Promise<GridColumns | undefined> {
    return this.#options.selectGrid?.(request)
  }

  async series(): Promise<Limited<Labels>> {
    return { values: [], truncated: false }
  }

  async labelNames(): Promise<Limited<string>> {
    return { values: [], truncated: false }
  }

  async labelValues(): Promise<Limited<string>> {
    return { values: [], truncated: false }
  }

  async exemplars(): Promise<[]> {
    return []
  }

  metadata(): ReadonlyMap<string, []> {
    return new Map()
  }
}

function matchesAll(
  { matchers }: { readonly matchers: readonly Matcher[] },
  labels: Labels,
): boolean {
  return matchers.every((matcher) => matcher.matches(labels.get(matcher.name)))
}

function columnOf(values: readonly LoadedValue[]): Float64Array {
  const column = Float64Array.from(values, (value) => (typeof value === 'number' ? value : 0))
  const words = wordsOf(column)
  values.forEach((value, index) => {
    if (value === 'stale') writeStale(words, index)
  })
  return column
}
