import { Problem } from '../../model/problem.ts'
import { ScrapePage } from '../prometheus-text/page.ts'
import { ProtoReader, WIRE_VARINT } from '../proto-reader.ts'
import { encodeUtf8 } from '../text-codec.ts'
import { enter, forget, note, type Part } from './metric-fields.ts'
import { NativeDraft, readCount, readDouble, type NativeBounds } from './native-draft.ts'
import { readExemplar, readLabelPair } from './read-exemplar.ts'
import type { SeriesText } from './series-text.ts'

const COUNTER = 0
const NO_SUFFIX = new Uint8Array(0)
const COUNT = encodeUtf8('_count')
const SUM = encodeUtf8('_sum')
const BUCKET = encodeUtf8('_bucket')
const LE = encodeUtf8('le="')
const QUANTILE = encodeUtf8('quantile="')
/** By type of `MetricFamily`: the field of `Metric` that has the value. */
const VALUE_FIELDS = [3, 2, 4, 5, 7, 7]
const SUMMARY = 2
const HISTOGRAM = 4
const GAUGE_HISTOGRAM = 5
const HISTOGRAM_BYTES = 200

/** Which parts of histograms are taken. */
export interface HistogramChoice extends NativeBounds {
  /** `scrape_native_histograms`; otherwise native parts are passed over. */
  readonly takesNative: boolean
  /** `always_scrape_classic_histograms`: classic buckets are taken beside a native histogram, too. */
  readonly keepsClassic: boolean
}

/** The family whose metrics are read. */
interface Family {
  /** Where its escaped name stands in the text. */
  readonly nameStart: number
  readonly nameEnd: number
  readonly isClassic: boolean
  /** The number of `io.prometheus.client.MetricType`. */
  readonly type: number
}

interface Timing {
  readonly defaultTimestampMs: number
  readonly honorTimestamps: boolean
}

/** Reads the metrics of families, each one or several rows of a page. */
export class MetricReader {
  readonly #text: SeriesText
  readonly #choice: HistogramChoice
  readonly #draft = new NativeDraft()
  #reader = new ProtoReader(NO_SUFFIX)
  #page = new ScrapePage()
  #timing: Timing = { defaultTimestampMs: 0, honorTimestamps: true }
  #family: Family = { nameStart: 0, nameEnd: 0, isClassic: true, type: 0 }
  /** Of the metric that is read: its value's message, its time (0 is none). */
  readonly #value: Part = { start: 0, end: 0 }
  #timestampMs = 0
  /** The labels as text, of a metric with several rows. */
  #labelsStart = 0
  #labelsEnd = 0
  readonly #name: Part = { start: 0, end: 0 }
  readonly #labelValue: Part = { start: 0, end: 0 }
  /** Of a histogram or summary. */
  #count = 0
  #countFloat = 0
  #sum = 0
  #parts = 0
  #exemplars = 0

  constructor(text: SeriesText, choice: HistogramChoice) {
    this.#text = text
    this.#choice = choice
  }

  begin(reader: ProtoReader, page: ScrapePage, timing: Timing): void {
    this.#reader = reader
    this.#page = page
    this.#timing = timing
  }

  beginFamily(family: Family): void {
    this.#family = family
  }

  /** Reads the `Metric` from the reader's position to `end`. */
  read(end: number): void {
    const { nameStart, nameEnd, isClassic, type } = this.#family
    const text = this.#text
    if (type === SUMMARY || type === HISTOGRAM || type === GAUGE_HISTOGRAM) {
      this.#labelsStart = text.length
      this.#readHead(end)
      this.#labelsEnd = text.length
      if (type === SUMMARY) this.#readSummary()
      else this.#readHistogram()
      // The labels are not needed when the cache knew every row.
      if (text.length === this.#labelsEnd) text.length = this.#labelsStart
    } else {
      const start = text.open(nameStart, nameEnd, isClassic, NO_SUFFIX)
      this.#readHead(end)
      this.#readValue(this.#addRow(start, 0))
    }
    this.#reader.position = end
  }

  /** Writes the labels, and notes where the value stands. */
  #readHead(end: number): void {
    const reader = this.#reader
    const field = VALUE_FIELDS[this.#family.type] as number
    this.#timestampMs = 0
    forget(this.#value)
    while (reader.position < end) {
      const tag = reader.varint32(end)
      const at = tag >>> 3
      if (at === 1) {
        const labelEnd = enter(reader, tag & 7, end, 'Metric.label')
        this.#writeLabel(labelEnd)
        reader.position = labelEnd
      } else if (at === field) note(reader, tag & 7, end, 'of a value', this.#value)
      else if (at === 6) {
        reader.expect(tag & 7, WIRE_VARINT, 'Metric.timestamp_ms')
        this.#timestampMs = reader.int64(end)
      } else reader.skip(tag, end)
    }
  }

  #writeLabel(end: number): void {
    const reader = this.#reader
    const { bytes } = reader
    const text = this.#text
    // As clients write it: a short name, then a short value.
    const from = reader.position
    const nameStart = from + 2
    const nameEnd = nameStart + (bytes[from + 1] as number)
    const valueStart = nameEnd + 2
    const isUsual =
      valueStart <= end &&
      bytes[from] === 0x0a &&
      nameEnd - nameStart < 0x80 &&
      bytes[nameEnd] === 0x12 &&
      bytes[nameEnd + 1] === end - valueStart &&
      end - valueStart < 0x80
    let isGood = isUsual && text.label(bytes, nameStart, nameEnd, valueStart, end)
    if (!isUsual) {
      readLabelPair(reader, end, this.#name, this.#labelValue)
      const [name, value] = [this.#name, this.#labelValue]
      isGood = text.label(bytes, name.start, name.end, value.start, value.end)
    }
    if (!isGood) {
      throw new Problem('bad_data', 'invalid label name or value: it is empty or no UTF-8')
    }
  }

  /** Of a counter, a gauge or an untyped metric. */
  #readValue(row: number): void {
    const { type } = this.#family
    const reader = this.#reader
    const { end } = this.#value
    reader.position = this.#value.start
    while (reader.position < end) {
      const tag = reader.varint32(end)
      const field = tag >>> 3
      if (field === 1) this.#setValue(row, readDouble(reader, tag & 7, end))
      else if (field === 2 && type === COUNTER) {
        this.#addExemplar(row, enter(reader, tag & 7, end, 'Counter.exemplar'), false)
      } else reader.skip(tag, end)
    }
  }

  #readSummary(): void {
    const reader = this.#reader
    this.#readTotals(false)
    this.#addTotals()
    const { end } = this.#value
    reader.position = this.#value.start
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag >>> 3 !== 3) {
        reader.skip(tag, end)
        continue
      }
      const partEnd = reader.delimited(end)
      let quantile = 0
      let value = 0
      while (reader.position < partEnd) {
        const part = reader.varint32(partEnd)
        if (part >>> 3 === 1) quantile = readDouble(reader, part & 7, partEnd)
        else if (part >>> 3 === 2) value = readDouble(reader, part & 7, partEnd)
        else reader.skip(part, partEnd)
      }
      this.#addPart(NO_SUFFIX, QUANTILE, quantile, value)
    }
  }

  #readHistogram(): void {
    const { takesNative, keepsClassic } = this.#choice
    this.#readTotals(takesNative)
    const isNative = takesNative && this.#draft.isNative
    if (isNative) this.#addNative()
    if (isNative && !(keepsClassic && this.#parts > 0)) return
    this.#addTotals()
    this.#addBuckets()
  }

  /** Count, sum, the number of buckets or quantiles, and what is native of a histogram. */
  #readTotals(takesNative: boolean): void {
    const reader = this.#reader
    const isHistogram = this.#family.type !== SUMMARY
    const { end } = this.#value
    this.#count = 0
    this.#countFloat = 0
    this.#sum = 0
    this.#parts = 0
    this.#exemplars = 0
    if (takesNative) this.#draft.clear()
    reader.position = this.#value.start
    while (reader.position < end) {
      const tag = reader.varint32(end)
      const wire = tag & 7
      const field = tag >>> 3
      if (field === 1) this.#count = readCount(reader, wire, end)
      else if (field === 2) this.#sum = readDouble(reader, wire, end)
      else if (field === 3) {
        reader.position = enter(reader, wire, end, 'of a bucket or quantile')
        this.#parts++
      } else if (!isHistogram) reader.skip(tag, end)
      else if (field === 4) this.#countFloat = readDouble(reader, wire, end)
      else if (takesNative && field >= 5 && field <= 14) {
        this.#draft.readField(reader, field, wire, end)
      } else {
        if (field === 16) this.#exemplars++
        reader.skip(tag, end)
      }
    }
  }

  #addTotals(): void {
    this.#addPart(COUNT, undefined, 0, this.#countFloat !== 0 ? this.#countFloat : this.#count)
    this.#addPart(SUM, undefined, 0, this.#sum)
  }

  /** Up to that of +Inf, which is added where it is missing. */
  #addBuckets(): void {
    const reader = this.#reader
    const { end } = this.#value
    reader.position = this.#value.start
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag >>> 3 !== 3) {
        reader.skip(tag, end)
        continue
      }
      const partEnd = reader.delimited(end)
      let [bound, count, float, exemplarEnd, exemplarStart] = [0, 0, 0, 0, 0]
      while (reader.position < partEnd) {
        const part = reader.varint32(partEnd)
        const wire = part & 7
        const field = part >>> 3
        if (field === 1) count = readCount(reader, wire, partEnd)
        else if (field === 2) bound = readDouble(reader, wire, partEnd)
        else if (field === 3) {
          exemplarEnd = enter(reader, wire, partEnd, 'Bucket.exemplar')
          exemplarStart = reader.position
          reader.position = exemplarEnd
        } else if (field === 4) float = readDouble(reader, wire, partEnd)
        else reader.skip(part, partEnd)
      }
      const row = this.#addPart(BUCKET, LE, bound, float !== 0 ? float : count)
      if (exemplarEnd > 0) {
        reader.position = exemplarStart
        this.#addExemplar(row, exemplarEnd, false)
        reader.position = partEnd
      }
      if (bound === Infinity) return
    }
    const count = this.#countFloat !== 0 ? this.#countFloat : this.#count
    this.#addPart(BUCKET, LE, Infinity, count)
  }

  /** The whole histogram as one row. */
  #addNative(): void {
    const { maxBuckets, maxSchema } = this.#choice
    const { nameStart, nameEnd, isClassic, type } = this.#family
    const draft = this.#draft
    const text = this.#text
    const malformed = draft.malformed(this.#countFloat)
    if (malformed !== '') throw new Problem('bad_data', `histogram: ${malformed}`)
    const start = text.open(nameStart, nameEnd, isClassic, NO_SUFFIX)
    text.again(this.#labelsStart, this.#labelsEnd)
    const row = this.#addRow(start, NaN)
    text.written += HISTOGRAM_BYTES
    const page = this.#page
    const [count, float, sum] = [this.#count, this.#countFloat, this.#sum]
    const fault = draft.settle(count, float, sum, maxSchema)
    const isOverLimit = fault === '' && maxBuckets > 0 && !draft.limitBuckets(maxBuckets)
    const isTaken = fault === '' && !isOverLimit
    const timestampMs = page.timestampsMs[row] as number
    const isGauge = type === GAUGE_HISTOGRAM
    const data = isTaken ? draft.encode(count, float, sum, isGauge, timestampMs) : NO_SUFFIX
    text.written += data.length
    page.histograms.push({ row, data, fault, isOverLimit })
    this.#addNativeExemplars(row)
  }

  /** Its own, or those of its classic buckets where it has none. Without a time of their own they are not taken, as in Prometheus. */
  #addNativeExemplars(row: number): void {
    const reader = this.#reader
    const { end } = this.#value
    const wanted = this.#exemplars > 0 ? 16 : 3
    reader.position = this.#value.start
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag >>> 3 !== wanted) {
        reader.skip(tag, end)
        continue
      }
      const partEnd = enter(reader, tag & 7, end, 'of an exemplar')
      if (wanted === 16) {
        this.#addExemplar(row, partEnd, true)
        continue
      }
      while (reader.position < partEnd) {
        const part = reader.varint32(partEnd)
        if (part >>> 3 !== 3) reader.skip(part, partEnd)
        else this.#addExemplar(row, enter(reader, part & 7, partEnd, 'Bucket.exemplar'), true)
      }
    }
  }

  /** Adds a row of a metric that has several. */
  #addPart(
    suffix: Uint8Array,
    label: Uint8Array | undefined,
    bound: number,
    value: number,
  ): number {
    const { nameStart, nameEnd, isClassic } = this.#family
    const text = this.#text
    const start = text.open(nameStart, nameEnd, isClassic, suffix)
    text.again(this.#labelsStart, this.#labelsEnd)
    if (label !== undefined) text.numberLabel(label, bound)
    return this.#addRow(start, value)
  }

  /** Ends the series that begins at `start` of the text as that of a new row. */
  #addRow(start: number, value: number): number {
    const page = this.#page
    const { defaultTimestampMs, honorTimestamps } = this.#timing
    const row = page.nextRow()
    this.#text.close(start, page, row)
    // Labels are written as they are to be: there is nothing that depends on the type.
    page.types[row] = 0
    page.values[row] = value
    // As in Prometheus 0 is no time.
    const hasTimestamp = honorTimestamps && this.#timestampMs !== 0
    page.timestampsMs[row] = hasTimestamp ? this.#timestampMs : defaultTimestampMs
    page.hasTimestamp[row] = hasTimestamp ? 1 : 0
    page.rows = row + 1
    return row
  }

  #setValue(row: number, value: number): void {
    this.#page.values[row] = value
  }

  #addExemplar(row: number, end: number, needsTime: boolean): void {
    const { labels, value, timestampMs } = readExemplar(this.#reader, end)
    const page = this.#page
    if (timestampMs === undefined && needsTime) return
    const sampleMs = page.timestampsMs[row] as number
    page.exemplars.push({ row, labels, value, timestampMs: timestampMs ?? sampleMs })
  }
}
