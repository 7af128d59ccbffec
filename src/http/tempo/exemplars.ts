import type { Hint } from '../../lang/traceql/ast.ts'
import { Problem } from '../../model/problem.ts'
import type { MetricsSeries, SeriesExemplar } from '../../query/traceql/metrics-series.ts'
import type { Params } from '../params.ts'

/** Tempo's `query_frontend.metrics.max_exemplars`. */
const MAX_EXEMPLARS = 100
const NS_PER_MS = 1_000_000n

/**
 * How many exemplars a query wants: the hint (`with(exemplars=50)`, `with(exemplars=false)`), else the parameter, else as many as are
 * allowed (Tempo's normalizeRequestExemplars). Throws a `Problem` of code `bad_data`.
 */
export function readExemplars(params: Params, hints: readonly Hint[]): number {
  const hint = hints.find(({ name }) => name === 'exemplars')?.value
  if (hint?.type === 'int') return Math.max(0, Math.min(MAX_EXEMPLARS, Number(hint.value)))
  if (hint?.type === 'boolean' && !hint.value) return 0
  const text = params.get('exemplars')
  if (text !== '' && !/^[0-9]{1,9}$/.test(text))
    throw new Problem('bad_data', 'invalid exemplars: must be a number that is not negative')
  return Math.min(MAX_EXEMPLARS, Number(text) || MAX_EXEMPLARS)
}

/** So many exemplars over all series, spread evenly over time. */
export function chooseExemplars(
  series: readonly MetricsSeries[],
  wanted: number,
): ReadonlySet<SeriesExemplar> {
  const all = series
    .flatMap(({ exemplars = [], values }) =>
      exemplars.filter(({ interval }) => !Number.isNaN(values[interval] ?? Number.NaN)),
    )
    .toSorted((a, b) => a.interval - b.interval)
  if (all.length <= wanted) return new Set(all)
  const step = all.length / wanted
  return new Set(
    Array.from({ length: wanted }, (_, i) => all[Math.floor(i * step)]).filter(
      (exemplar) => exemplar !== undefined,
    ),
  )
}

/** The exemplars of a series, if it has any. Where spans are only counted one stands at the value of its interval. */
export function exemplarsJson(
  { exemplars = [], values }: MetricsSeries,
  shown: ReadonlySet<SeriesExemplar>,
): { readonly exemplars?: unknown[] } {
  const told = exemplars
    .filter((exemplar) => shown.has(exemplar))
    .map(({ traceId, spanId, startNs, interval, value }) => ({
      labels: [
        { key: 'trace:id', value: { stringValue: traceId } },
        { key: 'span:id', value: { stringValue: spanId } },
      ],
      value: value ?? values[interval] ?? 0,
      timestampMs: String(startNs / NS_PER_MS),
    }))
  return told.length === 0 ? {} : { exemplars: told }
}
