import type { MetadataEntryJson, MetadataJson } from '../../../../src/contract/prometheus.ts'
import { getPrometheus, labelNames, labelValues } from '../../api/prometheus.ts'

/** What the server has of metrics and labels; remembered for a while, so that typing does not ask for every letter. */
const REMEMBERED_MS = 60_000
const MOST_VALUES = 2000

/** A question whose answers are remembered by their key. */
function remembered<T, Args extends readonly (string | undefined)[]>(
  ask: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  const answers = new Map<string, { readonly atMs: number; readonly answer: Promise<T> }>()
  return (...args) => {
    const key = JSON.stringify(args)
    const known = answers.get(key)
    if (known && Date.now() - known.atMs < REMEMBERED_MS) return known.answer
    const answer = ask(...args)
    answers.set(key, { atMs: Date.now(), answer })
    // A failure is not worth remembering.
    answer.catch(() => answers.delete(key))
    return answer
  }
}

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
