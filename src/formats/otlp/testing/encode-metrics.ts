import { ByteWriter } from '../../byte-writer.ts'
import { fromBase64 } from '../any-value.ts'

/** A message of OTLP's JSON. */
export interface MessageJson {
  readonly [key: string]: FieldJson | undefined
}
type FieldJson = string | number | boolean | MessageJson | readonly FieldJson[]

type Kind =
  | 'text'
  | 'bytes'
  | 'base64'
  | 'bool'
  | 'int32'
  | 'sint32'
  | 'uint64'
  | 'int64'
  | 'fixed64'
  | 'double'
type Fields = Readonly<Record<string, readonly [number, Kind | (() => Fields)]>>

const VALUE: Fields = {
  stringValue: [1, 'text'],
  boolValue: [2, 'bool'],
  intValue: [3, 'int64'],
  doubleValue: [4, 'double'],
  arrayValue: [5, () => ({ values: [1, () => VALUE] })],
  kvlistValue: [6, () => ({ values: [1, () => KEY_VALUE] })],
  bytesValue: [7, 'base64'],
}
const KEY_VALUE: Fields = { key: [1, 'text'], value: [2, () => VALUE] }
const TIMES: Fields = { startTimeUnixNano: [2, 'fixed64'], timeUnixNano: [3, 'fixed64'] }
const EXEMPLAR: Fields = {
  timeUnixNano: [2, 'fixed64'],
  asDouble: [3, 'double'],
  spanId: [4, 'bytes'],
  traceId: [5, 'bytes'],
  asInt: [6, 'fixed64'],
  filteredAttributes: [7, () => KEY_VALUE],
}
const NUMBER_POINT: Fields = {
  ...TIMES,
  asDouble: [4, 'double'],
  exemplars: [5, () => EXEMPLAR],
  asInt: [6, 'fixed64'],
  attributes: [7, () => KEY_VALUE],
  flags: [8, 'int32'],
}
const COUNT: Fields = { count: [4, 'fixed64'], sum: [5, 'double'] }
const HISTOGRAM_POINT: Fields = {
  ...{ ...TIMES, ...COUNT },
  bucketCounts: [6, 'fixed64'],
  explicitBounds: [7, 'double'],
  exemplars: [8, () => EXEMPLAR],
  attributes: [9, () => KEY_VALUE],
  flags: [10, 'int32'],
  min: [11, 'double'],
  max: [12, 'double'],
}
const BUCKETS: Fields = { offset: [1, 'sint32'], bucketCounts: [2, 'uint64'] }
const EXPONENTIAL_POINT: Fields = {
  ...{ ...TIMES, ...COUNT },
  attributes: [1, () => KEY_VALUE],
  scale: [6, 'sint32'],
  zeroCount: [7, 'fixed64'],
  positive: [8, () => BUCKETS],
  negative: [9, () => BUCKETS],
  flags: [10, 'int32'],
  exemplars: [11, () => EXEMPLAR],
  min: [12, 'double'],
  max: [13, 'double'],
  zeroThreshold: [14, 'double'],
}
const SUMMARY_POINT: Fields = {
  ...{ ...TIMES, ...COUNT },
  quantileValues: [6, () => ({ quantile: [1, 'double'], value: [2, 'double'] })],
  attributes: [7, () => KEY_VALUE],
  flags: [8, 'int32'],
}
const dataOf = (point: Fields): Fields => ({
  dataPoints: [1, () => point],
  aggregationTemporality: [2, 'int32'],
  isMonotonic: [3, 'bool'],
})
const METRIC: Fields = {
  name: [1, 'text'],
  description: [2, 'text'],
  unit: [3, 'text'],
  gauge: [5, () => dataOf(NUMBER_POINT)],
  sum: [7, () => dataOf(NUMBER_POINT)],
  histogram: [9, () => dataOf(HISTOGRAM_POINT)],
  exponentialHistogram: [10, () => dataOf(EXPONENTIAL_POINT)],
  summary: [11, () => dataOf(SUMMARY_POINT)],
  metadata: [12, () => KEY_VALUE],
}
const SCOPE: Fields = {
  name: [1, 'text'],
  version: [2, 'text'],
  attributes: [3, () => KEY_VALUE],
}
const REQUEST: Fields = {
  resourceMetrics: [
    1,
    () => ({
      resource: [1, () => ({ attributes: [1, () => KEY_VALUE] })],
      scopeMetrics: [
        2,
        () => ({ scope: [1, () => SCOPE], metrics: [2, () => METRIC], schemaUrl: [3, 'text'] }),
      ],
    }),
  ],
}

/** A request of OTLP's JSON as protobuf (`ExportMetricsServiceRequest`), for tests that feed both decoders. Lists are not packed. */
export function encodeMetricsRequest(request: MessageJson): Uint8Array {
  return encode(request, REQUEST)
}

function encode(message: MessageJson, fields: Fields): Uint8Array {
  const out = new ByteWriter(32)
  for (const [key, value] of Object.entries(message)) {
    const field = fields[key]
    if (field === undefined || value === undefined) throw new Error(`there is no field ${key}`)
    for (const one of isList(value) ? value : [value]) writeField(out, field[0], field[1], one)
  }
  return out.finish()
}

function isList(value: FieldJson): value is readonly FieldJson[] {
  return Array.isArray(value)
}

function writeField(
  out: ByteWriter,
  field: number,
  kind: Kind | (() => Fields),
  value: FieldJson,
): void {
  if (typeof kind === 'function') {
    if (typeof value !== 'object' || isList(value)) throw new Error('a message is an object')
    writeBytes(out, field, encode(value, kind()))
    return
  }
  if (typeof value === 'object') throw new Error('a message is no value')
  switch (kind) {
    case 'text':
      out.varint(field * 8 + 2)
      out.text(String(value))
      return
    case 'bytes':
      writeBytes(out, field, fromHex(String(value)))
      return
    case 'base64':
      writeBytes(out, field, fromBase64(String(value)) ?? new Uint8Array())
      return
    case 'double':
      out.varint(field * 8 + 1)
      out.memory(Float64Array.of(Number(value === 'Infinity' ? Infinity : value)))
      return
    case 'fixed64':
      out.varint(field * 8 + 1)
      out.memory(BigInt64Array.of(BigInt(String(value))))
      return
    case 'sint32':
      out.varint(field * 8)
      out.varint(Number(value) >= 0 ? Number(value) * 2 : -Number(value) * 2 - 1)
      return
    case 'bool':
      out.varint(field * 8)
      out.varint(value === true ? 1 : 0)
      return
    default:
      out.varint(field * 8)
      out.int64(Number(value))
  }
}

function writeBytes(out: ByteWriter, field: number, bytes: Uint8Array): void {
  out.varint(field * 8 + 2)
  out.varint(bytes.length)
  out.bytes(bytes)
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16),
  )
}
