import type { SeriesJson, VectorSampleJson } from '../../../src/contract/prometheus.ts'
import type { TraceExemplarJson, TraceSeriesJson } from '../../../src/contract/tempo.ts'
import type { AnyValueJson, AttributeJson } from '../../../src/model/trace-json.ts'
import type { ChartPoint, PointLinkTarget } from '../charts/chart-data.ts'

/** Series of a TraceQL metrics query over a range, in the shape of Prometheus's. */
export function toMatrix(series: readonly TraceSeriesJson[]): SeriesJson[] {
  return series.map(({ labels, samples = [] }) => ({
    metric: toLabels(labels),
    values: samples.map(({ timestampMs, value = 0 }) => [
      Number(timestampMs) / 1000,
      String(value),
    ]),
  }))
}

/** Series of a TraceQL metrics query without steps, in the shape of Prometheus's. */
export function toVector(series: readonly TraceSeriesJson[], timeMs: number): VectorSampleJson[] {
  return series.map(({ labels, value = 0 }) => ({
    metric: toLabels(labels),
    value: [timeMs / 1000, String(value)],
  }))
}

const TRACE_ID = /^trace[_:]?id$/i

/** Spans that stand for the values of the series, each with the page of its trace. */
export function exemplarPoints(series: readonly TraceSeriesJson[]): ChartPoint[] {
  return series.flatMap(({ labels, exemplars = [] }) =>
    exemplars.map((exemplar) => pointOf(exemplar, labels)),
  )
}

function pointOf(
  { labels, timestampMs, value = 0 }: TraceExemplarJson,
  ofSeries: readonly AttributeJson[],
): ChartPoint {
  const id = labels.find(({ key }) => TRACE_ID.test(key))
  const all = [...labels, ...ofSeries.filter(({ key }) => !labels.some((one) => one.key === key))]
  return {
    title: 'Exemplar',
    timeMs: Number(timestampMs),
    value,
    labels: all.map((one) => ({
      name: one.key,
      value: writeValue(one.value),
      isId: TRACE_ID.test(one.key),
    })),
    links: id === undefined ? [] : [traceLink(writeValue(id.value))],
  }
}

/** A link of a point to its trace. */
export function traceLink(traceId: string, title = 'Open the trace'): PointLinkTarget {
  return { title, url: tracePath(traceId), isOwnPage: true }
}

/** The page of a trace. */
export function tracePath(traceId: string): string {
  return `/traces/${encodeURIComponent(traceId)}`
}

function toLabels(labels: readonly AttributeJson[]): Record<string, string> {
  return Object.fromEntries(labels.map(({ key, value }) => [key, writeValue(value)]))
}

/** A value of an attribute as a person reads it. */
export function writeValue(value: AnyValueJson): string {
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } =
    value
  if (arrayValue) return `[${arrayValue.values.map(writeValue).join(', ')}]`
  if (kvlistValue) {
    return `{${kvlistValue.values.map((one) => `${one.key}: ${writeValue(one.value)}`).join(', ')}}`
  }
  return String(stringValue ?? boolValue ?? intValue ?? doubleValue ?? bytesValue ?? '')
}
