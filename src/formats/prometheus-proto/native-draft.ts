import { Problem } from '../../model/problem.ts'
import { coarserIndex, MAX_SCHEMA, MIN_SCHEMA } from '../../model/histograms/bucket-bounds.ts'
import { HINT_GAUGE } from '../../model/histograms/histogram-table.ts'
import { ByteWriter } from '../byte-writer.ts'
import { writeSpans } from '../native-histogram/write-spans.ts'
import { type ProtoReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../proto-reader.ts'
import { unzigzag, writeDouble, writeTag, zigzag } from '../proto-writer.ts'

/** Finer schemas than 8 are reserved up to this one: their histograms are made coarser (histogram.go, IsKnownSchema). */
const FINEST_SCHEMA = 52
const LARGEST_INDEX = 2 ** 31 - 1
/** Prometheus has no such bound: a page of 64 MiB could then fill a gigabyte with the buckets of one histogram. */
const MAX_PARTS = 2 ** 20

/** What a job says of native histograms. */
export interface NativeBounds {
  /** `native_histogram_bucket_limit`: positive and negative buckets together; 0 is no limit. */
  readonly maxBuckets: number
  /** By `native_histogram_min_bucket_factor`: histograms of a finer schema are made coarser. */
  readonly maxSchema: number
}

/** The schema whose buckets grow by at least a factor (scrape.go, pickSchema). */
export function schemaOfFactor(factor: number): number {
  if (factor <= 1) return MAX_SCHEMA
  const schema = Math.floor(0 - Math.log2(Math.log2(factor)))
  return Math.min(Math.max(schema, MIN_SCHEMA), MAX_SCHEMA)
}

/** The buckets of one sign: as they are written, then by number. */
class Side {
  /** `offset, length, offset, length, …`. */
  readonly spans: number[] = []
  /** Differences of whole counts. */
  readonly deltas: number[] = []
  readonly floats: number[] = []
  /** Of the buckets that are not empty, ascending. */
  readonly indexes: number[] = []
  readonly counts: number[] = []

  clear(): void {
    for (const list of [this.spans, this.deltas, this.floats, this.indexes, this.counts]) {
      list.length = 0
    }
  }

  /** What is wrong with the spans, or ''. */
  lengthFault(isFloat: boolean): string {
    const have = (isFloat ? this.floats : this.deltas).length
    let needed = 0
    for (let i = 1; i < this.spans.length; i += 2) needed += this.spans[i] as number
    return needed === have ? '' : `spans are of ${needed} buckets, there are ${have}`
  }

  /** Gives each bucket its number and its count; returns what is wrong, or ''. */
  expand(isFloat: boolean): string {
    const { spans } = this
    let index = 0
    let next = 0
    let count = 0
    for (let i = 0; i < spans.length; i += 2) {
      const offset = spans[i] as number
      if (i > 0 && offset < 0) return `span ${i / 2 + 1} has the negative offset ${offset}`
      index += offset
      for (let left = spans[i + 1] as number; left > 0; left--, index++, next++) {
        if (Math.abs(index) > LARGEST_INDEX) return 'the number of a bucket is out of range'
        count = isFloat ? (this.floats[next] as number) : count + (this.deltas[next] as number)
        if (count < 0) return `bucket ${next + 1} has the negative count ${count}`
        if (count === 0) continue
        this.indexes.push(index)
        this.counts.push(count)
      }
    }
    return ''
  }

  coarsen(steps: number): void {
    const { indexes, counts } = this
    let kept = 0
    for (let i = 0; i < indexes.length; i++) {
      const index = coarserIndex(indexes[i] as number, steps)
      const count = counts[i] as number
      if (kept > 0 && indexes[kept - 1] === index) {
        counts[kept - 1] = (counts[kept - 1] as number) + count
      } else {
        indexes[kept] = index
        counts[kept++] = count
      }
    }
    indexes.length = kept
    counts.length = kept
  }
}

/**
 * The native part of an `io.prometheus.client.Histogram`, one after the other: read field by field, checked, brought within the job's
 * bounds, and written as a `prometheus.Histogram`, which is what remote write sends and the store keeps.
 */
export class NativeDraft {
  readonly #positive = new Side()
  readonly #negative = new Side()
  #schema = 0
  #zeroThreshold = 0
  #zeroCount = 0
  #zeroFloat = 0

  clear(): void {
    this.#positive.clear()
    this.#negative.clear()
    this.#schema = 0
    this.#zeroThreshold = 0
    this.#zeroCount = 0
    this.#zeroFloat = 0
  }

  /** Reads the value of a field from 5 to 14. */
  readField(reader: ProtoReader, field: number, wire: number, end: number): void {
    switch (field) {
      case 5:
        reader.expect(wire, WIRE_VARINT, 'Histogram.schema')
        this.#schema = sint32(reader, end)
        break
      case 6:
        this.#zeroThreshold = readDouble(reader, wire, end)
        break
      case 7:
        this.#zeroCount = readCount(reader, wire, end)
        break
      case 8:
        this.#zeroFloat = readDouble(reader, wire, end)
        break
      case 9:
        readSpan(reader, this.#negative.spans, wire, end)
        break
      case 10:
        readDeltas(reader, this.#negative.deltas, wire, end)
        break
      case 11:
        readFloats(reader, this.#negative.floats, wire, end)
        break
      case 12:
        readSpan(reader, this.#positive.spans, wire, end)
        break
      case 13:
        readDeltas(reader, this.#positive.deltas, wire, end)
        break
      default:
        readFloats(reader, this.#positive.floats, wire, end)
    }
  }

  /** Without any of these there is only a classic histogram (protobufparse.go, isNativeHistogram). */
  get isNative(): boolean {
    return (
      this.#positive.spans.length > 0 ||
      this.#negative.spans.length > 0 ||
      this.#zeroThreshold > 0 ||
      this.#zeroCount > 0
    )
  }

  /** Why the message cannot be read at all, or ''. */
  malformed(countFloat: number): string {
    const isFloat = this.#isFloat(countFloat)
    const positive = this.#positive.lengthFault(isFloat)
    if (positive !== '') return `positive side: ${positive}`
    const negative = this.#negative.lengthFault(isFloat)
    return negative === '' ? '' : `negative side: ${negative}`
  }

  /**
   * Gives the buckets their numbers, and makes them fewer as far as the bounds want it. Returns why the histogram cannot be taken, or
   * ''. The rules are those of Histogram.Validate in histogram.go and float_histogram.go.
   */
  settle(count: number, countFloat: number, sum: number, maxSchema: number): string {
    if (this.#schema < MIN_SCHEMA || this.#schema > FINEST_SCHEMA) {
      return `the schema ${this.#schema} of a histogram is none from ${MIN_SCHEMA} to ${MAX_SCHEMA}`
    }
    const isFloat = this.#isFloat(countFloat)
    for (const [side, name] of [
      [this.#positive, 'positive'],
      [this.#negative, 'negative'],
    ] as const) {
      const fault = side.expand(isFloat)
      if (fault !== '') return `${name} side: ${fault}`
    }
    if (!isFloat) {
      const inBuckets = this.#observations
      const isWrong = Number.isNaN(sum) ? inBuckets > count : inBuckets !== count
      if (isWrong) return `${inBuckets} observations are in buckets, but the count is ${count}`
    } else if (countFloat < 0 || this.#zeroFloat < 0) return 'a count is negative'
    if (this.#schema > maxSchema) this.#coarsenTo(maxSchema)
    return ''
  }

  /** Lowers the resolution until there are no more buckets than these; false when that cannot be reached. */
  limitBuckets(maxBuckets: number): boolean {
    while (this.#positive.indexes.length + this.#negative.indexes.length > maxBuckets) {
      if (this.#schema <= MIN_SCHEMA) return false
      this.#coarsenTo(this.#schema - 1)
    }
    return true
  }

  /** As the bytes of a `prometheus.Histogram` (prompb/types.proto). For one that is settled. */
  encode(
    count: number,
    countFloat: number,
    sum: number,
    isGauge: boolean,
    timestampMs: number,
  ): Uint8Array {
    const isFloat = this.#isFloat(countFloat)
    const out = new ByteWriter(256)
    if (isFloat) writeDouble(out, 2, countFloat)
    else writeVarint(out, 1, count)
    writeDouble(out, 3, sum)
    writeVarint(out, 4, zigzag(this.#schema))
    writeDouble(out, 5, this.#zeroThreshold)
    if (isFloat) writeDouble(out, 7, this.#zeroFloat)
    else writeVarint(out, 6, this.#zeroCount)
    writeSide(out, 8, this.#negative, isFloat)
    writeSide(out, 11, this.#positive, isFloat)
    if (isGauge) writeVarint(out, 14, HINT_GAUGE)
    writeTag(out, 15, WIRE_VARINT)
    out.int64(timestampMs)
    return out.finish().slice()
  }

  get #observations(): number {
    let all = this.#zeroCount
    for (const count of this.#positive.counts) all += count
    for (const count of this.#negative.counts) all += count
    return all
  }

  #isFloat(countFloat: number): boolean {
    return countFloat > 0 || this.#zeroFloat > 0
  }

  #coarsenTo(schema: number): void {
    this.#positive.coarsen(this.#schema - schema)
    this.#negative.coarsen(this.#schema - schema)
    this.#schema = schema
  }
}

function sint32(reader: ProtoReader, end: number): number {
  return unzigzag(reader.varint32(end))
}

export function readDouble(reader: ProtoReader, wire: number, end: number): number {
  reader.expect(wire, WIRE_FIXED64, 'of a double')
  const at = reader.position
  reader.fixed64(end)
  return reader.view.getFloat64(at, true)
}

/** An uint64; exact up to 2^53. */
export function readCount(reader: ProtoReader, wire: number, end: number): number {
  reader.expect(wire, WIRE_VARINT, 'of a count')
  reader.varint64(end)
  return reader.high * 4294967296 + reader.low
}

/** A difference of counts; exact up to 2^52. */
function sint64(reader: ProtoReader, end: number): number {
  reader.varint64(end)
  const { low, high } = reader
  const half = (high >>> 1) * 4294967296 + (((low >>> 1) | ((high & 1) << 31)) >>> 0)
  return (low & 1) === 0 ? half : -half - 1
}

function readSpan(reader: ProtoReader, spans: number[], wire: number, to: number): void {
  reader.expect(wire, WIRE_BYTES, 'of a span')
  const end = reader.delimited(to)
  let offset = 0
  let length = 0
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === 8) offset = sint32(reader, end)
    else if (tag === 16) length = reader.varint32(end)
    else reader.skip(tag, end)
  }
  push(spans, offset)
  push(spans, length)
}

/** One field of a repeated number, packed or not. */
function readDeltas(reader: ProtoReader, into: number[], wire: number, to: number): void {
  if (wire === WIRE_VARINT) {
    push(into, sint64(reader, to))
    return
  }
  reader.expect(wire, WIRE_BYTES, 'of differences')
  const end = reader.delimited(to)
  while (reader.position < end) push(into, sint64(reader, end))
}

function readFloats(reader: ProtoReader, into: number[], wire: number, to: number): void {
  if (wire === WIRE_FIXED64) {
    push(into, readDouble(reader, wire, to))
    return
  }
  reader.expect(wire, WIRE_BYTES, 'of counts')
  const end = reader.delimited(to)
  while (reader.position < end) push(into, readDouble(reader, WIRE_FIXED64, end))
}

function push(list: number[], value: number): void {
  if (list.length === MAX_PARTS) {
    throw new Problem('bad_data', `a histogram has more than ${MAX_PARTS} spans or buckets`)
  }
  list.push(value)
}

function writeVarint(out: ByteWriter, field: number, value: number): void {
  writeTag(out, field, WIRE_VARINT)
  out.varint(value)
}

/** Spans under a number, differences of whole counts under the next, counts with fractions under the one after it. */
function writeSide(out: ByteWriter, field: number, side: Side, isFloat: boolean): void {
  const { indexes, counts } = side
  if (counts.length === 0) return
  writeSpans(out, field, indexes, 0, indexes.length)
  const list = new ByteWriter(32)
  if (isFloat) list.memory(Float64Array.from(counts))
  else {
    let before = 0
    for (const count of counts) {
      list.varint(zigzag(count - before))
      before = count
    }
  }
  writeTag(out, isFloat ? field + 2 : field + 1, WIRE_BYTES)
  out.varint(list.length)
  out.bytes(list.finish())
}
