import { Problem } from '../../model/problem.ts'
import type { ForeignSpans } from '../otlp/foreign-span.ts'
import { readText } from '../otlp/protobuf-values.ts'
import { SpanColumns } from '../otlp/span-columns.ts'
import { ProtoReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../proto-reader.ts'
import { addZipkinSpan, ZipkinEndpoint, ZipkinSpan } from './translate.ts'

const SPANS = (1 << 3) | WIRE_BYTES

const TRACE_ID = (1 << 3) | WIRE_BYTES
const PARENT_ID = (2 << 3) | WIRE_BYTES
const ID = (3 << 3) | WIRE_BYTES
const KIND = (4 << 3) | WIRE_VARINT
const NAME = (5 << 3) | WIRE_BYTES
const TIMESTAMP = (6 << 3) | WIRE_FIXED64
const DURATION = (7 << 3) | WIRE_VARINT
const LOCAL = (8 << 3) | WIRE_BYTES
const REMOTE = (9 << 3) | WIRE_BYTES
const ANNOTATIONS = (10 << 3) | WIRE_BYTES
const TAGS = (11 << 3) | WIRE_BYTES
const SHARED = (13 << 3) | WIRE_VARINT

const FIRST_TEXT = (1 << 3) | WIRE_BYTES
const SECOND_TEXT = (2 << 3) | WIRE_BYTES
const IPV6 = (3 << 3) | WIRE_BYTES
const PORT = (4 << 3) | WIRE_VARINT
const ANNOTATION_TIME = (1 << 3) | WIRE_FIXED64

/** Zipkin's numbers of kinds, as OpenTelemetry's. */
const KINDS = [0, 3, 2, 4, 5]

/** The same in protobuf (zipkin-api, zipkin.proto: `ListOfSpans`). Throws a `Problem` of code `bad_data`. */
export function decodeZipkinProtobuf(bytes: Uint8Array, nowNs: bigint): ForeignSpans {
  const columns = new SpanColumns()
  const reader = new ProtoReader(bytes)
  const end = bytes.length
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === SPANS) {
      const span = readSpan(reader, reader.delimited(end))
      addZipkinSpan(columns, span, nowNs)
    } else reader.skip(tag, end)
  }
  return { batch: columns.finish(), refused: columns.refused }
}

function readSpan(reader: ProtoReader, end: number): ZipkinSpan {
  const span = new ZipkinSpan()
  while (reader.position < end) {
    const tag = reader.varint32(end)
    switch (tag) {
      case TRACE_ID:
        span.traceId = readId(reader, end, 16, 'trace_id')
        break
      case PARENT_ID:
        span.parentId = readId(reader, end, 8, 'parent_id')
        break
      case ID:
        span.spanId = readId(reader, end, 8, 'id')
        break
      case KIND:
        span.kind = KINDS[reader.varint32(end)] ?? 0
        break
      case NAME:
        span.name = readText(reader, reader.delimited(end))
        break
      case TIMESTAMP:
        span.timestampUs = readFixed64(reader, end)
        break
      case DURATION:
        span.durationUs = readVarint64(reader, end)
        break
      default:
        readPart(reader, tag, end, span)
    }
  }
  return span
}

function readPart(reader: ProtoReader, tag: number, end: number, span: ZipkinSpan): void {
  switch (tag) {
    case LOCAL:
      span.local = readEndpoint(reader, reader.delimited(end))
      return
    case REMOTE:
      span.remote = readEndpoint(reader, reader.delimited(end))
      return
    case ANNOTATIONS:
      readAnnotation(reader, reader.delimited(end), span)
      return
    case TAGS:
      readTag(reader, reader.delimited(end), span)
      return
    case SHARED:
      span.isShared = reader.varint32(end) !== 0
      return
    default:
      reader.skip(tag, end)
  }
}

function readEndpoint(reader: ProtoReader, end: number): ZipkinEndpoint {
  const endpoint = new ZipkinEndpoint()
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === FIRST_TEXT) endpoint.service = readText(reader, reader.delimited(end))
    else if (tag === SECOND_TEXT) endpoint.address = readBytes(reader, end).join('.')
    else if (tag === IPV6) {
      const address = readBytes(reader, end)
      if (endpoint.address === '') endpoint.address = ipv6Text(address)
    } else if (tag === PORT) endpoint.port = reader.varint32(end)
    else reader.skip(tag, end)
  }
  return endpoint
}

function ipv6Text(bytes: Uint8Array): string {
  const words = Array.from({ length: Math.floor(bytes.length / 2) }, (_, i) =>
    (((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0)).toString(16),
  )
  return words.join(':')
}

function readAnnotation(reader: ProtoReader, end: number, span: ZipkinSpan): void {
  let timestampUs = 0n
  let value = ''
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === ANNOTATION_TIME) timestampUs = readFixed64(reader, end)
    else if (tag === SECOND_TEXT) value = readText(reader, reader.delimited(end))
    else reader.skip(tag, end)
  }
  span.annotations.push({ timestampUs, value })
}

function readTag(reader: ProtoReader, end: number, span: ZipkinSpan): void {
  let key = ''
  let value = ''
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === FIRST_TEXT) key = readText(reader, reader.delimited(end))
    else if (tag === SECOND_TEXT) value = readText(reader, reader.delimited(end))
    else reader.skip(tag, end)
  }
  span.tags.push([key, value])
}

/** An id, or nothing; shorter ones lack leading zeros. */
function readId(reader: ProtoReader, end: number, sizeBytes: number, field: string): Uint8Array {
  const id = readBytes(reader, end)
  if (id.length <= sizeBytes) return id
  throw new Problem('bad_data', `proto: ${field} has ${id.length} bytes, not ${sizeBytes}`)
}

function readBytes(reader: ProtoReader, end: number): Uint8Array {
  const to = reader.delimited(end)
  const bytes = reader.bytes.subarray(reader.position, to)
  reader.position = to
  return bytes
}

function readFixed64(reader: ProtoReader, end: number): bigint {
  reader.fixed64(end)
  return (BigInt(reader.high) << 32n) | BigInt(reader.low)
}

function readVarint64(reader: ProtoReader, end: number): bigint {
  reader.varint64(end)
  return (BigInt(reader.high) << 32n) | BigInt(reader.low)
}
