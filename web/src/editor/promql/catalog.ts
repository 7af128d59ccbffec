import type { MetadataEntryJson, MetadataJson } from '../../../../src/contract/prometheus.ts'
import { getPrometheus, labelNames, labelValues } from '../../api/prometheus.ts'

/** What the server has of metrics and labels; remembered for a while, so that typing does not ask for every letter. */
const REMEMBERED_MS = 60_000
const MOST_VALUES = 2000

const answers = new Map<string, { readonly atMs: number; readonly answer: Promise<unknown> }>()

function remember<T>(key: string, ask: () => Promise<T>): Promise<T> {
  const known = answers.get(key)
  if (known && Date.now() - known.atMs < REMEMBERED_MS) return known.answer as Promise<T>
  const answer = ask()
  answers.set(key, { atMs: Date.now(), answer })
  // A failure is not worth remembering.
  answer.catch(() => answers.delete(key))
  return answer
}

export function metricNames(): Promise<readonly string[]> {
  return remember('names', () => labelValues('__name__'))
}

/** Type and help by family: of a histogram, the name without `_bucket`, `_sum` and `_count`. */
export function metricMetadata(): Promise<MetadataJson> {
  return remember('metadata', () => getPrometheus<MetadataJson>('/metadata'))
}

/** Labels of a metric, or of all. */
export function labelsOf(metric: string | undefined): Promise<readonly string[]> {
  return remember(`labels ${metric}`, () =>
    labelNames(metric === undefined ? {} : { match: selectorOf(metric) }),
  )
}

export function valuesOf(label: string, metric: string | undefined): Promise<readonly string[]> {
  return remember(`values ${label} ${metric}`, () =>
    labelValues(label, {
      limit: MOST_VALUES,
      ...(metric === undefined ? {} : { match: selectorOf(metric) }),
    }),
  )
}

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
