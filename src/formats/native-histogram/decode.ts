import { CUSTOM_BUCKETS, MAX_SCHEMA, MIN_SCHEMA } from '../../model/histograms/bucket-bounds.ts'
import { HistogramDraft } from '../../model/histograms/histogram-draft.ts'
import { HINT_GAUGE, HINT_UNKNOWN, HistogramTable } from '../../model/histograms/histogram-table.ts'
import { Problem } from '../../model/problem.ts'
import { ProtoReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../proto-reader.ts'
import { unzigzag } from '../proto-writer.ts'

/** The series ended (a histogram whose sum is the staleness marker). */
export const STALE_HISTOGRAM = -1
/** The bytes are no histogram that can be computed with. */
export const UNREADABLE_HISTOGRAM = -2

const STALE_LOW = 0x00000002
const STALE_HIGH = 0x7ff00000
/** Finer schemas are reserved: their histograms are made coarser (histogram.go, IsKnownSchema). */
const FINEST_SCHEMA = 52
const LARGEST_INDEX = 2 ** 31 - 1

/** The spans and counts of one sign; differences of counts are summed up. */
class Side {
  /** `offset, length, offset, length, …`. */
  readonly spans: number[] = []
  readonly counts: number[] = []

  clear(): void {
    this.spans.length = 0
    this.counts.length = 0
  }
}

/**
 * Reads `prometheus.Histogram` messages (prompb/types.proto) into tables, with integer or float counts. The form in which histograms of
 * OTLP were stored by the first releases (sum, schema and threshold under numbers that are one less) is told by the wire types.
 */
export class HistogramDecoder {
  readonly #positive = new Side()
  readonly #negative = new Side()
  readonly #bounds: number[] = []
  /** Of the bytes that were read last: histograms of one answer of the store lie in the same ones. */
  #reader: ProtoReader | undefined
  #count = 0
  #countFloat: number | undefined
  #sum = 0
  #schema = 0
  #zeroThreshold = 0
  #zeroCount = 0
  #hint = HINT_UNKNOWN
  #isStale = false
  #isOldForm = false

  /** Returns the row, `STALE_HISTOGRAM` or `UNREADABLE_HISTOGRAM`. */
  decode(bytes: Uint8Array, from: number, to: number, table: HistogramTable): number {
    this.#clear()
    if (this.#reader?.bytes !== bytes) this.#reader = new ProtoReader(bytes)
    try {
      this.#read(this.#reader, from, to)
    } catch (thrown) {
      if (thrown instanceof Problem) return UNREADABLE_HISTOGRAM
      throw thrown
    }
    if (this.#isStale) return STALE_HISTOGRAM
    if (this.#schema <= MAX_SCHEMA || this.#schema > FINEST_SCHEMA) return this.#add(table)
    // Finer than a table can say: numbers of buckets are halved before they get there.
    const steps = this.#schema - MAX_SCHEMA
    this.#schema = MAX_SCHEMA
    const scratch = new HistogramTable()
    const row = this.#add(scratch, steps)
    if (row < 0) return row
    const draft = new HistogramDraft()
    draft.load(scratch, row)
    // Those that got the same number become one.
    draft.positive.coarsen(0)
    draft.negative.coarsen(0)
    return draft.commit(table)
  }

  #clear(): void {
    this.#positive.clear()
    this.#negative.clear()
    this.#bounds.length = 0
    this.#count = 0
    this.#countFloat = undefined
    this.#sum = 0
    this.#schema = 0
    this.#zeroThreshold = 0
    this.#zeroCount = 0
    this.#hint = HINT_UNKNOWN
    this.#isStale = false
    this.#isOldForm = false
  }

  #read(reader: ProtoReader, from: number, to: number): void {
    reader.position = from
    while (reader.position < to) this.#readField(reader, reader.varint32(to), to)
    if (this.#isOldForm) {
      this.#sum = this.#countFloat ?? 0
      this.#countFloat = undefined
    }
  }

  #readField(reader: ProtoReader, tag: number, to: number): void {
    const wire = tag & 7
    switch (tag >>> 3) {
      case 1:
        reader.expect(wire, WIRE_VARINT, 'Histogram.count_int')
        this.#count = reader.int64(to)
        break
      case 2:
        this.#countFloat = this.#double(reader, wire, to)
        break
      case 3:
        if (wire === WIRE_VARINT) {
          this.#isOldForm = true
          this.#schema = unzigzag(reader.int64(to))
        } else this.#sum = this.#double(reader, wire, to)
        break
      case 4:
        if (wire === WIRE_FIXED64) this.#zeroThreshold = this.#double(reader, wire, to)
        else this.#schema = unzigzag(reader.int64(to))
        break
      case 5:
        this.#zeroThreshold = this.#double(reader, wire, to)
        break
      case 6:
        this.#zeroCount = reader.int64(to)
        break
      case 7:
        this.#zeroCount = this.#double(reader, wire, to)
        break
      case 14:
        this.#hint = Math.min(Math.max(reader.int64(to), HINT_UNKNOWN), HINT_GAUGE)
        break
      case 8:
      case 9:
      case 10:
        this.#readSide(reader, this.#negative, (tag >>> 3) - 8, wire, to)
        break
      case 11:
      case 12:
      case 13:
        this.#readSide(reader, this.#positive, (tag >>> 3) - 11, wire, to)
        break
      case 16:
        readEach(reader, wire, WIRE_FIXED64, to, (end) => {
          this.#bounds.push(this.#double(reader, WIRE_FIXED64, end))
        })
        break
      default:
        reader.skip(tag, to)
    }
  }

  #double(reader: ProtoReader, wire: number, end: number): number {
    reader.expect(wire, WIRE_FIXED64, 'Histogram')
    const at = reader.position
    reader.fixed64(end)
    // Both the sum and a count may be the marker; one is enough.
    if (reader.low === STALE_LOW && reader.high === STALE_HIGH) this.#isStale = true
    return reader.view.getFloat64(at, true)
  }

  /** `part`: 0 is a span, 1 are differences of whole counts, 2 are counts. */
  #readSide(reader: ProtoReader, side: Side, part: number, wire: number, to: number): void {
    if (part === 0) {
      reader.expect(wire, WIRE_BYTES, 'Histogram.spans')
      const end = reader.delimited(to)
      let offset = 0
      let length = 0
      while (reader.position < end) {
        const tag = reader.varint32(end)
        if (tag >>> 3 === 1) offset = unzigzag(reader.int64(end))
        else if (tag >>> 3 === 2) length = reader.int64(end)
        else reader.skip(tag, end)
      }
      side.spans.push(offset, length)
    } else if (part === 1) {
      readEach(reader, wire, WIRE_VARINT, to, (end) => {
        side.counts.push((side.counts.at(-1) ?? 0) + unzigzag(reader.int64(end)))
      })
    } else {
      readEach(reader, wire, WIRE_FIXED64, to, (end) => {
        side.counts.push(this.#double(reader, WIRE_FIXED64, end))
      })
    }
  }

  #add(table: HistogramTable, steps = 0): number {
    const isCustom = this.#schema === CUSTOM_BUCKETS
    if (!isCustom && (this.#schema < MIN_SCHEMA || this.#schema > MAX_SCHEMA)) {
      return UNREADABLE_HISTOGRAM
    }
    if (this.#bounds.at(-1) === Infinity) this.#bounds.pop()
    // Custom buckets are numbered from 0, and there are none of the other sign.
    const first = isCustom ? 0 : -LARGEST_INDEX
    const last = isCustom ? this.#bounds.length : LARGEST_INDEX
    table.begin()
    let isWhole = addSide(table, this.#negative, { first, last: isCustom ? -1 : last }, steps)
    table.startPositive()
    isWhole &&= addSide(table, this.#positive, { first, last }, steps)
    if (!isWhole || (isCustom && !isAscending(this.#bounds))) {
      table.abandon()
      return UNREADABLE_HISTOGRAM
    }
    return table.finish({
      schema: this.#schema,
      hint: this.#hint,
      count: this.#countFloat ?? this.#count,
      sum: this.#sum,
      zeroThreshold: isCustom ? 0 : this.#zeroThreshold,
      zeroCount: isCustom ? 0 : this.#zeroCount,
      bounds: isCustom ? Float64Array.from(this.#bounds) : undefined,
    })
  }
}

/** One field of a repeated scalar, packed or not. */
function readEach(
  reader: ProtoReader,
  wire: number,
  unpacked: number,
  to: number,
  read: (end: number) => void,
): void {
  if (wire === unpacked) return read(to)
  reader.expect(wire, WIRE_BYTES, 'Histogram')
  const end = reader.delimited(to)
  while (reader.position < end) read(end)
}

/** False when spans overlap, or have other buckets than there are counts, or buckets have numbers out of bounds. */
function addSide(
  table: HistogramTable,
  side: Side,
  { first, last }: { readonly first: number; readonly last: number },
  steps: number,
): boolean {
  const { spans, counts } = side
  let index = 0
  let next = 0
  for (let i = 0; i < spans.length; i += 2) {
    const offset = spans[i] as number
    const length = spans[i + 1] as number
    if (i > 0 && offset < 0) return false
    index += offset
    if (length > counts.length - next) return false
    for (let left = length; left > 0; left--) {
      if (Math.abs(index) > LARGEST_INDEX || index > last || index < first) return false
      table.addBucket(Math.ceil(index / 2 ** steps), counts[next++] as number)
      index++
    }
  }
  return next === counts.length
}

function isAscending(bounds: readonly number[]): boolean {
  return bounds.every((bound, i) => i === 0 || bound > (bounds[i - 1] as number))
}
