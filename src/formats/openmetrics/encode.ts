import type { Metric, MetricFamily } from '../../model/metric-family.ts'
import { parseGoFloat } from '../go-float.ts'
import {
  escapeText,
  formatMetricName,
  formatSeries,
  formatValue,
} from '../prometheus-text/format-line.ts'
import { formatOpenMetricsFloat } from './format-float.ts'

/**
 * A page in OpenMetrics 1.0 text format (content type `OPENMETRICS_CONTENT_TYPE`). A family's name is without the suffix of its
 * type there: `_total` of a counter, which its lines have in any case, and `_info` of an info.
 */
export function encodeOpenMetrics(families: readonly MetricFamily[]): string {
  let page = ''
  for (const family of families) {
    const name = familyName(family)
    const shown = formatMetricName(name)
    page += `# TYPE ${shown} ${family.type}\n`
    const unit = family.unit ?? ''
    if (unit !== '' && name.endsWith(`_${unit}`)) page += `# UNIT ${shown} ${unit}\n`
    if (family.help !== '') {
      page += `# HELP ${shown} ${escapeText(family.help).replaceAll('"', '\\"')}\n`
    }
    for (const metric of family.metrics) {
      page += `${formatLine(family, name, metric)}\n`
    }
  }
  return `${page}# EOF\n`
}

function familyName({ name, type }: MetricFamily): string {
  const suffix = type === 'counter' ? '_total' : type === 'info' ? '_info' : ''
  return suffix !== '' && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name
}

function formatLine(family: MetricFamily, name: string, metric: Metric): string {
  const series = formatSeries(sampleName(family, name, metric), metric, (label, value) => {
    const isBound = label === 'le' && family.type.endsWith('histogram')
    const isQuantile = label === 'quantile' && family.type === 'summary'
    const number = isBound || isQuantile ? parseGoFloat(value) : undefined
    return number === undefined ? value : formatOpenMetricsFloat(number)
  })
  const { timestampMs } = metric
  const time = timestampMs === undefined ? '' : ` ${formatValue(timestampMs / 1000)}`
  return `${series} ${formatValue(metric.value)}${time}`
}

function sampleName(family: MetricFamily, name: string, metric: Metric): string {
  const { suffix = '' } = metric
  if (family.type === 'counter' && (suffix === '' || suffix === '_total')) return `${name}_total`
  if (family.type === 'info' && (suffix === '' || suffix === '_info')) return `${name}_info`
  return family.name + suffix
}
