import type { MetricFamily } from '../../model/metric-family.ts'
import type { MetricType } from '../../model/samples.ts'
import { escapeText, formatMetricName, formatSeries, formatValue } from './format-line.ts'

/** The text format knows five types; the others are written as the nearest of them. */
const TYPE_WORDS: Record<MetricType, string> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  info: 'gauge',
  stateset: 'gauge',
  gaugehistogram: 'untyped',
  unknown: 'untyped',
}

/** A page in Prometheus's text format 0.0.4 (content type `TEXT_CONTENT_TYPE`), families and lines in the order given. */
export function encodeText(families: readonly MetricFamily[]): string {
  let page = ''
  for (const family of families) {
    const name = formatMetricName(family.name)
    if (family.help !== '') page += `# HELP ${name} ${escapeText(family.help)}\n`
    page += `# TYPE ${name} ${TYPE_WORDS[family.type]}\n`
    for (const metric of family.metrics) {
      page += `${formatSeries(family.name + (metric.suffix ?? ''), metric)} ${formatValue(metric.value)}`
      page += metric.timestampMs === undefined ? '\n' : ` ${Math.trunc(metric.timestampMs)}\n`
    }
  }
  return page
}
