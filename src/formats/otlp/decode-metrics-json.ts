import {
  NUMBER_DOUBLE,
  NUMBER_INTEGER,
  type OtlpMetricKind,
  type Temporality,
} from '../../model/otlp-metrics.ts'
import type { JsonBytes } from '../loki-push/json-bytes.ts'
import {
  camelCase,
  readDouble,
  readEnum,
  readHexId,
  readInteger,
  readJsonAttributes,
  readString,
  walkJson,
  type JsonNames,
  type JsonVisitor,
} from './json-values.ts'
import {
  ExemplarDraft,
  MetricColumns,
  MetricDraft,
  PointDraft,
  type DecodedMetrics,
} from './metric-columns.ts'

const NAMES: JsonNames = {
  resources: 'resourceMetrics',
  scopes: 'scopeMetrics',
  records: 'metrics',
}

/** As `decodeMetrics` does, of OTLP's JSON. Throws a `Problem` of code `bad_data` or `limit`. */
export function decodeMetricsJson(bytes: Uint8Array): DecodedMetrics {
  const columns = new MetricColumns()
  walkJson(bytes, NAMES, new JsonMetrics(columns))
  return { batch: columns.finish(), refusals: columns.refusals }
}

const DATA: ReadonlyMap<string, OtlpMetricKind> = new Map([
  ['gauge', 'gauge'],
  ['sum', 'sum'],
  ['histogram', 'histogram'],
  ['exponentialHistogram', 'exponential-histogram'],
  ['summary', 'summary'],
])
const TEMPORALITY_NAMES = [
  'AGGREGATION_TEMPORALITY_UNSPECIFIED',
  'AGGREGATION_TEMPORALITY_DELTA',
  'AGGREGATION_TEMPORALITY_CUMULATIVE',
]
const TEMPORALITIES: readonly Temporality[] = ['unspecified', 'delta', 'cumulative']

class JsonMetrics implements JsonVisitor {
  readonly out: MetricColumns

  constructor(out: MetricColumns) {
    this.out = out
  }

  record(json: JsonBytes): void {
    const metric = new MetricDraft()
    json.object('a metric', (key) => {
      const name = camelCase(key)
      const kind = DATA.get(name)
      if (kind !== undefined) this.#data(json, metric, kind)
      else if (name === 'name') metric.name = readString(json, name)
      else if (name === 'description') metric.description = readString(json, name)
      else if (name === 'unit') metric.unit = readString(json, name)
      else if (name === 'metadata') metric.metadata = readJsonAttributes(json)
      else json.skip()
    })
    this.out.metric(metric)
  }

  #data(json: JsonBytes, metric: MetricDraft, kind: OtlpMetricKind): void {
    if (json.takeNull()) return
    if (metric.kind !== undefined && metric.kind !== kind) {
      throw json.fault(`a metric is both ${metric.kind} and ${kind}`)
    }
    metric.kind = kind
    json.object(kind, (key) => {
      const name = camelCase(key)
      if (name === 'dataPoints') eachOf(json, name, () => this.#point(json, kind))
      else if (name === 'aggregationTemporality') {
        metric.temporality = TEMPORALITIES[readEnum(json, name, TEMPORALITY_NAMES)] ?? 'unspecified'
      } else if (name === 'isMonotonic') metric.isMonotonic = readBoolean(json)
      else json.skip()
    })
  }

  #point(json: JsonBytes, kind: OtlpMetricKind): void {
    const point = new PointDraft()
    const out = this.out
    json.object('a data point', (key) => {
      const name = camelCase(key)
      if (name === 'attributes') {
        for (const [attribute, value] of readJsonAttributes(json)) {
          out.attributes.add(attribute, value)
        }
      } else if (name === 'exemplars') eachOf(json, name, () => readExemplar(json, out))
      else if (!readCommonField(json, name, point)) {
        if (kind === 'gauge' || kind === 'sum') readNumberField(json, name, point)
        else readDistributionField(json, name, point, out)
      }
    })
    out.point(kind, point)
  }
}

/** Reads what points of all kinds have; false when it is nothing of that. */
function readCommonField(json: JsonBytes, name: string, point: PointDraft): boolean {
  switch (name) {
    case 'timeUnixNano':
      point.timeNs = readInteger(json, name)
      return true
    case 'startTimeUnixNano':
      point.startNs = readInteger(json, name)
      return true
    case 'flags':
      point.flags = Number(BigInt.asUintN(32, readInteger(json, name)))
      return true
    default:
      return false
  }
}

function readNumberField(json: JsonBytes, name: string, point: PointDraft | ExemplarDraft): void {
  if ((name !== 'asDouble' && name !== 'asInt') || json.takeNull()) {
    if (name !== 'asDouble' && name !== 'asInt') json.skip()
    return
  }
  if (name === 'asDouble') {
    point.value = readDouble(json, name)
    point.valueType = NUMBER_DOUBLE
  } else {
    point.value = Number(BigInt.asIntN(64, readInteger(json, name)))
    point.valueType = NUMBER_INTEGER
  }
}

function readDistributionField(
  json: JsonBytes,
  name: string,
  point: PointDraft,
  out: MetricColumns,
): void {
  switch (name) {
    case 'count':
      point.count = readCount(json, name)
      return
    case 'sum':
      if (json.takeNull()) return
      point.value = readDouble(json, name)
      point.valueType = NUMBER_DOUBLE
      return
    case 'min':
      if (!json.takeNull()) point.minimum = readDouble(json, name)
      return
    case 'max':
      if (!json.takeNull()) point.maximum = readDouble(json, name)
      return
    case 'bucketCounts':
      eachOf(json, name, () => out.listed('buckets', readCount(json, name)))
      return
    case 'explicitBounds':
      eachOf(json, name, () => out.listed('bounds', readDouble(json, name)))
      return
    case 'quantileValues':
      eachOf(json, name, () => readQuantile(json, out))
      return
    default:
      readExponentialField(json, name, point, out)
  }
}

function readExponentialField(
  json: JsonBytes,
  name: string,
  point: PointDraft,
  out: MetricColumns,
): void {
  switch (name) {
    case 'scale':
      point.scale = readInt32(json, name)
      return
    case 'zeroCount':
      point.zeroCount = readCount(json, name)
      return
    case 'zeroThreshold':
      if (!json.takeNull()) point.zeroThreshold = readDouble(json, name)
      return
    case 'positive':
      point.offset = readBuckets(json, 'buckets', out)
      return
    case 'negative':
      point.negativeOffset = readBuckets(json, 'negativeBuckets', out)
      return
    default:
      json.skip()
  }
}

/** Reads `Buckets` and returns its offset. */
function readBuckets(
  json: JsonBytes,
  list: 'buckets' | 'negativeBuckets',
  out: MetricColumns,
): number {
  let offset = 0
  if (json.takeNull()) return offset
  json.object('buckets', (key) => {
    const name = camelCase(key)
    if (name === 'offset') offset = readInt32(json, name)
    else if (name === 'bucketCounts') {
      eachOf(json, name, () => out.listed(list, readCount(json, name)))
    } else json.skip()
  })
  return offset
}

function readQuantile(json: JsonBytes, out: MetricColumns): void {
  let quantile = 0
  let value = 0
  json.object('a quantile', (key) => {
    if (json.takeNull()) return
    if (key === 'quantile') quantile = readDouble(json, key)
    else if (key === 'value') value = readDouble(json, key)
    else json.skip()
  })
  out.listed('bounds', quantile)
  out.listed('buckets', value)
}

function readExemplar(json: JsonBytes, out: MetricColumns): void {
  const exemplar = new ExemplarDraft()
  json.object('an exemplar', (key) => {
    const name = camelCase(key)
    if (name === 'timeUnixNano') exemplar.timeNs = readInteger(json, name)
    else if (name === 'spanId') exemplar.spanId = readHexId(json, 8, name)
    else if (name === 'traceId') exemplar.traceId = readHexId(json, 16, name)
    else if (name === 'filteredAttributes') {
      for (const [attribute, value] of readJsonAttributes(json)) {
        out.exemplarAttributes.add(attribute, value)
      }
    } else readNumberField(json, name, exemplar)
  })
  out.exemplar(exemplar)
}

function eachOf(json: JsonBytes, what: string, each: () => void): void {
  if (!json.takeNull()) json.array(what, each)
}

/** A count of 64 bits without a sign as a double: exact up to 2^53. */
function readCount(json: JsonBytes, what: string): number {
  return Number(BigInt.asUintN(64, readInteger(json, what)))
}

function readInt32(json: JsonBytes, what: string): number {
  return Number(BigInt.asIntN(32, readInteger(json, what)))
}

function readBoolean(json: JsonBytes): boolean {
  json.peek()
  const isTrue = json.bytes[json.at] === 0x74
  json.skip()
  return isTrue
}
