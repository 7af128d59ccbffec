import type { Labels } from '../../model/labels.ts'
import type { MetricType } from '../../model/samples.ts'
import { BytesHash } from '../bytes-hash.ts'
import { ProtoReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../proto-reader.ts'
import { decodeUtf8 } from '../text-codec.ts'
import { readLabels, readSeriesLabels } from './read-labels.ts'
import type { SampleColumns } from './sample-columns.ts'

/** From the raw bytes of a series' labels to the number under which the caller knows it. */
export interface SeriesResolver {
  /** The number of the series whose label fields are `bytes[start..end)`, or -1 when it is not known. */
  lookup(bytes: Uint8Array, start: number, end: number, hashLow: number, hashHigh: number): number
  /**
   * Takes a new series and returns its number, or -1 to leave its samples out. The bytes belong to the request: copy them.
   */
  add(
    labels: Labels,
    bytes: Uint8Array,
    start: number,
    end: number,
    hashLow: number,
    hashHigh: number,
  ): number
  /**
   * A guess that spares the hash: where the label fields of the expected series end when they stand at `at`, else -1. Before the
   * end can be trusted, the decoder looks at what follows; then it calls `confirm`.
   */
  predict?(bytes: Uint8Array, at: number, limit: number): number
  /** The number of the series that was predicted. */
  confirm?(): number
}

const TAG_LABELS = 0x0a
const TAG_SAMPLES = 0x12
const TAG_EXEMPLARS = 0x1a
const TAG_HISTOGRAMS = 0x22
const TAG_TIME_SERIES = 0x0a
const TAG_METADATA = 0x1a
const TAG_VALUE = 0x09
const TAG_TIMESTAMP = 0x10
/** New ones take some half a millisecond. */
export const SERIES_PER_PIECE = 100
const UNKNOWN = -1
const REJECTED = -2

const METRIC_TYPES: readonly MetricType[] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
]

/**
 * Decodes a `prometheus.WriteRequest` (prompb/remote.proto, remote write 1.0), already decompressed, and appends its rows to
 * `into`. A series with bad labels is left out and told in `into.rejected`. Throws a `Problem` of code `bad_data` on malformed
 * protobuf; what `into` holds then is a part of the request, to be thrown away.
 */
export function decodeWriteRequest(
  bytes: Uint8Array,
  resolver: SeriesResolver,
  into: SampleColumns,
): void {
  const pieces = decodeInPieces(bytes, resolver, into)
  while (pieces.next().done !== true);
}

/** The same with a stop after every so many series, for whoever has others to attend to in between. */
export function* decodeInPieces(
  bytes: Uint8Array,
  resolver: SeriesResolver,
  into: SampleColumns,
): Generator<void, void, void> {
  const decoder = new TimeSeriesDecoder(bytes, resolver, into)
  const { reader } = decoder
  const end = bytes.length
  let untilStop = SERIES_PER_PIECE
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === TAG_TIME_SERIES) {
      decoder.timeSeries(reader.delimited(end))
      if (--untilStop > 0) continue
      untilStop = SERIES_PER_PIECE
      yield
    } else if (tag === TAG_METADATA) readMetadata(reader, reader.delimited(end), into)
    else {
      if (tag >>> 3 === 1) reader.expect(tag & 7, WIRE_BYTES, 'WriteRequest.timeseries')
      reader.skip(tag, end)
    }
  }
}

function readMetadata(reader: ProtoReader, end: number, into: SampleColumns): void {
  let type: MetricType = 'unknown'
  const texts = ['', '', '', '', '', '']
  while (reader.position < end) {
    const tag = reader.varint32(end)
    const field = tag >>> 3
    if (tag === TAG_TYPE) type = METRIC_TYPES[reader.int64(end)] ?? 'unknown'
    else if (field >= 2 && field <= 5) {
      reader.expect(tag & 7, WIRE_BYTES, 'MetricMetadata')
      const textEnd = reader.delimited(end)
      texts[field] = decodeUtf8(reader.bytes, reader.position, textEnd)
      reader.position = textEnd
    } else reader.skip(tag, end)
  }
  const [, , family = '', , help = '', unit = ''] = texts
  if (family !== '') into.metadata.push({ family, type, help, unit })
}

const TAG_TYPE = 0x08
const HISTOGRAM_TIMESTAMP = (15 << 3) | WIRE_VARINT

class TimeSeriesDecoder {
  readonly reader: ProtoReader
  readonly #bytes: Uint8Array
  readonly #resolver: SeriesResolver
  readonly #into: SampleColumns
  readonly #hash = new BytesHash()

  constructor(bytes: Uint8Array, resolver: SeriesResolver, into: SampleColumns) {
    this.reader = new ProtoReader(bytes)
    this.#bytes = bytes
    this.#resolver = resolver
    this.#into = into
  }

  /** Reads the TimeSeries message from the reader's position to `end`. */
  timeSeries(end: number): void {
    const { reader } = this
    const start = reader.position
    let series = this.#predict(start, end)
    let labelsEnd = reader.position
    if (series === UNKNOWN) {
      labelsEnd = this.#skipLabels(start, end)
      series = this.#resolve(this.#bytes, reader.view, start, labelsEnd)
    }
    if (series >= 0) {
      if (this.#readRows(series, end)) return
      series = UNKNOWN
    }
    this.#readUncommon(series, start, labelsEnd, end)
  }

  #predict(start: number, end: number): number {
    const resolver = this.#resolver
    if (resolver.predict === undefined || resolver.confirm === undefined) return UNKNOWN
    const labelsEnd = resolver.predict(this.#bytes, start, end)
    if (labelsEnd === -1 || (labelsEnd < end && this.#bytes[labelsEnd] === TAG_LABELS))
      return UNKNOWN
    this.reader.position = labelsEnd
    return resolver.confirm()
  }

  /** Steps over the label fields at the beginning, where every known sender puts them. */
  #skipLabels(start: number, end: number): number {
    const { reader } = this
    const bytes = this.#bytes
    reader.position = start
    while (reader.position < end && bytes[reader.position] === TAG_LABELS) {
      reader.position++
      reader.position = reader.delimited(end)
    }
    return reader.position
  }

  /** The series of these labels, new or known; UNKNOWN when the resolver does not take it, REJECTED when they are bad. */
  #resolve(bytes: Uint8Array, view: DataView, start: number, end: number): number {
    const hash = this.#hash
    hash.update(view, start, end)
    const known = this.#resolver.lookup(bytes, start, end, hash.low, hash.high)
    if (known !== -1) return known
    const { labels, fault } = readSeriesLabels(bytes, start, end)
    if (fault !== '') return REJECTED
    return this.#resolver.add(labels, bytes, start, end, hash.low, hash.high)
  }

  /**
   * Reads what follows the labels. False when more labels follow: then nothing was added, and the message must be read the
   * other way.
   */
  #readRows(series: number, end: number): boolean {
    const { reader } = this
    const into = this.#into
    const rows = into.length
    const exemplars = into.exemplars.length
    const histograms = into.histograms.length
    while (reader.position < end) {
      const tag = reader.varint32(end)
      switch (tag) {
        case TAG_SAMPLES:
          this.#readSample(series, reader.delimited(end))
          break
        case TAG_EXEMPLARS:
          this.#readExemplar(series, reader.delimited(end))
          break
        case TAG_HISTOGRAMS:
          this.#readHistogram(series, reader.delimited(end))
          break
        case TAG_LABELS:
          into.length = rows
          into.exemplars.length = exemplars
          into.histograms.length = histograms
          return false
        default:
          if (tag >>> 3 <= 4) reader.expect(tag & 7, WIRE_BYTES, 'TimeSeries')
          reader.skip(tag, end)
      }
    }
    return true
  }

  #readSample(series: number, end: number): void {
    const { reader } = this
    let low = 0
    let high = 0
    let timestampMs = 0
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === TAG_VALUE) {
        reader.fixed64(end)
        low = reader.low
        high = reader.high
      } else if (tag === TAG_TIMESTAMP) timestampMs = reader.int64(end)
      else {
        if (tag >>> 3 === 1) reader.expect(tag & 7, WIRE_FIXED64, 'Sample.value')
        if (tag >>> 3 === 2) reader.expect(tag & 7, WIRE_VARINT, 'Sample.timestamp')
        reader.skip(tag, end)
      }
    }
    this.#into.add(series, timestampMs, low, high)
  }

  /** Exemplars with bad labels are left out: Prometheus never fails a request for an exemplar. */
  #readExemplar(series: number, end: number): void {
    const { reader } = this
    const fields: Uint8Array[] = []
    let value = 0
    let timestampMs = 0
    while (reader.position < end) {
      const from = reader.position
      const tag = reader.varint32(end)
      if (tag === 0x0a) {
        reader.position = reader.delimited(end)
        fields.push(this.#bytes.subarray(from, reader.position))
      } else if (tag === 0x11) {
        reader.fixed64(end)
        value = reader.view.getFloat64(reader.position - 8, true)
      } else if (tag === 0x18) timestampMs = reader.int64(end)
      else reader.skip(tag, end)
    }
    const joined = join(fields)
    const { labels, fault } = readLabels(joined, 0, joined.length)
    if (fault === '') this.#into.exemplars.push({ series, labels, value, timestampMs })
  }

  #readHistogram(series: number, end: number): void {
    const { reader } = this
    const data = this.#bytes.slice(reader.position, end)
    let timestampMs = 0
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === HISTOGRAM_TIMESTAMP) timestampMs = reader.int64(end)
      else reader.skip(tag, end)
    }
    this.#into.histograms.push({ series, timestampMs, data })
  }

  /**
   * The ways that no usual sender takes: labels after or between other fields, labels that are bad, series that are not taken.
   * The label fields are put together and resolved anew, and the rest is read with its outcome.
   */
  #readUncommon(series: number, start: number, labelsEnd: number, end: number): void {
    const fields: Uint8Array[] = []
    const rest: Uint8Array[] = []
    const { reader } = this
    reader.position = start
    while (reader.position < end) {
      const from = reader.position
      const tag = reader.varint32(end)
      reader.skip(tag, end)
      ;(tag === TAG_LABELS ? fields : rest).push(this.#bytes.subarray(from, reader.position))
    }
    const labels = join(fields)
    let outcome = series
    if (labels.length !== labelsEnd - start) {
      outcome = this.#resolve(labels, new DataView(labels.buffer), 0, labels.length)
    }
    const rows = join(rest)
    if (outcome >= 0) {
      new TimeSeriesDecoder(rows, this.#resolver, this.#into).#readRows(outcome, rows.length)
    } else this.#count(outcome, labels, rows)
  }

  /** Counts the rows of a series that is left out. */
  #count(outcome: number, labelBytes: Uint8Array, rows: Uint8Array): void {
    const into = this.#into
    const before = into.length
    const exemplars = into.exemplars.length
    const histograms = into.histograms.length
    new TimeSeriesDecoder(rows, this.#resolver, into).#readRows(0, rows.length)
    const samples = into.length - before + (into.histograms.length - histograms)
    const first = into.timestampsMs[before] ?? 0
    const timestampMs =
      into.length > before ? first : (into.histograms[histograms]?.timestampMs ?? 0)
    into.length = before
    into.exemplars.length = exemplars
    into.histograms.length = histograms
    if (outcome !== REJECTED) {
      into.untakenCount += samples
      return
    }
    const { labels, fault } = readSeriesLabels(labelBytes, 0, labelBytes.length)
    into.reject({ labels, message: fault, samples, timestampMs })
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  let sizeBytes = 0
  for (const part of parts) sizeBytes += part.length
  const joined = new Uint8Array(sizeBytes)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
