import type { Labels } from '../../model/labels.ts'
import { formatMatcher, type Matcher } from '../../model/matcher.ts'
import type { AppendResult, SampleBatch, SampleSink } from '../../model/samples.ts'
import type {
  MetricsSource,
  QueryBounds,
  SelectRequest,
  SeriesColumns,
} from '../../store/metrics-source.ts'
import { MemorySeries } from '../rules/memory-series.ts'
import type { StoredHistory } from './history.ts'

/** What was read of one selector: whole from `fromMs` to `toMs`. */
interface Read {
  readonly series: MemorySeries
  fromMs: number
  toMs: number
  /** The earliest moment that was asked for since the last window. */
  askedMs: number
  /** Reads of one selector come one after the other: the next one may find what it needs. */
  turn: Promise<void>
}

const TAKEN: AppendResult = { accepted: 0, rejected: [], rejectedCount: 0 }

/**
 * What rules see that need results of other rules: those results, which are in memory, and stored samples, which are read ahead
 * a window at a time. Of series that the rules of the backtest write, nothing stored is seen.
 */
export class DerivedSource implements MetricsSource, SampleSink {
  readonly #history: StoredHistory
  /** Metrics that rules of the backtest write, as far as they are read. */
  readonly #recorded: ReadonlySet<string>
  readonly #alertNames: ReadonlySet<string>
  readonly #own = new MemorySeries()
  readonly #reads = new Map<string, Read>()
  #windowEndMs = 0

  constructor(
    history: StoredHistory,
    recorded: ReadonlySet<string>,
    alertNames: ReadonlySet<string>,
  ) {
    this.#history = history
    this.#recorded = recorded
    this.#alertNames = alertNames
  }

  /** The replay goes on to a time: stored samples are read until then at once. What is older than needed is forgotten. */
  openWindow(startMs: number, endMs: number, reachMs: number): void {
    this.#windowEndMs = endMs
    this.#own.forgetBefore(startMs - reachMs)
    for (const read of this.#reads.values()) {
      read.series.forgetBefore(read.askedMs)
      read.fromMs = Math.max(read.fromMs, read.askedMs)
      read.askedMs = Infinity
    }
  }

  offer(batch: SampleBatch): AppendResult {
    const [first] = batch.series
    if (first === undefined) return TAKEN
    // All samples of a rule have one name, but for those of alerts, which have two.
    return batch.series.some((labels) => this.#recorded.has(labels.name))
      ? this.#own.offer(batch)
      : TAKEN
  }

  append(batch: SampleBatch): Promise<AppendResult> {
    return Promise.resolve(this.offer(batch))
  }

  async select(request: SelectRequest, bounds: QueryBounds): Promise<SeriesColumns> {
    const own = await this.#own.select(request, bounds)
    const name = request.matchers.find((m) => m.name === '__name__' && m.op === '=')
    if (name !== undefined && this.#isOwnName(name.value)) return own
    const read = await this.#readUntil(request)
    const stored = await read.series.select(request, bounds)
    return own.labels.length === 0 ? stored : join(own, stored)
  }

  estimateSamples(): number {
    return 0
  }

  selectGrid(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  series() {
    return this.#own.series()
  }

  labelNames() {
    return this.#own.labelNames()
  }

  labelValues() {
    return this.#own.labelValues()
  }

  exemplars() {
    return this.#own.exemplars()
  }

  metadata() {
    return this.#own.metadata()
  }

  /** Alerts of other rules have these names too. */
  #isOwnName(name: string): boolean {
    return this.#recorded.has(name) && name !== 'ALERTS' && name !== 'ALERTS_FOR_STATE'
  }

  async #readUntil(request: SelectRequest): Promise<Read> {
    const { matchers, startMs, endMs } = request
    const key = matchers.map(formatMatcher).join()
    const toMs = Math.max(endMs, this.#windowEndMs)
    let read = this.#reads.get(key)
    if (read === undefined) {
      read = {
        series: new MemorySeries(),
        fromMs: startMs,
        toMs: startMs - 1,
        askedMs: Infinity,
        turn: Promise.resolve(),
      }
      this.#reads.set(key, read)
    }
    read.askedMs = Math.min(read.askedMs, startMs)
    const reading = this.#extend(read, request, toMs)
    read.turn = reading.catch(() => undefined)
    await reading
    return read
  }

  async #extend(
    read: Read,
    { matchers, startMs, endMs }: SelectRequest,
    toMs: number,
  ): Promise<void> {
    await read.turn
    if (startMs < read.fromMs) {
      await this.#load(read, matchers, startMs, read.fromMs - 1)
      read.fromMs = startMs
    }
    if (endMs > read.toMs) {
      await this.#load(read, matchers, read.toMs + 1, toMs)
      read.toMs = toMs
    }
  }

  async #load(
    { series }: Read,
    matchers: readonly Matcher[],
    startMs: number,
    endMs: number,
  ): Promise<void> {
    const columns = await this.#history.samples(matchers, startMs, endMs)
    const { labels, offsets, timestampsMs, values } = columns
    const seriesIndex = new Uint32Array(values.length)
    for (let i = 0; i < labels.length; i++) {
      seriesIndex.fill(i, offsets[i], offsets[i + 1])
    }
    const isOwn = labels.map((each) => this.#isWrittenHere(each))
    if (!isOwn.includes(true)) {
      series.offer({ series: labels, seriesIndex, timestampsMs, values })
      return
    }
    const rows = Uint32Array.from(values.keys()).filter((row) => !isOwn[seriesIndex[row] as number])
    series.offer({
      series: labels,
      seriesIndex: rows.map((row) => seriesIndex[row] as number),
      timestampsMs: Float64Array.from(rows, (row) => timestampsMs[row] as number),
      values: Float64Array.from(rows, (row) => values[row] as number),
    })
  }

  #isWrittenHere(labels: Labels): boolean {
    if (this.#isOwnName(labels.name)) return true
    return this.#recorded.has(labels.name) && this.#alertNames.has(labels.get('alertname'))
  }
}

function join(a: SeriesColumns, b: SeriesColumns): SeriesColumns {
  const offsets = new Uint32Array(a.labels.length + b.labels.length + 1)
  offsets.set(a.offsets)
  const shift = a.values.length
  for (let i = 0; i < b.offsets.length; i++) {
    offsets[a.labels.length + i] = (b.offsets[i] as number) + shift
  }
  const timestampsMs = new Float64Array(shift + b.timestampsMs.length)
  timestampsMs.set(a.timestampsMs)
  timestampsMs.set(b.timestampsMs, shift)
  const values = new Float64Array(shift + b.values.length)
  values.set(a.values)
  values.set(b.values, shift)
  return { labels: [...a.labels, ...b.labels], offsets, timestampsMs, values }
}
