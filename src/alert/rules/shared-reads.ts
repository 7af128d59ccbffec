import type { Labels } from '../../model/labels.ts'
import { formatMatcher, type Matcher } from '../../model/matcher.ts'
import type {
  MetricsSource,
  NameQuery,
  QueryBounds,
  SelectRequest,
  SeriesColumns,
} from '../../store/metrics-source.ts'

/** Columns that others look at as well: nobody may give their memory back. */
function keep({ labels, offsets, timestampsMs, values }: SeriesColumns): SeriesColumns {
  return { labels, offsets, timestampsMs, values }
}

/** Samples kept at once; more are read again. */
const MAX_KEPT_SAMPLES = 4_000_000

interface Read {
  readonly matchers: readonly Matcher[]
  readonly columns: Promise<SeriesColumns>
}

/**
 * A source that reads once what several rules of an evaluation ask for: many look at the same series at the same moment, and
 * reading is half of their price. Nothing is kept while no evaluation is under way.
 */
export class SharedReads implements MetricsSource {
  readonly #source: MetricsSource
  readonly portions?: NonNullable<MetricsSource['portions']>
  readonly mayHaveHistograms?: NonNullable<MetricsSource['mayHaveHistograms']>
  readonly selectHistograms?: NonNullable<MetricsSource['selectHistograms']>
  readonly #reads = new Map<string, Read>()
  #keptSamples = 0
  #evaluations = 0

  constructor(source: MetricsSource) {
    this.#source = source
    const portions = source.portions?.bind(source)
    if (portions !== undefined) this.portions = portions
    // Read for each rule that asks: histograms go into a table of the query.
    const mayHaveHistograms = source.mayHaveHistograms?.bind(source)
    const selectHistograms = source.selectHistograms?.bind(source)
    if (mayHaveHistograms !== undefined) this.mayHaveHistograms = mayHaveHistograms
    if (selectHistograms !== undefined) this.selectHistograms = selectHistograms
  }

  /** An evaluation begins; `leave` ends it. */
  enter(): void {
    this.#evaluations++
  }

  leave(): void {
    this.#evaluations--
    if (this.#evaluations === 0) this.#forgetAll()
  }

  /** Series have new samples: what was read of them is forgotten. */
  written(series: readonly Labels[]): void {
    for (const [key, { matchers }] of this.#reads) {
      const isRead = series.some((labels) => matchers.every((m) => m.matches(labels.get(m.name))))
      if (isRead) this.#reads.delete(key)
    }
  }

  select(request: SelectRequest, bounds: QueryBounds): Promise<SeriesColumns> {
    if (this.#evaluations === 0) return this.#source.select(request, bounds)
    const { matchers, startMs, endMs } = request
    const key = `${startMs} ${endMs} ${matchers.map(formatMatcher).join()}`
    const known = this.#reads.get(key)
    if (known !== undefined) return known.columns
    const columns = this.#source.select(request, bounds).then(keep)
    const read = { matchers, columns }
    this.#reads.set(key, read)
    columns.then(
      ({ values }) => this.#keep(values.length),
      () => {
        // A query that was ended must not end those that ask the same.
        if (this.#reads.get(key) === read) this.#reads.delete(key)
      },
    )
    return columns
  }

  estimateSamples(request: SelectRequest): number {
    return this.#source.estimateSamples(request)
  }

  selectGrid(...args: Parameters<MetricsSource['selectGrid']>) {
    return this.#source.selectGrid(...args)
  }

  series(query: NameQuery, bounds: QueryBounds) {
    return this.#source.series(query, bounds)
  }

  labelNames(query: NameQuery, bounds: QueryBounds) {
    return this.#source.labelNames(query, bounds)
  }

  labelValues(label: string, query: NameQuery, bounds: QueryBounds) {
    return this.#source.labelValues(label, query, bounds)
  }

  exemplars(request: SelectRequest, bounds: QueryBounds) {
    return this.#source.exemplars(request, bounds)
  }

  metadata(...args: Parameters<MetricsSource['metadata']>) {
    return this.#source.metadata(...args)
  }

  #keep(samples: number): void {
    this.#keptSamples += samples
    if (this.#keptSamples > MAX_KEPT_SAMPLES) this.#forgetAll()
  }

  #forgetAll(): void {
    this.#reads.clear()
    this.#keptSamples = 0
  }
}
