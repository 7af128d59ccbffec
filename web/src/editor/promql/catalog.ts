import type { MetadataEntryJson, MetadataJson } from '../../../../src/contract/prometheus.ts'
import { getPrometheus, labelNames, labelValues } from '../../api/prometheus.ts'
import { remembered } from '../remembered.ts'

const MOST_VALUES = 2000

export const metricNames = remembered(() => labelValues('__name__'))

/** Type and help by family: of a histogram, the name without `_bucket`, `_sum` and `_count`. */
export const metricMetadata = remembered(() => getPrometheus<MetadataJson>('/metadata'))

/** Labels of a metric, or of all. */
export const labelsOf = remembered((metric: string | undefined) =>
  labelNames(metric === undefined ? {} : { match: selectorOf(metric) }),
)

export const valuesOf = remembered((label: string, metric: string | undefined) =>
  labelValues(label, {
    limit: MOST_VALUES,
    ...(metric === undefined ? {} : { match: selectorOf(metric) }),
  }),
)

export function selectorOf(metric: string): string {
  return `{__name__=${JSON.stringify(metric)}}`
}

/** What the page of a target said of a metric. */
export function describeMetric(
  name: string,
  metadata: MetadataJson,
): MetadataEntryJson | undefined {
  const family = name.replace(/_(?:bucket|sum|count|total)$/, '')
  return (metadata[name] ?? metadata[family])?.[0]
}
