import { decodeMetrics } from '../decode-metrics.ts'
import type { DecodedMetrics } from '../metric-columns.ts'
import { encodeMetricsRequest, type MessageJson } from './encode-metrics.ts'

/** A time that is no round number of milliseconds. */
export const TIME_NS = 1_700_000_000_123_456_789n
export const TIME_MS = 1_700_000_000_123
export const START_NS = 1_699_999_940_000_000_000n

type Value = string | number | boolean

/** Attributes in OTLP's JSON: whole numbers are integers. */
export function attributesOf(record: Readonly<Record<string, Value>>): MessageJson[] {
  return Object.entries(record).map(([key, value]) => ({ key, value: valueOf(value) }))
}

function valueOf(value: Value): MessageJson {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** A data point at `TIME_NS`, or so many seconds later. */
export function point(
  fields: MessageJson,
  attributes: Record<string, Value> = {},
  afterS = 0,
): MessageJson {
  const timeNs = TIME_NS + BigInt(afterS) * 1_000_000_000n
  return {
    timeUnixNano: String(timeNs),
    startTimeUnixNano: String(START_NS),
    attributes: attributesOf(attributes),
    ...fields,
  }
}

export const CUMULATIVE = { aggregationTemporality: 2 }
export const DELTA = { aggregationTemporality: 1 }

/** A request of one resource and scope. */
export function requestOf(
  metrics: readonly MessageJson[],
  resource: Record<string, Value> = {},
  scope: MessageJson = {},
): MessageJson {
  const { schemaUrl, ...inner } = scope
  const scopeMetrics = [
    { scope: inner, metrics, ...(schemaUrl === undefined ? {} : { schemaUrl }) },
  ]
  return { resourceMetrics: [{ resource: { attributes: attributesOf(resource) }, scopeMetrics }] }
}

export function decoded(request: MessageJson): DecodedMetrics {
  return decodeMetrics(encodeMetricsRequest(request))
}
