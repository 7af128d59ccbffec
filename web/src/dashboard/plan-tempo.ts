import { datasourceOfType, type Datasource } from '../../../src/lang/dashboard/datasource.ts'
import { formatForTraceql } from '../../../src/lang/dashboard/format-value.ts'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import {
  calculateQueryIntervals,
  formatIntervalMs,
  readIntervalMs,
} from '../../../src/lang/dashboard/interval.ts'
import {
  filtersToTraceql,
  nativeSearchToTraceql,
} from '../../../src/lang/dashboard/traceql-filters.ts'
import {
  listOf,
  numberOf,
  objectsOf,
  textOf,
  type JsonObject,
} from '../../../src/lang/dashboard/json-value.ts'
import type { Panel, Target } from '../../../src/lang/dashboard/model.ts'
import { intervalValues, withValues, type Scope } from '../../../src/lang/dashboard/scope.ts'
import { kindOfTraceQuery } from '../traces/query-kind.ts'
import type { TempoAsk } from './tempo-ask.ts'
import type { PanelQuery, PlanContext } from './plan-queries.ts'

/** Grafana's own defaults of "Limit" and "Span Limit". */
const TRACES = 20
const SPANS = 3
/** What the API takes at most. */
const MOST_TRACES = 1000
const MOST_SPANS = 100
const LEAST_STEP_MS = 1000

/** The requests of one query of a source of traces, or why it is not asked. */
export function planTempo(
  target: Target,
  panel: Panel,
  source: Datasource,
  context: PlanContext,
): PanelQuery[] | string {
  const { query, refId } = target
  const type = textOf(query['queryType']) ?? 'traceql'
  if (type === 'serviceMap') return planServiceMap(target, source, context)
  const written = writtenQuery(type, query)
  if (written === undefined)
    return `queries of the kind ${JSON.stringify(type)} (uploads, profiles) cannot be asked`
  const { range } = context
  const { stepMs, scope } = stepOf(target, panel, context)
  const text = interpolate(written, scope, formatForTraceql).trim()
  if (text === '') return []
  const base = { refId, legendFormat: '', expr: text, isOneOfSeveral: true }
  const times = { source, expr: text, startMs: range.fromMs, endMs: range.toMs }
  const kind = type === 'traceId' ? 'trace' : kindOfTraceQuery(text)
  if (kind === 'numbers') {
    if (textOf(query['metricsQueryType']) === 'instant') {
      return [
        { ask: { ...times, tempo: { kind: 'metrics' } }, frames: { ...base, format: 'table' } },
      ]
    }
    const startMs = Math.floor(range.fromMs / stepMs) * stepMs
    const endMs = Math.ceil(range.toMs / stepMs) * stepMs
    return [
      {
        ask: { ...times, startMs, endMs, stepMs, tempo: { kind: 'metrics' } },
        frames: { ...base, format: 'time_series', stepMs, isNamedByValue: true },
      },
    ]
  }
  const tempo: TempoAsk =
    kind === 'trace'
      ? { kind: 'trace' }
      : {
          kind: 'search',
          limit: bounded(query['limit'], TRACES, MOST_TRACES),
          spansPerSpanset: bounded(query['spss'], SPANS, MOST_SPANS),
          isOfSpans: textOf(query['tableType']) === 'spans',
        }
  return [{ ask: { ...times, tempo }, frames: { ...base, format: 'table' } }]
}

/** The query as TraceQL or the id of a trace, whichever form of Grafana's wrote it; undefined for what is neither. */
function writtenQuery(type: string, query: JsonObject): string | undefined {
  if (type === 'traceqlSearch') return filtersToTraceql(objectsOf(query['filters']))
  if (type === 'nativeSearch') return nativeSearchToTraceql(query)
  return type === 'traceql' || type === 'traceId' ? (textOf(query['query']) ?? '') : undefined
}

function bounded(value: unknown, usual: number, most: number): number {
  return Math.max(1, Math.min(most, Math.round(numberOf(value) ?? usual)))
}

function stepOf(
  { query }: Target,
  panel: Panel,
  { range, scope, widthPx }: PlanContext,
): { readonly stepMs: number; readonly scope: Scope } {
  const fill = (text: string): string => interpolate(text, scope)
  const { stepMs: intervalMs } = calculateQueryIntervals({
    rangeMs: range.toMs - range.fromMs,
    maxDataPoints: panel.maxDataPoints ?? widthPx,
    panelInterval: fill(panel.interval ?? ''),
    scrapeIntervalMs: LEAST_STEP_MS,
  })
  const own = readIntervalMs(fill(textOf(query['step']) ?? ''))
  const stepMs = Math.max(own ?? intervalMs, LEAST_STEP_MS)
  const text = formatIntervalMs(stepMs)
  return { stepMs, scope: withValues(scope, intervalValues(text, stepMs, stepMs, text)) }
}

/** The service graph, which is asked of the metrics that were made of spans. */
function planServiceMap(
  { query, refId }: Target,
  source: Datasource,
  { range, scope, datasources }: PlanContext,
): PanelQuery[] | string {
  const { serviceMapUid } = source
  const metrics =
    datasources.find(({ uid }) => uid === serviceMapUid) ??
    datasourceOfType('prometheus', datasources)
  if (metrics?.type !== 'prometheus') return 'the service graph needs a source of metrics'
  const written = query['serviceMapQuery']
  // Several selectors are alternatives, which one query cannot say: the first is asked.
  const first = Array.isArray(written) ? listOf(written)[0] : written
  const selector = interpolate(textOf(first) ?? '', scope).trim()
  const tempo: TempoAsk = { kind: 'service map', metrics }
  return [
    {
      ask: { source, expr: selector, startMs: range.fromMs, endMs: range.toMs, tempo },
      frames: { refId, format: 'table', legendFormat: '', expr: selector, isOneOfSeveral: true },
    },
  ]
}
