import type { QueryDataJson } from '../../../src/contract/prometheus.ts'
import type {
  FoundTraceJson,
  TraceMetricsJson,
  TraceSearchJson,
} from '../../../src/contract/tempo.ts'
import type { Datasource } from '../../../src/lang/dashboard/datasource.ts'
import type { FoundValue } from '../../../src/lang/dashboard/metric-find.ts'
import type { ResourceSpansJson } from '../../../src/model/trace-json.ts'
import { requestJson } from '../api/client.ts'
import { exemplarPoints, toMatrix, toVector } from '../api/trace-series.ts'
import type { ChartPoint } from '../charts/chart-data.ts'
import { graphQueries, toServiceGraph, type ServiceGraph } from '../services/service-graph.ts'
import { askQuery, baseOf, type PlannedQuery } from './ask-source.ts'
import { enqueue } from './request-queue.ts'
import type { TempoAsk } from './tempo-ask.ts'

/** What a source of traces answers, beside numbers. */
export type TempoData =
  | {
      readonly resultType: 'traces'
      readonly traces: readonly FoundTraceJson[]
      readonly isOfSpans: boolean
    }
  | {
      readonly resultType: 'trace'
      readonly traceId: string
      readonly resourceSpans: readonly ResourceSpansJson[]
    }
  | { readonly resultType: 'service graph'; readonly graph: ServiceGraph }

export interface TempoAnswer {
  readonly data: TempoData | QueryDataJson
  readonly warnings: readonly string[]
  readonly points?: readonly ChartPoint[]
}

/** Asks a source of traces. */
export async function askTempo(
  query: PlannedQuery,
  tempo: TempoAsk,
  signal?: AbortSignal,
): Promise<TempoAnswer> {
  switch (tempo.kind) {
    case 'search':
      return search(query, tempo, signal)
    case 'trace': {
      const traceId = query.expr
      const path = `/v2/traces/${encodeURIComponent(traceId)}`
      const { trace } = await get<{
        readonly trace: { readonly resourceSpans: readonly ResourceSpansJson[] }
      }>(query.source, path, signal)
      const { resourceSpans } = trace
      return { data: { resultType: 'trace', traceId, resourceSpans }, warnings: [] }
    }
    case 'metrics':
      return askMetrics(query, signal)
    case 'service map':
      return askServiceMap(query, tempo.metrics, signal)
    default:
      return tempo satisfies never
  }
}

function get<T>(source: Datasource, path: string, signal: AbortSignal | undefined): Promise<T> {
  return enqueue(() => requestJson<T>(baseOf(source) + path, { signal }), signal)
}

async function search(
  { source, expr, startMs, endMs }: PlannedQuery,
  { limit, spansPerSpanset, isOfSpans }: TempoAsk & { readonly kind: 'search' },
  signal: AbortSignal | undefined,
): Promise<TempoAnswer> {
  const params = new URLSearchParams({
    ...{ q: expr, limit: String(limit), spss: String(spansPerSpanset) },
    start: String(Math.floor(startMs / 1000)),
    end: String(Math.ceil(endMs / 1000)),
  })
  const { traces } = await get<TraceSearchJson>(source, `/search?${params}`, signal)
  return { data: { resultType: 'traces', traces, isOfSpans }, warnings: [] }
}

/** Spans that stand for the values are asked for, too: not every server has them. */
const MOST_EXEMPLARS = '100'

async function askMetrics(
  { source, expr, startMs, endMs, stepMs }: PlannedQuery,
  signal: AbortSignal | undefined,
): Promise<TempoAnswer> {
  const params = new URLSearchParams({
    q: expr,
    start: String(startMs / 1000),
    end: String(endMs / 1000),
  })
  if (stepMs === undefined) {
    const { series = [] } = await get<TraceMetricsJson>(source, `/metrics/query?${params}`, signal)
    return { data: { resultType: 'vector', result: toVector(series, endMs) }, warnings: [] }
  }
  params.set('step', `${stepMs / 1000}s`)
  params.set('exemplars', MOST_EXEMPLARS)
  const path = `/metrics/query_range?${params}`
  const { series = [] } = await get<TraceMetricsJson>(source, path, signal)
  const data: QueryDataJson = { resultType: 'matrix', result: toMatrix(series) }
  return { data, points: exemplarPoints(series), warnings: [] }
}

async function askServiceMap(
  { expr, startMs, endMs }: PlannedQuery,
  metrics: Datasource,
  signal: AbortSignal | undefined,
): Promise<TempoAnswer> {
  const seconds = Math.max(60, Math.round((endMs - startMs) / 1000))
  const queries = graphQueries(expr, `${seconds}s`)
  const ask = async (query: string): Promise<QueryDataJson> => {
    const planned = { source: metrics, expr: query, startMs: endMs, endMs }
    const { data } = await askQuery(planned, signal)
    return { resultType: 'vector', result: data.resultType === 'vector' ? data.result : [] }
  }
  const [total, failed, sum, p95] = await Promise.all([
    ask(queries.total),
    ask(queries.failed),
    ask(queries.seconds),
    ask(queries.p95),
  ])
  const graph = toServiceGraph({ total, failed, seconds: sum, p95 })
  return { data: { resultType: 'service graph', graph }, warnings: [] }
}

const CALL = /^label_(names|values)\((.*)\)$/s
/** A name with its scope, or that of an intrinsic. */
const SCOPED = /^(?:\.|(?:span|resource|event|link|instrumentation|parent)\.|\w+:)/

/** The values that the query of a variable finds: `label_names()`, `label_values(service.name)`, `label_values({…}, service.name)`. */
export async function askTempoValues(
  source: Datasource,
  query: string,
  range: { readonly fromMs: number; readonly toMs: number },
  signal?: AbortSignal,
): Promise<FoundValue[]> {
  const [, kind, inner = ''] = CALL.exec(query.trim()) ?? []
  if (kind === undefined) throw new Error('the query of a variable over traces is label_values(…)')
  const params = new URLSearchParams({
    start: String(Math.floor(range.fromMs / 1000)),
    end: String(Math.ceil(range.toMs / 1000)),
  })
  const scopes = (
    await get<{
      readonly scopes: readonly { readonly name: string; readonly tags: readonly string[] }[]
    }>(source, `/v2/search/tags?${params}`, signal)
  ).scopes
  if (kind === 'names') return plain(scopes.flatMap(({ tags }) => tags))
  const comma = inner.lastIndexOf(',')
  const label = inner.slice(comma + 1).trim()
  if (label === '') return []
  if (comma > 0) params.set('q', inner.slice(0, comma).trim())
  const isIntrinsic = scopes.some(({ name, tags }) => name === 'intrinsic' && tags.includes(label))
  const field = isIntrinsic || SCOPED.test(label) ? label : `.${label}`
  const { tagValues } = await get<{ readonly tagValues: readonly { readonly value: string }[] }>(
    source,
    `/v2/search/tag/${encodeURIComponent(field)}/values?${params}`,
    signal,
  )
  return plain(tagValues.map(({ value }) => value))
}

function plain(texts: readonly string[]): FoundValue[] {
  return [...new Set(texts)].map((text) => ({ text, value: text }))
}
