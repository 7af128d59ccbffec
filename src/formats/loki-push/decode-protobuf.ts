import type { LogBatch } from '../../model/lines.ts'
import { ProtoReader, WIRE_BYTES, WIRE_VARINT } from '../proto-reader.ts'
import { decodeUtf8 } from '../text-codec.ts'
import type { LabelCache } from './label-cache.ts'
import { LineColumns } from './line-columns.ts'
import { metadataLabels } from './metadata-labels.ts'
import { parseStreamLabels } from './parse-labels.ts'

const FIRST = (1 << 3) | WIRE_BYTES
const SECOND = (2 << 3) | WIRE_BYTES
const THIRD = (3 << 3) | WIRE_BYTES
const SECONDS = (1 << 3) | WIRE_VARINT
const NANOS = (2 << 3) | WIRE_VARINT
/** Seconds whose nanoseconds a 64-bit number holds. */
const MAX_SECONDS = 9_223_372_036

/**
 * Decodes a `logproto.PushRequest` (Loki's push.proto), already decompressed. `bytes` becomes the memory of the lines: what it held is
 * gone. Throws a `Problem` of code `bad_data`. Lines are
 * taken as they are, also when they are not valid UTF-8.
 */
export function decodeProtobufPush(bytes: Uint8Array, cache: LabelCache): LogBatch {
  cache.beginPush()
  const reader = new ProtoReader(bytes)
  const columns = new LineColumns(bytes)
  const decoder = new StreamDecoder(reader, columns, cache)
  while (reader.position < bytes.length) {
    const tag = reader.varint32(bytes.length)
    if (tag === FIRST) decoder.stream(reader.delimited(bytes.length))
    else {
      if (tag >>> 3 === 1) reader.expect(tag & 7, WIRE_BYTES, 'PushRequest.streams')
      reader.skip(tag, bytes.length)
    }
  }
  return columns.finish()
}

class StreamDecoder {
  readonly #reader: ProtoReader
  readonly #columns: LineColumns
  readonly #cache: LabelCache

  constructor(reader: ProtoReader, columns: LineColumns, cache: LabelCache) {
    this.#reader = reader
    this.#columns = columns
    this.#cache = cache
  }

  stream(end: number): void {
    const reader = this.#reader
    const start = reader.position
    // The labels come first from every known sender, but need not.
    let labelsAt = 0
    let labelsEnd = 0
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === FIRST) {
        labelsEnd = reader.delimited(end)
        labelsAt = reader.position
        reader.position = labelsEnd
      } else {
        if (tag >>> 3 <= 2) reader.expect(tag & 7, WIRE_BYTES, 'StreamAdapter')
        reader.skip(tag, end)
      }
    }
    const stream = this.#columns.cachedStream(
      this.#cache,
      reader.bytes,
      labelsAt,
      labelsEnd,
      parseStreamLabels,
    )
    reader.position = start
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === SECOND) this.#entry(reader.delimited(end), stream)
      else reader.skip(tag, end)
    }
  }

  #entry(end: number, stream: number): void {
    const reader = this.#reader
    const columns = this.#columns
    columns.setTime(0, 0)
    let pairs: [string, string][] | undefined
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === FIRST) this.#time(reader.delimited(end))
      else if (tag === SECOND) {
        const lineEnd = reader.delimited(end)
        columns.append(reader.bytes, reader.position, lineEnd)
        reader.position = lineEnd
      } else if (tag === THIRD) (pairs ??= []).push(this.#pair(reader.delimited(end)))
      else {
        if (tag >>> 3 <= 3) reader.expect(tag & 7, WIRE_BYTES, 'EntryAdapter')
        reader.skip(tag, end)
      }
    }
    const metadata = pairs === undefined ? 0 : columns.metadataSet(metadataLabels(pairs))
    columns.endLine(stream, metadata)
  }

  #time(end: number): void {
    const reader = this.#reader
    let seconds = 0
    let nanos = 0
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === SECONDS) seconds = reader.int64(end)
      else if (tag === NANOS) nanos = reader.int64(end)
      else reader.skip(tag, end)
    }
    if (seconds >= 0 && seconds < MAX_SECONDS && nanos >= 0 && nanos < 1e9) {
      this.#columns.setTime(seconds, nanos)
      return
    }
    const bounded = Math.max(-MAX_SECONDS + 1, Math.min(MAX_SECONDS - 1, seconds))
    this.#columns.setTimeNs(BigInt(bounded) * 1_000_000_000n)
  }

  #pair(end: number): [string, string] {
    const reader = this.#reader
    let name = ''
    let value = ''
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === FIRST) name = this.#text(reader.delimited(end))
      else if (tag === SECOND) value = this.#text(reader.delimited(end))
      else reader.skip(tag, end)
    }
    return [name, value]
  }

  #text(end: number): string {
    const reader = this.#reader
    const text = decodeUtf8(reader.bytes, reader.position, end)
    reader.position = end
    return text
  }
}
