import { Problem } from '../../model/problem.ts'
import type { AnyValue } from '../otlp/any-value.ts'
import type { ForeignSpans, Tag } from '../otlp/foreign-span.ts'
import { SpanColumns } from '../otlp/span-columns.ts'
import { decodeUtf8 } from '../text-codec.ts'
import { ThriftBinary } from './thrift-binary.ts'
import { ThriftCompact } from './thrift-compact.ts'
import { malformed, ThriftReader, type ThriftType } from './thrift-reader.ts'
import {
  addJaegerSpan,
  JaegerSpan,
  NO_PROCESS,
  type JaegerProcess,
  type JaegerReference,
} from './translate.ts'

/** What a message of the compact protocol begins with. */
const COMPACT = 0x82

/**
 * Decodes a `Batch` of jaeger.thrift (jaeger-idl) in the binary protocol, as it is posted to `/api/traces`. Throws a `Problem` of code
 * `bad_data`.
 */
export function decodeJaegerBinary(bytes: Uint8Array): ForeignSpans {
  return readBatch(new ThriftReader(new ThriftBinary(bytes)))
}

/**
 * The same as a datagram of agents has it: the call `emitBatch`, in the compact protocol (usually sent to 6831) or the binary one (6832).
 */
export function decodeJaegerDatagram(bytes: Uint8Array): ForeignSpans {
  const encoding = bytes[0] === COMPACT ? new ThriftCompact(bytes) : new ThriftBinary(bytes)
  const name = encoding.callName()
  if (name !== 'emitBatch')
    throw new Problem('bad_data', `thrift: ${JSON.stringify(name)} is no call: emitBatch is`)
  const reader = new ThriftReader(encoding)
  let decoded: ForeignSpans | undefined
  reader.struct((id, type) => {
    if (id !== 1) return false
    want(type, 'struct', 'batch')
    decoded = readBatch(reader)
    return true
  })
  return decoded ?? { batch: new SpanColumns().finish(), refused: 0 }
}

function readBatch(reader: ThriftReader): ForeignSpans {
  const columns = new SpanColumns()
  let process = NO_PROCESS
  const spans: JaegerSpan[] = []
  reader.struct((id, type) => {
    if (id === 1) {
      want(type, 'struct', 'process')
      process = readProcess(reader)
    } else if (id === 2) {
      want(type, 'list', 'spans')
      reader.structs(() => spans.push(readSpan(reader)))
    } else return false
    return true
  })
  // The process may come behind its spans.
  for (const span of spans) addJaegerSpan(columns, span, process)
  return { batch: columns.finish(), refused: columns.refused }
}

function readProcess(reader: ThriftReader): JaegerProcess {
  let service = ''
  const tags: Tag[] = []
  reader.struct((id, type) => {
    if (id === 1) service = readText(reader, type, 'serviceName')
    else if (id === 2) readTags(reader, type, tags)
    else return false
    return true
  })
  return { service, tags }
}

function readSpan(reader: ThriftReader): JaegerSpan {
  const span = new JaegerSpan()
  const ids = { low: 0n, high: 0n }
  reader.struct((id, type) => {
    if (id === 1) ids.low = readI64(reader, type, 'traceIdLow')
    else if (id === 2) ids.high = readI64(reader, type, 'traceIdHigh')
    else if (id === 3) span.spanId = toBytes(readI64(reader, type, 'spanId'))
    else if (id === 4) span.parentId = toBytes(readI64(reader, type, 'parentSpanId'))
    else if (id === 5) span.name = readText(reader, type, 'operationName')
    else if (id === 6) {
      want(type, 'list', 'references')
      reader.structs(() => span.references.push(readReference(reader)))
    } else if (id === 8) span.startNs = readI64(reader, type, 'startTime') * 1000n
    else if (id === 9) span.durationNs = readI64(reader, type, 'duration') * 1000n
    else if (id === 10) readTags(reader, type, span.tags)
    else if (id === 11) {
      want(type, 'list', 'logs')
      reader.structs(() => readLog(reader, span))
    } else return false
    return true
  })
  span.traceId = toBytes(ids.high, ids.low)
  return span
}

function readReference(reader: ThriftReader): JaegerReference {
  const found = { type: 0, low: 0n, high: 0n, spanId: 0n }
  reader.struct((id, type) => {
    if (id === 1) {
      want(type, 'i32', 'refType')
      found.type = reader.i32()
    } else if (id === 2) found.low = readI64(reader, type, 'traceIdLow')
    else if (id === 3) found.high = readI64(reader, type, 'traceIdHigh')
    else if (id === 4) found.spanId = readI64(reader, type, 'spanId')
    else return false
    return true
  })
  const traceId = toBytes(found.high, found.low)
  return { traceId, spanId: toBytes(found.spanId), isChildOf: found.type === 0 }
}

function readLog(reader: ThriftReader, span: JaegerSpan): void {
  let timeNs = 0n
  const fields: Tag[] = []
  reader.struct((id, type) => {
    if (id === 1) timeNs = readI64(reader, type, 'timestamp') * 1000n
    else if (id === 2) readTags(reader, type, fields)
    else return false
    return true
  })
  span.logs.push({ timeNs, fields })
}

function readTags(reader: ThriftReader, type: ThriftType, tags: Tag[]): void {
  want(type, 'list', 'tags')
  reader.structs(() => tags.push(readTag(reader)))
}

/** `TagType` */
const V_STR = 0
const V_DOUBLE = 1
const V_BOOL = 2
const V_LONG = 3
const V_BINARY = 4

/** Some senders write a value of each type: that of the type that the tag names counts. */
function readTag(reader: ThriftReader): Tag {
  let key = ''
  let kind = 0
  const values: AnyValue[] = ['', 0, false, 0n, new Uint8Array()]
  reader.struct((id, type) => {
    if (id === 1) key = readText(reader, type, 'key')
    else if (id === 2) {
      want(type, 'i32', 'vType')
      kind = reader.i32()
    } else if (id === 3) values[V_STR] = readText(reader, type, 'vStr')
    else if (id === 4) {
      want(type, 'double', 'vDouble')
      values[V_DOUBLE] = reader.double()
    } else if (id === 5) {
      want(type, 'bool', 'vBool')
      values[V_BOOL] = reader.bool()
    } else if (id === 6) values[V_LONG] = readI64(reader, type, 'vLong')
    else if (id === 7) {
      want(type, 'binary', 'vBinary')
      values[V_BINARY] = reader.binary().slice()
    } else return false
    return true
  })
  return [key, values[kind] ?? '']
}

function readText(reader: ThriftReader, type: ThriftType, field: string): string {
  want(type, 'binary', field)
  const bytes = reader.binary()
  return decodeUtf8(bytes, 0, bytes.length)
}

function readI64(reader: ThriftReader, type: ThriftType, field: string): bigint {
  want(type, 'i64', field)
  return reader.i64()
}

function want(type: ThriftType, wanted: ThriftType, field: string): void {
  if (type !== wanted) throw malformed(`${field} is ${type}, ${wanted} is right`)
}

/** Numbers of 64 bits, the most significant byte first. */
function toBytes(...words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 8)
  const view = new DataView(bytes.buffer)
  for (const [i, word] of words.entries()) view.setBigInt64(i * 8, word)
  return bytes
}
