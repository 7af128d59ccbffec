import { Problem } from '../../model/problem.ts'
import { ProtoReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../proto-reader.ts'
import { decodeUtf8 } from '../text-codec.ts'
import { MAX_DEPTH, NO_SCOPE, type AnyValue, type Attributes, type Scope } from './any-value.ts'

/** Of an id that was not sent. */
export const NO_ID = new Uint8Array()

const FIRST = (1 << 3) | WIRE_BYTES
const SECOND = (2 << 3) | WIRE_BYTES
const STRING = FIRST
const BOOL = (2 << 3) | WIRE_VARINT
const INT = (3 << 3) | WIRE_VARINT
const DOUBLE = (4 << 3) | WIRE_FIXED64
const ARRAY = (5 << 3) | WIRE_BYTES
const MAP = (6 << 3) | WIRE_BYTES
const BYTES = (7 << 3) | WIRE_BYTES

/** The text from where the reader stands to `end`; malformed UTF-8 becomes U+FFFD. */
export function readText(reader: ProtoReader, end: number): string {
  const text = decodeUtf8(reader.bytes, reader.position, end)
  reader.position = end
  return text
}

/** An `AnyValue` that ends at `end`. Bytes are copied. Throws a `Problem` of code `bad_data`. */
export function readAnyValue(reader: ProtoReader, end: number, depth = 0): AnyValue {
  if (depth > MAX_DEPTH) {
    throw new Problem('bad_data', `proto: values nested deeper than ${MAX_DEPTH}`)
  }
  let value: AnyValue = null
  while (reader.position < end) {
    const tag = reader.varint32(end)
    switch (tag) {
      case STRING:
        value = readText(reader, reader.delimited(end))
        break
      case BOOL:
        reader.varint64(end)
        value = reader.low !== 0 || reader.high !== 0
        break
      case INT:
        reader.varint64(end)
        value = int64Of(reader)
        break
      case DOUBLE:
        reader.fixed64(end)
        value = reader.view.getFloat64(reader.position - 8, true)
        break
      case ARRAY:
        value = readArray(reader, reader.delimited(end), depth + 1)
        break
      case MAP:
        value = new Map(readEntries(reader, reader.delimited(end), depth + 1))
        break
      case BYTES: {
        const bytesEnd = reader.delimited(end)
        value = reader.bytes.slice(reader.position, bytesEnd)
        reader.position = bytesEnd
        break
      }
      default:
        reader.skip(tag, end)
    }
  }
  return value
}

/** The last varint as the signed number that it writes. */
function int64Of({ low, high }: ProtoReader): bigint {
  const top = high | 0
  // Exact as a double, and many times faster to make.
  if (top >= -0x200000 && top < 0x200000) return BigInt(top * 4294967296 + low)
  return (BigInt(top) << 32n) | BigInt(low)
}

function readArray(reader: ProtoReader, end: number, depth: number): AnyValue[] {
  const values: AnyValue[] = []
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === FIRST) values.push(readAnyValue(reader, reader.delimited(end), depth))
    else reader.skip(tag, end)
  }
  return values
}

/** The `KeyValue`s of a `KeyValueList`. */
function readEntries(reader: ProtoReader, end: number, depth: number): [string, AnyValue][] {
  const entries: [string, AnyValue][] = []
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === FIRST) entries.push(readKeyValue(reader, reader.delimited(end), depth))
    else reader.skip(tag, end)
  }
  return entries
}

/** A `KeyValue` that ends at `end`. */
export function readKeyValue(reader: ProtoReader, end: number, depth = 0): [string, AnyValue] {
  let key = ''
  let value: AnyValue = null
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === FIRST) key = readText(reader, reader.delimited(end))
    else if (tag === SECOND) value = readAnyValue(reader, reader.delimited(end), depth)
    else reader.skip(tag, end)
  }
  return [key, value]
}

/** Unix nanoseconds; unsigned on the wire. */
export function readTime(reader: ProtoReader, end: number): bigint {
  reader.fixed64(end)
  return reader.view.getBigUint64(reader.position - 8, true)
}

/** An id, or nothing. A view of the request: it is copied before the next is read. */
export function readId(
  reader: ProtoReader,
  end: number,
  sizeBytes: number,
  field: string,
): Uint8Array {
  const idEnd = reader.delimited(end)
  const id = reader.bytes.subarray(reader.position, idEnd)
  reader.position = idEnd
  if (id.length !== 0 && id.length !== sizeBytes) {
    throw new Problem('bad_data', `proto: ${field} has ${id.length} bytes, not ${sizeBytes}`)
  }
  return id
}

/** The same, copied into `room`, which is as long as the id has to be: answers `room`, or nothing when there is no id. */
export function readIdInto(
  room: Uint8Array,
  reader: ProtoReader,
  end: number,
  field: string,
): Uint8Array {
  const idEnd = reader.delimited(end)
  const start = reader.position
  reader.position = idEnd
  if (idEnd === start) return NO_ID
  if (idEnd - start !== room.length) {
    throw new Problem('bad_data', `proto: ${field} has ${idEnd - start} bytes, not ${room.length}`)
  }
  for (let i = 0; i < room.length; i++) room[i] = reader.bytes[start + i] as number
  return room
}

/** What learns who the records of a request are of. */
export interface RecordOwners {
  /** Before its scopes. */
  resource(attributes: Attributes): void
  /** Before its records. */
  scope(scope: Scope): void
  /** Of the scope, when it was sent; in JSON perhaps behind its records. */
  schemaUrl?(url: string): void
}

/** What is told while a request of any signal is walked: `out` of owners, itself of records. */
export interface ProtobufVisitor {
  readonly out: RecordOwners
  /** A log record, span or metric lies from where the reader stands to `end`, where the visitor leaves it. */
  record(reader: ProtoReader, end: number): void
}

/**
 * Walks an `Export…ServiceRequest`. The three signals have one form: resources (field 1) with a resource (1) and scopes (2), which
 * have a scope (1) and records (2). Throws a `Problem` of code `bad_data`.
 */
export function walkProtobuf(bytes: Uint8Array, visitor: ProtobufVisitor): void {
  const reader = new ProtoReader(bytes)
  eachField(reader, bytes.length, 1, 'resources', (resourceEnd) => {
    const resourceStart = reader.position
    let attributes: Attributes = []
    eachField(reader, resourceEnd, 1, 'resource', (end) => {
      attributes = readAttributes(reader, end)
    })
    visitor.out.resource(attributes)
    reader.position = resourceStart
    eachField(reader, resourceEnd, 2, 'scopes', (scopeEnd) => walkScope(reader, scopeEnd, visitor))
  })
}

function walkScope(reader: ProtoReader, end: number, visitor: ProtobufVisitor): void {
  const start = reader.position
  let scope = NO_SCOPE
  eachField(reader, end, 1, 'scope', (scopeEnd) => {
    scope = readScope(reader, scopeEnd)
  })
  visitor.out.scope(scope)
  if (visitor.out.schemaUrl !== undefined) {
    reader.position = start
    eachField(reader, end, 3, 'schema_url', (urlEnd) => {
      visitor.out.schemaUrl?.(readText(reader, urlEnd))
    })
  }
  reader.position = start
  eachField(reader, end, 2, 'records', (recordEnd) => visitor.record(reader, recordEnd))
}

/** Calls `each` for every message that is field `field`, and steps over all others. */
function eachField(
  reader: ProtoReader,
  end: number,
  field: number,
  name: string,
  each: (end: number) => void,
): void {
  const wanted = (field << 3) | WIRE_BYTES
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === wanted) each(reader.delimited(end))
    else {
      if (tag >>> 3 === field) reader.expect(tag & 7, WIRE_BYTES, name)
      reader.skip(tag, end)
    }
  }
}

function readAttributes(reader: ProtoReader, end: number): Attributes {
  const attributes: [string, AnyValue][] = []
  eachField(reader, end, 1, 'attributes', (attributeEnd) => {
    attributes.push(readKeyValue(reader, attributeEnd))
  })
  return attributes
}

const DROPPED = (4 << 3) | WIRE_VARINT
const ATTRIBUTES = (3 << 3) | WIRE_BYTES

function readScope(reader: ProtoReader, end: number): Scope {
  let name = ''
  let version = ''
  let droppedAttributes = 0
  const attributes: [string, AnyValue][] = []
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === FIRST) name = readText(reader, reader.delimited(end))
    else if (tag === SECOND) version = readText(reader, reader.delimited(end))
    else if (tag === ATTRIBUTES) attributes.push(readKeyValue(reader, reader.delimited(end)))
    else if (tag === DROPPED) droppedAttributes = reader.varint32(end)
    else reader.skip(tag, end)
  }
  return { name, version, attributes, droppedAttributes }
}
