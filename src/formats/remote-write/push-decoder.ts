import { Labels } from '../../model/labels.ts'
import type {
  Exemplar,
  MetricMetadata,
  NativeHistogramSample,
  SampleBatch,
} from '../../model/samples.ts'
import { ByteWriter } from '../byte-writer.ts'
import { SeriesCache } from '../prometheus-text/series-cache.ts'
import { decodeSnappy, SnappyScratch } from '../snappy/decode.ts'
import { decodeInPieces, SERIES_PER_PIECE, type SeriesResolver } from './decode.ts'
import { writeLabels } from './encode.ts'
import { FreshSeries } from './fresh-series.ts'
import { SampleColumns, type RejectedSeries } from './sample-columns.ts'

export interface PushDecoderOptions {
  /** The largest request, decompressed. */
  readonly maxBytes: number
  /** How many series are remembered between requests; past it the ones not seen lately are forgotten. */
  readonly maxSeries?: number
  /**
   * Asked about each new series after its request was handed on, when the next one comes: a series that was taken by nobody is
   * not remembered, so that a flood of series that are all refused leaves nothing behind. By default all are remembered.
   */
  readonly isTaken?: (labels: Labels) => boolean
}

/** A decoded request. The batch owns its memory. */
export interface DecodedPush {
  readonly batch: SampleBatch
  /** Series left out because of their labels, at most the first 100. */
  readonly rejected: readonly RejectedSeries[]
  /** Samples and histograms of all of those. */
  readonly rejectedCount: number
}

const DEFAULT_MAX_SERIES = 200_000

/**
 * Decodes remote write 1.0 requests, one after the other, and remembers their series: a series that comes again has the same
 * `Labels` object again, found by its raw bytes, without a string being made. `decode` throws a `Problem`: `bad_data` for
 * anything malformed, `limit` for a request that is too large.
 */
export class PushDecoder implements SeriesResolver {
  readonly #maxBytes: number
  readonly #maxSeries: number
  readonly #isTaken: (labels: Labels) => boolean
  readonly #cache = new SeriesCache()
  /** New in the last request. */
  readonly #fresh = new FreshSeries()
  readonly #scratch = new SnappyScratch()
  readonly #columns = new SampleColumns()
  readonly #labels: Labels[] = []
  readonly #freeIds: number[] = []
  /** Where in the batch being built a series stands, valid where `#request` says so. */
  #place = new Int32Array(1024)
  #request = new Uint32Array(1024)
  #requestNumber = 0
  readonly #spelling = new ByteWriter()
  readonly #spellingPart = new ByteWriter()
  /** Resolves when the request that came last is decoded. */
  #last: Promise<unknown> = Promise.resolve()
  #isUnderWay = false

  constructor(options: PushDecoderOptions) {
    this.#maxBytes = options.maxBytes
    this.#maxSeries = options.maxSeries ?? DEFAULT_MAX_SERIES
    this.#isTaken = options.isTaken ?? (() => true)
  }

  /** Number of series remembered. */
  get size(): number {
    return this.#cache.size + this.#fresh.size
  }

  /** `compressed` is the body of the request: one Snappy block. Not to be called while `decodeInTurn` is under way. */
  decode(compressed: Uint8Array): DecodedPush {
    const pieces = this.#begin(compressed)
    try {
      while (pieces.next().done !== true);
    } finally {
      // A request may be large: nothing of it is held until the next.
      this.#cache.rewind()
    }
    return this.#finish()
  }

  /**
   * The same in pieces, after the requests that came before. `rest` is told how many series a piece had, and how many of them were
   * new; where it answers a promise, that is waited for. Rejects with what `decode` throws.
   */
  decodeInTurn(
    compressed: Uint8Array,
    rest: (series: number, newSeries: number) => Promise<void> | undefined,
  ): Promise<DecodedPush> {
    const decoding = this.#last.then(() => this.#decodeInPieces(compressed, rest))
    this.#last = decoding.catch(() => undefined)
    return decoding
  }

  async #decodeInPieces(
    compressed: Uint8Array,
    rest: (series: number, newSeries: number) => Promise<void> | undefined,
  ): Promise<DecodedPush> {
    this.#isUnderWay = true
    try {
      const pieces = this.#begin(compressed)
      let known = this.#fresh.size
      while (pieces.next().done !== true) {
        const waiting = rest(SERIES_PER_PIECE, this.#fresh.size - known)
        known = this.#fresh.size
        if (waiting !== undefined) await waiting
      }
      return this.#finish()
    } finally {
      this.#cache.rewind()
      this.#isUnderWay = false
    }
  }

  #begin(compressed: Uint8Array): Generator<void, void, void> {
    this.#settle()
    if (this.#cache.size > this.#maxSeries) this.#forgetUnseen()
    if (this.#cache.size > this.#maxSeries) this.#forgetAll()
    const bytes = decodeSnappy(compressed, this.#maxBytes, this.#scratch)
    this.#columns.clear()
    return decodeInPieces(bytes, this, this.#columns)
  }

  #finish(): DecodedPush {
    const columns = this.#columns
    return {
      batch: this.#toBatch(columns),
      rejected: columns.rejected.slice(),
      rejectedCount: columns.rejectedCount,
    }
  }

  /** Forgets the series that did not come since the last call. To be called from time to time. */
  forgetUnseen(): void {
    // Between two pieces of a request the series are not as they seem; the next time will do.
    if (!this.#isUnderWay) this.#forgetUnseen()
  }

  #forgetUnseen(): void {
    this.#settle()
    for (const id of this.#cache.sweep()) this.#release(id)
    if (this.#cache.size === 0) this.#forgetAll()
  }

  lookup(bytes: Uint8Array, start: number, end: number, hashLow: number): number {
    const known = this.#cache.lookup(bytes, start, end, hashLow)
    return known === -1 ? this.#fresh.lookup(bytes, start, end, hashLow) : known
  }

  predict(bytes: Uint8Array, at: number, limit: number): number {
    return this.#cache.predict(bytes, at, limit)
  }

  confirm(): number {
    this.#cache.confirm()
    return this.#cache.predictedId
  }

  add(labels: Labels, bytes: Uint8Array, start: number, end: number, hashLow: number): number {
    this.#spelling.clear()
    writeLabels(this.#spelling, this.#spellingPart, labels)
    const usual = this.#spelling.finish()
    if (isSame(usual, bytes, start, end)) {
      return this.#insert(labels, bytes, start, end, hashLow)
    }
    // Another spelling of the same labels, e.g. in another order: one set of labels has one number, that of the usual spelling.
    const hash = this.#cache.hash(usual, 0, usual.length)
    const known = this.lookup(usual, 0, usual.length, hash)
    return known === -1 ? this.#insert(labels, usual, 0, usual.length, hash) : known
  }

  #insert(labels: Labels, bytes: Uint8Array, start: number, end: number, hash: number): number {
    const id = this.#freeIds.pop() ?? this.#labels.length
    // The array that labels are read into has room for more.
    this.#labels[id] = Labels.fromSortedFlat(labels.flat.slice())
    this.#fresh.add(bytes, start, end, hash, id)
    return id
  }

  /** Remembers what was new in the last request, where it was taken. */
  #settle(): void {
    if (this.#fresh.size === 0) return
    this.#fresh.drain((bytes, start, end, hash, id) => {
      if (this.#isTaken(this.#labels[id] as Labels)) {
        this.#cache.insert(bytes, start, end, hash, id)
      } else this.#release(id)
    })
    this.#cache.rewind()
  }

  #release(id: number): void {
    this.#labels[id] = Labels.EMPTY
    this.#freeIds.push(id)
  }

  #forgetAll(): void {
    this.#cache.clear()
    this.#labels.length = 0
    this.#freeIds.length = 0
  }

  #toBatch(columns: SampleColumns): SampleBatch {
    const series: Labels[] = []
    const places = this.#startPlaces(series)
    const rows = columns.length
    const seriesIndex = new Uint32Array(rows)
    for (let row = 0; row < rows; row++) seriesIndex[row] = places(columns.series[row] as number)
    const labelsOf = (id: number): Labels => this.#labels[id] as Labels
    const exemplars: Exemplar[] = columns.exemplars.map((exemplar) => {
      const { labels, value, timestampMs } = exemplar
      return { series: labelsOf(exemplar.series), labels, value, timestampMs }
    })
    const histograms: NativeHistogramSample[] = columns.histograms.map((histogram) => {
      const { timestampMs, data } = histogram
      return { series: labelsOf(histogram.series), timestampMs, data }
    })
    const metadata: readonly MetricMetadata[] = columns.metadata.slice()
    return {
      series,
      seriesIndex,
      timestampsMs: columns.timestampsMs.slice(0, rows),
      values: columns.values.slice(0, rows),
      ...(exemplars.length > 0 ? { exemplars } : {}),
      ...(histograms.length > 0 ? { histograms } : {}),
      ...(metadata.length > 0 ? { metadata } : {}),
    }
  }

  /** A function from a series' number to its place in `series`, which it fills in order of first use. */
  #startPlaces(series: Labels[]): (id: number) => number {
    if (this.#place.length < this.#labels.length) {
      this.#place = new Int32Array(this.#labels.length * 2)
      this.#request = new Uint32Array(this.#labels.length * 2)
    }
    const place = this.#place
    const request = this.#request
    const number = ++this.#requestNumber
    return (id) => {
      if (request[id] !== number) {
        request[id] = number
        place[id] = series.length
        series.push(this.#labels[id] as Labels)
      }
      return place[id] as number
    }
  }
}

function isSame(expected: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (expected.length !== end - start) return false
  for (let i = 0; i < expected.length; i++) if (expected[i] !== bytes[start + i]) return false
  return true
}

/** Decodes one request on its own, as `PushDecoder.decode` does. */
export function decodeWriteRequestToBatch(compressed: Uint8Array, maxBytes: number): DecodedPush {
  return new PushDecoder({ maxBytes }).decode(compressed)
}
