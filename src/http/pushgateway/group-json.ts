import { formatValue } from '../../formats/prometheus-text/format-line.ts'
import type { PushedGroup } from '../../collect/pushed/pushed-groups.ts'
import type { Metric, MetricFamily } from '../../model/metric-family.ts'

/** A group as `GET /api/v1/metrics` of Pushgateway shows it. */
export function groupJson({ labels, families, pushedMs, failedMs }: PushedGroup): unknown {
  const at = new Date(pushedMs).toISOString()
  return {
    labels: Object.fromEntries(labels),
    last_push_successful: pushedMs >= failedMs,
    push_time_seconds: timeJson(pushedMs, at),
    push_failure_time_seconds: timeJson(failedMs, at),
    ...Object.fromEntries(
      [...families.values()].map((family) => [
        family.name,
        { time_stamp: at, ...familyJson(family) },
      ]),
    ),
  }
}

function timeJson(timeMs: number, at: string): unknown {
  const metrics = [{ labels: [], value: timeMs / 1000 }]
  return { time_stamp: at, ...familyJson({ name: '', help: '', type: 'gauge', metrics }) }
}

function familyJson({ help, type, metrics }: MetricFamily): Record<string, unknown> {
  const isParted = type === 'histogram' || type === 'summary'
  return {
    type: type === 'unknown' ? 'UNTYPED' : type.toUpperCase(),
    help,
    metrics: isParted ? joined(metrics) : metrics.map(simpleJson),
  }
}

function simpleJson({ labels, value }: Metric): unknown {
  return { labels: labelsJson(labels), value: formatValue(value) }
}

interface Joined {
  labels: Record<string, string>
  count: string
  sum: string
  readonly buckets: Record<string, string>
  readonly quantiles: Record<string, string>
}

/** The lines of a histogram or a summary, those of one set of labels together. */
function joined(metrics: readonly Metric[]): unknown[] {
  const all = new Map<string, Joined>()
  for (const { labels, suffix, value } of metrics) {
    const { le, quantile, ...rest } = labelsJson(labels)
    const key = JSON.stringify(rest)
    const one = all.get(key) ?? { labels: rest, count: '0', sum: '0', buckets: {}, quantiles: {} }
    all.set(key, one)
    const text = formatValue(value)
    if (suffix === '_sum') one.sum = text
    else if (suffix === '_count') one.count = text
    else if (le !== undefined) one.buckets[le] = text
    else if (quantile !== undefined) one.quantiles[quantile] = text
  }
  return [...all.values()].map(({ labels, count, sum, buckets, quantiles }) =>
    Object.keys(buckets).length > 0
      ? { labels, count, sum, buckets }
      : { labels, count, sum, quantiles },
  )
}

function labelsJson(labels: readonly string[]): Record<string, string> {
  const out: Record<string, string> = {}
  for (let i = 0; i < labels.length; i += 2) out[labels[i] ?? ''] = labels[i + 1] ?? ''
  return out
}
