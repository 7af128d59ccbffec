import { check } from '../../lang/traceql/check.ts'
import { parse } from '../../lang/traceql/parse.ts'
import { printValue } from '../../lang/traceql/print.ts'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { evaluateMetrics } from '../../query/traceql/evaluate-metrics.ts'
import { isList, type FieldValue } from '../../query/traceql/field-value.ts'
import { wholeGrid } from '../../query/traceql/metrics-grid.ts'
import { METRIC_NAME, type SeriesLabel } from '../../query/traceql/metrics-series.ts'
import type { SpansSource } from '../../store/spans-source.ts'
import type { RuleQuery } from './rule-query.ts'

/** How far back an evaluation looks where its group does not say it. */
const DEFAULT_WINDOW_MS = 5 * 60_000
const TIMEOUT_MS = 60_000
const MAX_SERIES = 1000
const MAX_SPANS = 2_000_000
const NS_PER_MS = 1_000_000

/**
 * Evaluates metrics queries of TraceQL over the spans that began in a window before the moment. Names of fields become labels:
 * `resource.service.name` is `resource_service_name`.
 */
export function traceqlQuery(source: SpansSource, windowMs = DEFAULT_WINDOW_MS): RuleQuery {
  return async (text, atMs) => {
    const { query, faults } = parse(text)
    const fault = query === undefined ? faults[0] : check(query)[0]
    if (query === undefined || fault !== undefined || query.body.kind === 'pipeline')
      throw new Problem('bad_data', fault?.message ?? 'not a metrics query')
    const endNs = BigInt(Math.round(atMs * NS_PER_MS))
    const startNs = endNs - BigInt(Math.round(windowMs * NS_PER_MS))
    const found = await evaluateMetrics(source, query.body, {
      grid: wholeGrid({ startNs, endNs }),
      maxSeries: MAX_SERIES,
      maxSpans: MAX_SPANS,
      hasExemplars: false,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const series = found.filter(({ values }) => !Number.isNaN(values[0] ?? Number.NaN))
    return {
      labels: series.map(({ labels }) => ruleLabels(labels)),
      values: Float64Array.from(series, ({ values }) => values[0] ?? Number.NaN),
    }
  }
}

/** Labels as Prometheus has them; what a span does not have is absent. */
function ruleLabels(labels: readonly SeriesLabel[]): Labels {
  return Labels.fromPairs(
    labels
      .filter(({ name }) => name !== METRIC_NAME)
      .map(({ name, value }) => [labelName(name), value === undefined ? '' : textOf(value)]),
  )
}

/** Without the underscores that Prometheus keeps for itself. */
function labelName(name: string): string {
  const label = name.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^_+/, '')
  return /^[0-9]/.test(label) || label === '' ? `_${label}` : label
}

function textOf(value: FieldValue): string {
  if (isList(value)) return value.value.map(String).join(',')
  return value.type === 'string' ? value.value : printValue(value)
}
