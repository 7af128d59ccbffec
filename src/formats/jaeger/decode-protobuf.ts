import { Problem } from '../../model/problem.ts'
import type { AnyValue } from '../otlp/any-value.ts'
import type { ForeignSpans, Tag } from '../otlp/foreign-span.ts'
import { readText } from '../otlp/protobuf-values.ts'
import { SpanColumns } from '../otlp/span-columns.ts'
import { ProtoReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../proto-reader.ts'
import {
  addJaegerSpan,
  JaegerSpan,
  NO_PROCESS,
  type JaegerProcess,
  type JaegerReference,
} from './translate.ts'

const FIELD_1 = (1 << 3) | WIRE_BYTES
const FIELD_2 = (2 << 3) | WIRE_BYTES
const NUMBER_1 = (1 << 3) | WIRE_VARINT
const NUMBER_2 = (2 << 3) | WIRE_VARINT
const NUMBER_3 = (3 << 3) | WIRE_VARINT

const NAME = (3 << 3) | WIRE_BYTES
const REFERENCES = (4 << 3) | WIRE_BYTES
const START = (6 << 3) | WIRE_BYTES
const DURATION = (7 << 3) | WIRE_BYTES
const TAGS = (8 << 3) | WIRE_BYTES
const LOGS = (9 << 3) | WIRE_BYTES
const PROCESS = (10 << 3) | WIRE_BYTES

const V_STR = (3 << 3) | WIRE_BYTES
const V_BOOL = (4 << 3) | WIRE_VARINT
const V_INT = (5 << 3) | WIRE_VARINT
const V_FLOAT = (6 << 3) | WIRE_FIXED64
const V_BINARY = (7 << 3) | WIRE_BYTES

/** Default values are not written: what a value of each type is without one. */
const ABSENT: readonly AnyValue[] = ['', false, 0n, 0, new Uint8Array()]

/**
 * Decodes a `PostSpansRequest` of Jaeger's collector (jaeger-idl, api_v2/collector.proto), which holds one batch. Throws a `Problem` of code
 * `bad_data`.
 */
export function decodeJaegerProtobuf(bytes: Uint8Array): ForeignSpans {
  const columns = new SpanColumns()
  const reader = new JaegerMessage(bytes)
  const end = bytes.length
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === FIELD_1) readBatch(reader, reader.delimited(end), columns)
    else reader.skip(tag, end)
  }
  return { batch: columns.finish(), refused: columns.refused }
}

/** Spans, tags, logs and references of a message; two bytes may be one, and each becomes an object. */
const MAX_ITEMS = 500_000

class JaegerMessage extends ProtoReader {
  #items = 0

  countItem(): void {
    if (++this.#items > MAX_ITEMS)
      throw new Problem('limit', `proto: more than ${MAX_ITEMS} spans, tags and logs`)
  }
}

interface SpanOfProcess {
  readonly span: JaegerSpan
  /** Its own, where it has one. */
  readonly process: JaegerProcess | undefined
}

function readBatch(reader: JaegerMessage, end: number, columns: SpanColumns): void {
  const spans: SpanOfProcess[] = []
  let shared = NO_PROCESS
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === FIELD_1) spans.push(readSpan(reader, reader.delimited(end)))
    else if (tag === FIELD_2) shared = readProcess(reader, reader.delimited(end))
    else reader.skip(tag, end)
  }
  for (const { span, process } of spans) addJaegerSpan(columns, span, process ?? shared)
}

function readProcess(reader: JaegerMessage, end: number): JaegerProcess {
  let service = ''
  const tags: Tag[] = []
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === FIELD_1) service = readText(reader, reader.delimited(end))
    else if (tag === FIELD_2) tags.push(readTag(reader, reader.delimited(end)))
    else reader.skip(tag, end)
  }
  return { service, tags }
}

function readSpan(reader: JaegerMessage, end: number): SpanOfProcess {
  reader.countItem()
  const span = new JaegerSpan()
  let process: JaegerProcess | undefined
  while (reader.position < end) {
    const tag = reader.varint32(end)
    switch (tag) {
      case FIELD_1:
        span.traceId = readId(reader, end, 16, 'trace_id')
        break
      case FIELD_2:
        span.spanId = readId(reader, end, 8, 'span_id')
        break
      case NAME:
        span.name = readText(reader, reader.delimited(end))
        break
      case REFERENCES:
        span.references.push(readReference(reader, reader.delimited(end)))
        break
      case START:
        span.startNs = readSeconds(reader, reader.delimited(end))
        break
      case DURATION:
        span.durationNs = readSeconds(reader, reader.delimited(end))
        break
      case TAGS:
        span.tags.push(readTag(reader, reader.delimited(end)))
        break
      case LOGS:
        readLog(reader, reader.delimited(end), span)
        break
      case PROCESS:
        process = readProcess(reader, reader.delimited(end))
        break
      default:
        reader.skip(tag, end)
    }
  }
  return { span, process }
}

function readReference(reader: JaegerMessage, end: number): JaegerReference {
  reader.countItem()
  let traceId: Uint8Array = new Uint8Array()
  let spanId: Uint8Array = new Uint8Array()
  let type = 0
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === FIELD_1) traceId = readId(reader, end, 16, 'trace_id')
    else if (tag === FIELD_2) spanId = readId(reader, end, 8, 'span_id')
    else if (tag === NUMBER_3) type = reader.varint32(end)
    else reader.skip(tag, end)
  }
  return { traceId, spanId, isChildOf: type === 0 }
}

function readLog(reader: JaegerMessage, end: number, span: JaegerSpan): void {
  reader.countItem()
  let timeNs = 0n
  const fields: Tag[] = []
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === FIELD_1) timeNs = readSeconds(reader, reader.delimited(end))
    else if (tag === FIELD_2) fields.push(readTag(reader, reader.delimited(end)))
    else reader.skip(tag, end)
  }
  span.logs.push({ timeNs, fields })
}

function readTag(reader: JaegerMessage, end: number): Tag {
  reader.countItem()
  let key = ''
  let type = 0
  let value: AnyValue | undefined
  while (reader.position < end) {
    const tag = reader.varint32(end)
    switch (tag) {
      case FIELD_1:
        key = readText(reader, reader.delimited(end))
        break
      case NUMBER_2:
        type = reader.varint32(end)
        break
      case V_STR:
        value = readText(reader, reader.delimited(end))
        break
      case V_BOOL:
        value = reader.varint32(end) !== 0
        break
      case V_INT:
        value = readInt64(reader, end)
        break
      case V_FLOAT:
        value = readDouble(reader, end)
        break
      case V_BINARY:
        value = readBytes(reader, end).slice()
        break
      default:
        reader.skip(tag, end)
    }
  }
  return [key, value ?? ABSENT[type] ?? '']
}

/** `google.protobuf.Timestamp` and `Duration`, in nanoseconds. */
function readSeconds(reader: JaegerMessage, end: number): bigint {
  let seconds = 0n
  let nanos = 0n
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === NUMBER_1) seconds = readInt64(reader, end)
    else if (tag === NUMBER_2) nanos = readInt64(reader, end)
    else reader.skip(tag, end)
  }
  return seconds * 1_000_000_000n + nanos
}

function readInt64(reader: JaegerMessage, end: number): bigint {
  reader.varint64(end)
  return BigInt.asIntN(64, (BigInt(reader.high) << 32n) | BigInt(reader.low))
}

function readDouble(reader: JaegerMessage, end: number): number {
  const at = reader.position
  reader.fixed64(end)
  return reader.view.getFloat64(at, true)
}

function readId(reader: JaegerMessage, end: number, sizeBytes: number, field: string): Uint8Array {
  const id = readBytes(reader, end)
  if (id.length <= sizeBytes) return id
  throw new Problem('bad_data', `proto: ${field} has ${id.length} bytes, not ${sizeBytes}`)
}

function readBytes(reader: JaegerMessage, end: number): Uint8Array {
  const to = reader.delimited(end)
  const bytes = reader.bytes.subarray(reader.position, to)
  reader.position = to
  return bytes
}
