import { matcher } from '../../model/matcher.ts'
import type { MetricsSource } from '../../store/metrics-source.ts'

/** Names of what is made of spans, by who makes it. */
const FORMS = {
  tempo: {
    calls: 'traces_spanmetrics_calls_total',
    buckets: 'traces_spanmetrics_latency_bucket',
    service: 'service',
    unit: 's',
  },
  collector: {
    calls: 'traces_span_metrics_calls_total',
    buckets: 'traces_span_metrics_duration_milliseconds_bucket',
    service: 'service_name',
    unit: 'ms',
  },
} as const
/** What a service does for others. */
const SERVING = 'SPAN_KIND_SERVER|SPAN_KIND_CONSUMER'
const WINDOW = '5m'
const QUANTILE = '0.95'

export type MetricsForm = keyof typeof FORMS

export interface RedQuery {
  readonly title: string
  readonly figure: 'rate' | 'errors' | 'duration'
  readonly of: 'service' | 'operation'
  readonly query: string
  readonly unit: string
}

/** Which metrics there are of a service at a time; undefined when there are none. */
export async function findMetricsForm(
  source: Pick<MetricsSource, 'series'>,
  service: string,
  range: { readonly startMs: number; readonly endMs: number },
  signal: AbortSignal,
): Promise<MetricsForm | undefined> {
  for (const form of ['tempo', 'collector'] as const) {
    const { calls, service: label } = FORMS[form]
    const selector = [matcher('__name__', '=', calls), matcher(label, '=', service)]
    const found = await source.series(
      { selectors: [selector], ...range, limit: 1 },
      { signal, maxSeries: 1_000_000, maxSamples: 1_000_000 },
    )
    if (found.values.length > 0) return form
  }
  return undefined
}

/** Rate, errors and durations of a service and of one of its operations, in PromQL. */
export function redQueries(form: MetricsForm, service: string, operation: string): RedQuery[] {
  const label = FORMS[form].service
  const ofService = `${label}=${JSON.stringify(service)}, span_kind=~"${SERVING}"`
  const ofOperation = `${label}=${JSON.stringify(service)}, span_name=${JSON.stringify(operation)}`
  return [
    ...queriesOf(form, 'operation', operation, ofOperation),
    ...queriesOf(form, 'service', service, ofService),
  ]
}

function queriesOf(
  form: MetricsForm,
  of: RedQuery['of'],
  name: string,
  matchers: string,
): RedQuery[] {
  const { calls, buckets, unit } = FORMS[form]
  const rate = (more: string): string => `sum(rate(${calls}{${matchers}${more}}[${WINDOW}]))`
  const errors = rate(', status_code="STATUS_CODE_ERROR"')
  return [
    { title: `Calls of ${name}`, figure: 'rate', of, query: rate(''), unit: 'reqps' },
    {
      title: `Errors of ${name}`,
      ...{ figure: 'errors', of, unit: 'percentunit' },
      query: `(${errors} or vector(0)) / ${rate('')}`,
    },
    {
      title: `95 % of ${name} take at most`,
      ...{ figure: 'duration', of, unit },
      query: `histogram_quantile(${QUANTILE}, sum by (le) (rate(${buckets}{${matchers}}[${WINDOW}])))`,
    },
  ]
}
