import { ByteWriter } from '../../byte-writer.ts'
import { encodeUtf8 } from '../../text-codec.ts'
import { fromBase64 } from '../any-value.ts'

/** The parts of OTLP's JSON that tests write. */
export interface LogRecordJson {
  readonly timeUnixNano?: string
  readonly observedTimeUnixNano?: string
  readonly severityNumber?: number
  readonly severityText?: string
  readonly body?: ValueJson
  readonly attributes?: readonly AttributeJson[]
  readonly droppedAttributesCount?: number
  readonly flags?: number
  readonly traceId?: string
  readonly spanId?: string
  readonly eventName?: string
}

export interface ValueJson {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: string
  readonly doubleValue?: number
  readonly bytesValue?: string
  readonly arrayValue?: { readonly values: readonly ValueJson[] }
  readonly kvlistValue?: { readonly values: readonly AttributeJson[] }
}

export interface AttributeJson {
  readonly key: string
  readonly value: ValueJson
}

export interface LogsRequestJson {
  readonly resourceLogs: readonly {
    readonly resource?: { readonly attributes: readonly AttributeJson[] }
    readonly scopeLogs: readonly {
      readonly scope?: {
        readonly name?: string
        readonly version?: string
        readonly attributes?: readonly AttributeJson[]
        readonly droppedAttributesCount?: number
      }
      readonly logRecords: readonly LogRecordJson[]
    }[]
  }[]
}

/** The same request as protobuf (`ExportLogsServiceRequest`), for tests that feed both decoders. */
export function encodeLogsRequest({ resourceLogs }: LogsRequestJson): Uint8Array {
  return message((out) => {
    for (const { resource, scopeLogs } of resourceLogs) {
      out.message(1, (ofResource) => {
        if (resource) ofResource.message(1, (one) => one.attributes(1, resource.attributes))
        for (const { scope, logRecords } of scopeLogs) {
          ofResource.message(2, (ofScope) => {
            if (scope) {
              ofScope.message(1, (one) => {
                one.text(1, scope.name)
                one.text(2, scope.version)
                one.attributes(3, scope.attributes)
                one.varint(4, scope.droppedAttributesCount)
              })
            }
            for (const record of logRecords) ofScope.message(2, (one) => writeRecord(one, record))
          })
        }
      })
    }
  })
}

function writeRecord(out: Message, record: LogRecordJson): void {
  out.fixed64(1, record.timeUnixNano)
  out.varint(2, record.severityNumber)
  out.text(3, record.severityText)
  if (record.body) {
    const { body } = record
    out.message(5, (value) => value.value(body))
  }
  out.attributes(6, record.attributes)
  out.varint(7, record.droppedAttributesCount)
  if (record.flags !== undefined) out.fixed32(8, record.flags)
  if (record.traceId) out.bytes(9, fromHex(record.traceId))
  if (record.spanId) out.bytes(10, fromHex(record.spanId))
  out.fixed64(11, record.observedTimeUnixNano)
  out.text(12, record.eventName)
}

function message(write: (out: Message) => void): Uint8Array {
  const out = new Message()
  write(out)
  return out.finish()
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** Writes fields of one message; what is undefined is left out. */
class Message {
  readonly #out = new ByteWriter(64)

  finish(): Uint8Array {
    return this.#out.finish().slice()
  }

  message(field: number, write: (out: Message) => void): void {
    this.bytes(field, message(write))
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.#out.varint((field << 3) | 2)
    this.#out.varint(bytes.length)
    this.#out.bytes(bytes)
  }

  text(field: number, text: string | undefined): void {
    if (text !== undefined) this.bytes(field, encodeUtf8(text))
  }

  varint(field: number, value: number | undefined): void {
    if (value === undefined) return
    this.#out.varint(field << 3)
    this.#out.varint(value)
  }

  fixed32(field: number, value: number): void {
    this.#out.varint((field << 3) | 5)
    this.#out.uint32(value)
  }

  fixed64(field: number, value: string | undefined): void {
    if (value === undefined) return
    const ns = BigInt(value)
    this.#out.varint((field << 3) | 1)
    this.#out.words(Number(BigInt.asUintN(32, ns)), Number(ns >> 32n))
  }

  attributes(field: number, attributes: readonly AttributeJson[] = []): void {
    for (const { key, value } of attributes) {
      this.message(field, (out) => {
        out.text(1, key)
        out.message(2, (inner) => inner.value(value))
      })
    }
  }

  value(value: ValueJson): void {
    this.text(1, value.stringValue)
    if (value.boolValue !== undefined) this.varint(2, value.boolValue ? 1 : 0)
    if (value.intValue !== undefined) this.#int64(3, BigInt(value.intValue))
    if (value.doubleValue !== undefined) {
      this.#out.varint((4 << 3) | 1)
      this.#out.memory(Float64Array.of(value.doubleValue))
    }
    const { arrayValue, kvlistValue } = value
    if (arrayValue) {
      this.message(5, (out) => {
        for (const each of arrayValue.values) out.message(1, (inner) => inner.value(each))
      })
    }
    if (kvlistValue) this.message(6, (out) => out.attributes(1, kvlistValue.values))
    if (value.bytesValue !== undefined)
      this.bytes(7, fromBase64(value.bytesValue) ?? new Uint8Array())
  }

  #int64(field: number, value: bigint): void {
    this.#out.varint(field << 3)
    let rest = BigInt.asUintN(64, value)
    while (rest >= 128n) {
      this.#out.byte(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    this.#out.byte(Number(rest))
  }
}
