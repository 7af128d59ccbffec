import type {
  AnyValueJson,
  AttributeJson,
  ResourceSpansJson,
  SpanJson,
} from '../../model/trace-json.ts'
import { ByteWriter } from '../byte-writer.ts'
import { fromBase64 } from './any-value.ts'

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const CODES = ['UNSET', 'OK', 'ERROR']

/** `TracesData` of opentelemetry-proto, which is also Tempo's `Trace`: the resources as field 1. */
export function encodeSpans(resources: readonly ResourceSpansJson[]): Uint8Array {
  const out = new Message()
  for (const one of resources) out.message(1, (inner) => writeResourceSpans(inner, one))
  return out.finish()
}

/** A message with one field: Tempo's `TraceByIDResponse` has the trace as its first. */
export function wrapMessage(field: number, bytes: Uint8Array): Uint8Array {
  const out = new Message()
  out.bytes(field, bytes)
  return out.finish()
}

function writeResourceSpans(out: Message, { resource, scopeSpans }: ResourceSpansJson): void {
  out.message(1, (inner) => writeAttributes(inner, 1, resource.attributes))
  for (const { scope, spans } of scopeSpans) {
    out.message(2, (inner) => {
      inner.message(1, (ofScope) => {
        ofScope.text(1, scope.name)
        ofScope.text(2, scope.version)
        writeAttributes(ofScope, 3, scope.attributes)
      })
      for (const span of spans) inner.message(2, (ofSpan) => writeSpan(ofSpan, span))
    })
  }
}

function writeSpan(out: Message, span: SpanJson): void {
  out.bytes(1, fromBase64(span.traceId))
  out.bytes(2, fromBase64(span.spanId))
  out.text(3, span.traceState)
  out.bytes(4, fromBase64(span.parentSpanId ?? ''))
  out.text(5, span.name)
  out.varint(6, KINDS.indexOf(span.kind?.replace('SPAN_KIND_', '') ?? ''))
  out.fixed64(7, BigInt(span.startTimeUnixNano))
  out.fixed64(8, BigInt(span.endTimeUnixNano))
  writeAttributes(out, 9, span.attributes)
  for (const event of span.events ?? []) {
    out.message(11, (inner) => {
      inner.fixed64(1, BigInt(event.timeUnixNano))
      inner.text(2, event.name)
      writeAttributes(inner, 3, event.attributes)
    })
  }
  for (const link of span.links ?? []) {
    out.message(13, (inner) => {
      inner.bytes(1, fromBase64(link.traceId))
      inner.bytes(2, fromBase64(link.spanId))
      inner.text(3, link.traceState)
      writeAttributes(inner, 4, link.attributes)
    })
  }
  out.message(15, (inner) => {
    inner.text(2, span.status.message)
    inner.varint(3, CODES.indexOf(span.status.code?.replace('STATUS_CODE_', '') ?? ''))
  })
}

/** Attributes as repeated `KeyValue`s. */
export function writeAttributes(
  out: Message,
  field: number,
  attributes: readonly AttributeJson[] | undefined,
): void {
  for (const { key, value } of attributes ?? []) {
    out.message(field, (inner) => {
      inner.text(1, key)
      inner.message(2, (ofValue) => writeValue(ofValue, value))
    })
  }
}

/** Of a value that is set its field is written even when it is 0 or empty. */
function writeValue(out: Message, value: AnyValueJson): void {
  if (value.stringValue !== undefined) out.text(1, value.stringValue, true)
  else if (value.boolValue !== undefined) out.varint(2, value.boolValue ? 1 : 0, true)
  else if (value.intValue !== undefined) out.varint64(3, BigInt(value.intValue))
  else if (value.doubleValue !== undefined) out.double(4, Number(value.doubleValue))
  else if (value.arrayValue !== undefined) {
    const { values } = value.arrayValue
    out.message(5, (list) => {
      for (const item of values) list.message(1, (one) => writeValue(one, item))
    })
  } else if (value.kvlistValue !== undefined) {
    const { values } = value.kvlistValue
    out.message(6, (list) => writeAttributes(list, 1, values))
  } else if (value.bytesValue !== undefined) out.bytes(7, fromBase64(value.bytesValue), true)
}

/** Fields of a protobuf message. What is 0 or empty is left out, unless it has to be there. */
export class Message {
  readonly #out = new ByteWriter(256)

  finish(): Uint8Array {
    return this.#out.finish()
  }

  varint(field: number, value: number, always = false): void {
    if (value <= 0 && !always) return
    this.#out.varint(field << 3)
    this.#out.varint(value)
  }

  varint64(field: number, value: bigint): void {
    this.#out.varint(field << 3)
    let rest = BigInt.asUintN(64, value)
    for (; rest > 0x7fn; rest >>= 7n) this.#out.byte(Number(rest & 0x7fn) | 0x80)
    this.#out.byte(Number(rest))
  }

  fixed64(field: number, value: bigint): void {
    this.#out.varint((field << 3) | 1)
    this.#out.bytes(new Uint8Array(BigUint64Array.of(value).buffer))
  }

  double(field: number, value: number): void {
    this.#out.varint((field << 3) | 1)
    this.#out.bytes(new Uint8Array(Float64Array.of(value).buffer))
  }

  text(field: number, text: string | undefined, always = false): void {
    if (text === undefined || (text === '' && !always)) return
    this.#out.varint((field << 3) | 2)
    this.#out.text(text)
  }

  bytes(field: number, bytes: Uint8Array | undefined, always = false): void {
    if (bytes === undefined || (bytes.length === 0 && !always)) return
    this.#out.varint((field << 3) | 2)
    this.#out.varint(bytes.length)
    this.#out.bytes(bytes)
  }

  message(field: number, write: (inner: Message) => void): void {
    const inner = new Message()
    write(inner)
    this.bytes(field, inner.finish(), true)
  }
}
