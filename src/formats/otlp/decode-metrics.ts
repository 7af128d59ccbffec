import {
  NUMBER_DOUBLE,
  NUMBER_INTEGER,
  type OtlpMetricKind,
  type Temporality,
} from '../../model/otlp-metrics.ts'
import { Problem } from '../../model/problem.ts'
import { WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT, type ProtoReader } from '../proto-reader.ts'
import {
  ExemplarDraft,
  MetricColumns,
  MetricDraft,
  PointDraft,
  type DecodedMetrics,
} from './metric-columns.ts'
import {
  readId,
  readKeyValue,
  readText,
  readTime,
  walkProtobuf,
  type ProtobufVisitor,
} from './protobuf-values.ts'

const TWO_32 = 4_294_967_296

/**
 * Decodes requests of OTLP for metrics (opentelemetry-proto, `ExportMetricsServiceRequest`) in protobuf. Throws a `Problem`: `bad_data` for
 * anything malformed, `limit` when there is too much of it.
 */
export function decodeMetrics(bytes: Uint8Array): DecodedMetrics {
  const columns = new MetricColumns()
  walkProtobuf(bytes, new ProtobufMetrics(columns))
  return { batch: columns.finish(), refusals: columns.refusals }
}

const bytesField = (field: number): number => (field << 3) | WIRE_BYTES
const varintField = (field: number): number => (field << 3) | WIRE_VARINT
const fixedField = (field: number): number => (field << 3) | WIRE_FIXED64

const METADATA = bytesField(12)
const DATA: ReadonlyMap<number, OtlpMetricKind> = new Map([
  [bytesField(5), 'gauge'],
  [bytesField(7), 'sum'],
  [bytesField(9), 'histogram'],
  [bytesField(10), 'exponential-histogram'],
  [bytesField(11), 'summary'],
])
const POINTS = bytesField(1)
const TEMPORALITY = varintField(2)
const IS_MONOTONIC = varintField(3)
/** By OpenTelemetry's number. */
const TEMPORALITIES: readonly Temporality[] = ['unspecified', 'delta', 'cumulative']

const START = fixedField(2)
const TIME = fixedField(3)

class ProtobufMetrics implements ProtobufVisitor {
  readonly out: MetricColumns

  constructor(out: MetricColumns) {
    this.out = out
  }

  record(reader: ProtoReader, end: number): void {
    const metric = new MetricDraft()
    while (reader.position < end) {
      const tag = reader.varint32(end)
      const kind = DATA.get(tag)
      if (kind !== undefined) this.#data(reader, reader.delimited(end), metric, kind)
      else if (tag === bytesField(1)) metric.name = readText(reader, reader.delimited(end))
      else if (tag === bytesField(2)) metric.description = readText(reader, reader.delimited(end))
      else if (tag === bytesField(3)) metric.unit = readText(reader, reader.delimited(end))
      else if (tag === METADATA) metric.metadata.push(readKeyValue(reader, reader.delimited(end)))
      else reader.skip(tag, end)
    }
    this.out.metric(metric)
  }

  #data(reader: ProtoReader, end: number, metric: MetricDraft, kind: OtlpMetricKind): void {
    if (metric.kind !== undefined && metric.kind !== kind) {
      throw new Problem('bad_data', `proto: a metric is both ${metric.kind} and ${kind}`)
    }
    metric.kind = kind
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === POINTS) this.#point(reader, reader.delimited(end), kind)
      else if (tag === TEMPORALITY) {
        metric.temporality = TEMPORALITIES[reader.varint32(end)] ?? 'unspecified'
      } else if (tag === IS_MONOTONIC) metric.isMonotonic = reader.varint32(end) !== 0
      else reader.skip(tag, end)
    }
  }

  #point(reader: ProtoReader, end: number, kind: OtlpMetricKind): void {
    const point = new PointDraft()
    const out = this.out
    const readField = POINT_FIELDS[kind]
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === START) point.startNs = readTime(reader, end)
      else if (tag === TIME) point.timeNs = readTime(reader, end)
      else readField(reader, tag, end, point, out)
    }
    out.point(kind, point)
  }
}

type FieldReader = (
  reader: ProtoReader,
  tag: number,
  end: number,
  point: PointDraft,
  out: MetricColumns,
) => void

const readNumberField: FieldReader = (reader, tag, end, point, out) => {
  switch (tag) {
    case fixedField(4):
      point.value = readDouble(reader, end)
      point.valueType = NUMBER_DOUBLE
      return
    case bytesField(5):
      readExemplar(reader, reader.delimited(end), out)
      return
    case fixedField(6):
      point.value = readSigned(reader, end)
      point.valueType = NUMBER_INTEGER
      return
    case bytesField(7):
      addAttribute(reader, end, out)
      return
    case varintField(8):
      point.flags = reader.varint32(end)
      return
    default:
      reader.skip(tag, end)
  }
}

const readHistogramField: FieldReader = (reader, tag, end, point, out) => {
  switch (tag) {
    case fixedField(4):
      point.count = readCount(reader, end)
      return
    case fixedField(5):
      readSum(reader, end, point)
      return
    case bytesField(6):
      eachPacked(reader, end, (listEnd) => out.listed('buckets', readCount(reader, listEnd)))
      return
    case fixedField(6):
      out.listed('buckets', readCount(reader, end))
      return
    case bytesField(7):
      eachPacked(reader, end, (listEnd) => out.listed('bounds', readDouble(reader, listEnd)))
      return
    case fixedField(7):
      out.listed('bounds', readDouble(reader, end))
      return
    case bytesField(8):
      readExemplar(reader, reader.delimited(end), out)
      return
    case bytesField(9):
      addAttribute(reader, end, out)
      return
    case varintField(10):
      point.flags = reader.varint32(end)
      return
    case fixedField(11):
      point.minimum = readDouble(reader, end)
      return
    case fixedField(12):
      point.maximum = readDouble(reader, end)
      return
    default:
      reader.skip(tag, end)
  }
}

const readExponentialField: FieldReader = (reader, tag, end, point, out) => {
  switch (tag) {
    case bytesField(1):
      addAttribute(reader, end, out)
      return
    case fixedField(4):
      point.count = readCount(reader, end)
      return
    case fixedField(5):
      readSum(reader, end, point)
      return
    case varintField(6):
      point.scale = readZigzag(reader, end)
      return
    case fixedField(7):
      point.zeroCount = readCount(reader, end)
      return
    case bytesField(8):
      point.offset = readBuckets(reader, reader.delimited(end), 'buckets', out)
      return
    case bytesField(9):
      point.negativeOffset = readBuckets(reader, reader.delimited(end), 'negativeBuckets', out)
      return
    case varintField(10):
      point.flags = reader.varint32(end)
      return
    case bytesField(11):
      readExemplar(reader, reader.delimited(end), out)
      return
    case fixedField(12):
      point.minimum = readDouble(reader, end)
      return
    case fixedField(13):
      point.maximum = readDouble(reader, end)
      return
    case fixedField(14):
      point.zeroThreshold = readDouble(reader, end)
      return
    default:
      reader.skip(tag, end)
  }
}

const readSummaryField: FieldReader = (reader, tag, end, point, out) => {
  switch (tag) {
    case fixedField(4):
      point.count = readCount(reader, end)
      return
    case fixedField(5):
      readSum(reader, end, point)
      return
    case bytesField(6):
      readQuantile(reader, reader.delimited(end), out)
      return
    case bytesField(7):
      addAttribute(reader, end, out)
      return
    case varintField(8):
      point.flags = reader.varint32(end)
      return
    default:
      reader.skip(tag, end)
  }
}

const POINT_FIELDS: Readonly<Record<OtlpMetricKind, FieldReader>> = {
  gauge: readNumberField,
  sum: readNumberField,
  histogram: readHistogramField,
  'exponential-histogram': readExponentialField,
  summary: readSummaryField,
}

function addAttribute(reader: ProtoReader, end: number, out: MetricColumns): void {
  const [key, value] = readKeyValue(reader, reader.delimited(end))
  out.attributes.add(key, value)
}

function readSum(reader: ProtoReader, end: number, point: PointDraft): void {
  point.value = readDouble(reader, end)
  point.valueType = NUMBER_DOUBLE
}

function eachPacked(reader: ProtoReader, end: number, each: (end: number) => void): void {
  const listEnd = reader.delimited(end)
  while (reader.position < listEnd) each(listEnd)
}

/** Reads `Buckets` and returns its offset. */
function readBuckets(
  reader: ProtoReader,
  end: number,
  list: 'buckets' | 'negativeBuckets',
  out: MetricColumns,
): number {
  let offset = 0
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === varintField(1)) offset = readZigzag(reader, end)
    else if (tag === bytesField(2)) {
      eachPacked(reader, end, (listEnd) => out.listed(list, readUnsigned(reader, listEnd)))
    } else if (tag === varintField(2)) out.listed(list, readUnsigned(reader, end))
    else reader.skip(tag, end)
  }
  return offset
}

function readQuantile(reader: ProtoReader, end: number, out: MetricColumns): void {
  let quantile = 0
  let value = 0
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === fixedField(1)) quantile = readDouble(reader, end)
    else if (tag === fixedField(2)) value = readDouble(reader, end)
    else reader.skip(tag, end)
  }
  out.listed('bounds', quantile)
  out.listed('buckets', value)
}

function readExemplar(reader: ProtoReader, end: number, out: MetricColumns): void {
  const exemplar = new ExemplarDraft()
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === fixedField(2)) exemplar.timeNs = readTime(reader, end)
    else if (tag === fixedField(3)) {
      exemplar.value = readDouble(reader, end)
      exemplar.valueType = NUMBER_DOUBLE
    } else if (tag === bytesField(4)) exemplar.spanId = readId(reader, end, 8, 'span_id')
    else if (tag === bytesField(5)) exemplar.traceId = readId(reader, end, 16, 'trace_id')
    else if (tag === fixedField(6)) {
      exemplar.value = readSigned(reader, end)
      exemplar.valueType = NUMBER_INTEGER
    } else if (tag === bytesField(7)) {
      const [key, value] = readKeyValue(reader, reader.delimited(end))
      out.exemplarAttributes.add(key, value)
    } else reader.skip(tag, end)
  }
  out.exemplar(exemplar)
}

function readDouble(reader: ProtoReader, end: number): number {
  reader.fixed64(end)
  return reader.view.getFloat64(reader.position - 8, true)
}

/** A `fixed64` as a double: exact up to 2^53. */
function readCount(reader: ProtoReader, end: number): number {
  reader.fixed64(end)
  return reader.high * TWO_32 + reader.low
}

/** An `sfixed64` as a double: exact up to 2^53. */
function readSigned(reader: ProtoReader, end: number): number {
  reader.fixed64(end)
  return (reader.high | 0) * TWO_32 + reader.low
}

/** A `uint64` as a double: exact up to 2^53. */
function readUnsigned(reader: ProtoReader, end: number): number {
  reader.varint64(end)
  return reader.high * TWO_32 + reader.low
}

/** A `sint32`. */
function readZigzag(reader: ProtoReader, end: number): number {
  reader.varint64(end)
  return (reader.low >>> 1) ^ -(reader.low & 1)
}
