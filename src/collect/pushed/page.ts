import {
  escapeText,
  formatMetricName,
  formatSeries,
  formatValue,
} from '../../formats/prometheus-text/format-line.ts'
import type { Metric, MetricFamily } from '../../model/metric-family.ts'

/** Names of types in the text format. */
const TYPES: Readonly<Partial<Record<MetricFamily['type'], string>>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
}

/** The page of all groups in the text format. An empty `instance` is written, so that a scrape that honors labels adds none. */
export function encodePushed(families: readonly MetricFamily[]): string {
  let page = ''
  for (const { name, help, type, metrics } of families) {
    const written = formatMetricName(name)
    if (help !== '') page += `# HELP ${written} ${escapeText(help)}\n`
    page += `# TYPE ${written} ${TYPES[type] ?? 'untyped'}\n`
    for (const metric of metrics) {
      page += `${seriesText(name + (metric.suffix ?? ''), metric)} ${formatValue(metric.value)}\n`
    }
  }
  return page
}

function seriesText(name: string, metric: Metric): string {
  const text = formatSeries(name, metric)
  if (labelOf(metric, 'instance') !== '') return text
  return text.endsWith('}') ? `${text.slice(0, -1)},instance=""}` : `${text}{instance=""}`
}

/** Undefined when the metric has no such label. */
function labelOf({ labels }: Metric, name: string): string | undefined {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1]
  return undefined
}
