import { addLogqlFilters } from '../../../src/lang/dashboard/add-logql-filters.ts'
import type { Datasource } from '../../../src/lang/dashboard/datasource.ts'
import { formatForLogql } from '../../../src/lang/dashboard/format-value.ts'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import {
  calculateQueryIntervals,
  formatIntervalMs,
  readIntervalMs,
} from '../../../src/lang/dashboard/interval.ts'
import { numberOf, textOf } from '../../../src/lang/dashboard/json-value.ts'
import type { Panel, Target } from '../../../src/lang/dashboard/model.ts'
import { intervalValues, withValues } from '../../../src/lang/dashboard/scope.ts'
import type { PanelQuery, PlanContext } from './plan-queries.ts'

/** Grafana's own default of "Line limit". */
const LINES = 1000
/** Loki's default bound (`max_entries_limit_per_query`). */
const MOST_LINES = 5000
/** A source of logs has no interval of scraping. */
const LEAST_STEP_MS = 1000

/** The requests of one LogQL query: over the range, or at its end. What it answers, lines or numbers, the answer tells. */
export function planLoki(
  { query, refId }: Target,
  panel: Panel,
  source: Datasource,
  context: PlanContext,
): PanelQuery[] {
  const written = textOf(query['expr']) ?? ''
  if (written.trim() === '') return []
  const { range } = context
  const fill = (text: string): string => interpolate(text, context.scope)
  const rangeMs = range.toMs - range.fromMs
  const { stepMs: intervalMs } = calculateQueryIntervals({
    rangeMs,
    maxDataPoints: panel.maxDataPoints ?? context.widthPx,
    panelInterval: fill(panel.interval ?? ''),
    scrapeIntervalMs: LEAST_STEP_MS,
  })
  const stepMs = stepOf(fill(textOf(query['step']) ?? ''), intervalMs) * resolutionOf(query)
  const text = formatIntervalMs(stepMs)
  const scope = withValues(context.scope, intervalValues(text, stepMs, stepMs, text))
  const expr = addLogqlFilters(interpolate(written, scope, formatForLogql), context.filters)
  const wanted = Math.round(numberOf(query['maxLines']) ?? LINES)
  const lines = {
    limit: Math.max(1, Math.min(MOST_LINES, wanted)),
    direction: query['direction'] === 'forward' ? ('forward' as const) : ('backward' as const),
  }
  const legendFormat = interpolate(textOf(query['legendFormat']) ?? '', scope)
  // A table of instant values names whose they are, as Grafana does for Loki.
  const base = { refId, legendFormat, expr, isOneOfSeveral: true }
  if (query['queryType'] === 'instant' || (query['instant'] === true && query['range'] !== true)) {
    return [
      {
        ask: { source, expr, startMs: range.fromMs, endMs: range.toMs, lines },
        frames: { ...base, format: 'table' },
      },
    ]
  }
  const startMs = Math.floor(range.fromMs / stepMs) * stepMs
  const endMs = Math.ceil(range.toMs / stepMs) * stepMs
  return [
    {
      ask: { source, expr, startMs, endMs, stepMs, lines },
      frames: { ...base, format: 'time_series', stepMs },
    },
  ]
}

/** The query's own step, which may be written as a part of the panel's interval. */
function stepOf(step: string, intervalMs: number): number {
  if (/^\$\{?__interval\}?$/.test(step.trim())) return intervalMs
  return Math.max(readIntervalMs(step) ?? intervalMs, 1)
}

/** `Resolution` of older queries: a point by so many intervals. */
function resolutionOf(query: Target['query']): number {
  return Math.max(1, Math.min(10, numberOf(query['resolution']) ?? 1))
}
