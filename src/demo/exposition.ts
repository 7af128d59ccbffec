import type { Attributes } from '@opentelemetry/api'
import {
  DataPointType,
  type DataPoint,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { formatOpenMetricsFloat } from '../formats/openmetrics/format-float.ts'
import { escapeText, formatSeries, formatValue } from '../formats/prometheus-text/format-line.ts'
import type { Exemplar, Exemplars } from './exemplars.ts'

/** What a page of metrics is written as. Exemplars exist in OpenMetrics only. */
export type PageForm = 'text' | 'openmetrics'

export const PAGE_TYPES: Readonly<Record<PageForm, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly lines: string[]
}

/**
 * What the SDK collected from several services, as a page for Prometheus: names translated as Prometheus does it with its default strategy
 * (dots become underscores, units and `_total` are added), the service in the label `job`.
 */
export function encodePage(
  collected: readonly ResourceMetrics[],
  exemplars: Exemplars,
  form: PageForm,
): string {
  const families = new Map<string, Family>()
  for (const { resource, scopeMetrics } of collected) {
    const job = String(resource.attributes['service.name'])
    for (const { metrics } of scopeMetrics)
      for (const metric of metrics) addMetric(families, metric, job, { exemplars, form })
  }
  let page = ''
  for (const { name, type, help, lines } of families.values()) {
    // In OpenMetrics a counter's family has no `_total`.
    const shown = form === 'openmetrics' && type === 'counter' ? name.slice(0, -6) : name
    page += `# HELP ${shown} ${escapeText(help)}\n# TYPE ${shown} ${type}\n`
    for (const text of lines) page += `${text}\n`
  }
  return form === 'openmetrics' ? `${page}# EOF\n` : page
}

interface PageContext {
  readonly exemplars: Exemplars
  readonly form: PageForm
}

const UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', ms: 'milliseconds' }

function addMetric(
  families: Map<string, Family>,
  metric: MetricData,
  job: string,
  { exemplars, form }: PageContext,
): void {
  const type = typeOf(metric)
  const { name, description, unit } = metric.descriptor
  const shown = exposedName(name, unit, type)
  const family = families.get(shown) ?? { name: shown, type, help: description, lines: [] }
  families.set(shown, family)
  if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) return
  if (metric.dataPointType === DataPointType.HISTOGRAM) {
    for (const point of metric.dataPoints) {
      const own = form === 'openmetrics' ? exemplars.of(name, point.attributes) : undefined
      family.lines.push(...histogramLines(shown, point, labelsOf(point.attributes, job), own))
    }
    return
  }
  for (const { attributes, value } of metric.dataPoints)
    family.lines.push(line(shown, labelsOf(attributes, job), value))
}

function typeOf(metric: MetricData): Family['type'] {
  if (metric.dataPointType === DataPointType.GAUGE) return 'gauge'
  if (metric.dataPointType === DataPointType.SUM) return metric.isMonotonic ? 'counter' : 'gauge'
  return 'histogram'
}

function exposedName(name: string, unit: string, type: Family['type']): string {
  const classic = name.replaceAll(/[^a-zA-Z0-9_:]/g, '_')
  const word = UNITS[unit]
  const named = word === undefined || classic.endsWith(`_${word}`) ? classic : `${classic}_${word}`
  return type === 'counter' && !named.endsWith('_total') ? `${named}_total` : named
}

function labelsOf(attributes: Attributes, job: string): readonly string[] {
  const labels = Object.entries(attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, value]) => [key.replaceAll(/[^a-zA-Z0-9_]/g, '_'), String(value)])
  return ['job', job, ...labels]
}

function line(name: string, labels: readonly string[], value: number): string {
  return `${formatSeries(name, { labels, value })} ${formatValue(value)}`
}

function histogramLines(
  name: string,
  { value }: DataPoint<Histogram>,
  labels: readonly string[],
  exemplars: ReadonlyMap<number, Exemplar> | undefined,
): string[] {
  const { boundaries, counts } = value.buckets
  const lines: string[] = []
  let total = 0
  for (const [bucket, count] of counts.entries()) {
    total += count
    const bound = boundaries[bucket] ?? Number.POSITIVE_INFINITY
    const le = exemplars === undefined ? formatValue(bound) : formatOpenMetricsFloat(bound)
    const shown = line(`${name}_bucket`, [...labels, 'le', le], total)
    const exemplar = exemplars?.get(bucket)
    lines.push(exemplar === undefined ? shown : `${shown} ${exemplarText(exemplar)}`)
  }
  lines.push(line(`${name}_sum`, labels, value.sum ?? 0))
  lines.push(line(`${name}_count`, labels, total))
  return lines
}

function exemplarText({ traceId, spanId, value, timeMs }: Exemplar): string {
  return `# {trace_id="${traceId}",span_id="${spanId}"} ${formatValue(value)} ${timeMs / 1000}`
}
