import type { Labels } from '../../model/labels.ts'
import type { Exemplar, MetricMetadata, SampleBatch, SampleSink } from '../../model/samples.ts'
import { wordsOf, writeStale } from '../../model/stale.ts'

/** So many rows go to the sink at once: a few milliseconds of work. */
const ROWS_PER_OFFER = 4096
/** Exemplars of one collection: they are rows of their own in the store. */
const MOST_EXEMPLARS = 1000

/** Gathers samples and offers them to a sink in portions. */
export class SampleWriter {
  readonly #sink: SampleSink
  readonly #placeOf = new Map<Labels, number>()
  #series: Labels[] = []
  readonly #seriesIndex = new Uint32Array(ROWS_PER_OFFER)
  readonly #timestampsMs = new Float64Array(ROWS_PER_OFFER)
  readonly #values = new Float64Array(ROWS_PER_OFFER)
  readonly #words = wordsOf(this.#values)
  #metadata: readonly MetricMetadata[]
  #exemplars: Exemplar[] = []
  #exemplarsLeft = MOST_EXEMPLARS
  #pending = 0
  #rows = 0

  /** `metadata` goes with the first portion. */
  constructor(sink: SampleSink, metadata: readonly MetricMetadata[] = []) {
    this.#sink = sink
    this.#metadata = metadata
  }

  /** Rows so far. */
  get rows(): number {
    return this.#rows
  }

  get hasRoomForExemplar(): boolean {
    return this.#exemplarsLeft > 0
  }

  add(series: Labels, timestampMs: number, value: number): void {
    this.#values[this.#put(series, timestampMs)] = value
  }

  /** Marks a series as ended. */
  end(series: Labels, timestampMs: number): void {
    writeStale(this.#words, this.#put(series, timestampMs))
  }

  /** Of a series that was just added. */
  addExemplar(exemplar: Exemplar): void {
    this.#exemplarsLeft--
    this.#exemplars.push(exemplar)
  }

  /** Offers what is left. Throws what the sink throws while it is away. */
  flush(): void {
    if (this.#pending === 0) return
    const batch: SampleBatch = {
      series: this.#series,
      seriesIndex: this.#seriesIndex.slice(0, this.#pending),
      timestampsMs: this.#timestampsMs.slice(0, this.#pending),
      values: this.#values.slice(0, this.#pending),
      exemplars: this.#exemplars,
      metadata: this.#metadata,
    }
    this.#metadata = []
    this.#series = []
    this.#exemplars = []
    this.#placeOf.clear()
    this.#pending = 0
    this.#sink.offer(batch)
  }

  /** The row that is now the newest. */
  #put(series: Labels, timestampMs: number): number {
    if (this.#pending === ROWS_PER_OFFER) this.flush()
    let place = this.#placeOf.get(series)
    if (place === undefined) {
      place = this.#series.push(series) - 1
      this.#placeOf.set(series, place)
    }
    const row = this.#pending++
    this.#rows++
    this.#seriesIndex[row] = place
    this.#timestampsMs[row] = timestampMs
    return row
  }
}
