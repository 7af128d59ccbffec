import { foldHistograms, type HistogramView } from '../../../src/contract/fold-histograms.ts'
import type {
  AnsweredDataJson,
  ExemplarSeriesJson,
  QueryDataJson,
  SuccessJson,
} from '../../../src/contract/prometheus.ts'
import type { Datasource } from '../../../src/lang/dashboard/datasource.ts'
import {
  parseMetricFind,
  textsOfQueryResult,
  type FoundValue,
  type MetricFind,
} from '../../../src/lang/dashboard/metric-find.ts'
import { compileVariableRegex } from '../../../src/lang/dashboard/variable-regex.ts'
import { ApiError, requestJson } from '../api/client.ts'
import type { LogqlDataJson } from '../api/loki.ts'
import { askTogether } from './query-batch.ts'
import { enqueue } from './request-queue.ts'
import type { TempoAsk } from './tempo-ask.ts'

/** Where the API of a source is: ours at this origin, or one behind Grafana's proxy path. */
export function baseOf({ uid, type, url = '' }: Datasource): string {
  const isOwn = url === ''
  if (type === 'tempo') return isOwn ? '/api/tempo/api' : `${proxyOf(uid)}/api`
  if (type === 'loki') return isOwn ? '/api/loki/api/v1' : `${proxyOf(uid)}/loki/api/v1`
  return isOwn ? '/api/prometheus/api/v1' : `${proxyOf(uid)}/api/v1`
}

function proxyOf(uid: string): string {
  return `/api/datasources/proxy/uid/${encodeURIComponent(uid)}`
}

/** Without it, Loki makes streams of their own of labels that were parsed. */
const CATEGORIZED = { 'x-loki-response-encoding-flags': 'categorize-labels' }

async function ask<T>(
  source: Datasource,
  path: string,
  params: URLSearchParams,
  signal: AbortSignal | undefined,
): Promise<SuccessJson<T>> {
  const isQuery = path.startsWith('/query')
  if (isQuery && isTogether(source)) {
    const answer = await askTogether<SuccessJson<T>>(`${path}?${params}`, signal)
    if (answer === null) throw new ApiError(0, 'the answer is empty')
    return answer
  }
  const url = baseOf(source) + path
  const headers = source.type === 'loki' ? CATEGORIZED : {}
  return enqueue(
    () =>
      isQuery
        ? requestJson<SuccessJson<T>>(url, { form: params, headers, signal })
        : requestJson<SuccessJson<T>>(`${url}?${params}`, { signal }),
    signal,
  )
}

/** Whether the queries of a source are asked together: those of our own metrics. */
function isTogether({ type, url = '' }: Datasource): boolean {
  return url === '' && type !== 'tempo' && type !== 'loki'
}

/** One query, all of its variables filled in. Without a step it is an instant query at the end. */
export interface PlannedQuery {
  readonly source: Datasource
  readonly expr: string
  readonly startMs: number
  readonly endMs: number
  readonly stepMs?: number
  /** How many lines, and which of them first; for LogQL. */
  readonly lines?: LinesWanted
  /** How native histograms are wanted; as count and sum unless it says otherwise. */
  readonly histograms?: HistogramView
  /** What is asked of a source of traces. */
  readonly tempo?: TempoAsk
}

export interface LinesWanted {
  readonly limit: number
  readonly direction: 'forward' | 'backward'
}

export interface SourceAnswer {
  readonly data: QueryDataJson | LogqlDataJson
  readonly warnings: readonly string[]
}

/** Asks a source of the kind of Prometheus or Loki. */
export async function askQuery(query: PlannedQuery, signal?: AbortSignal): Promise<SourceAnswer> {
  const { source, expr, startMs, endMs, stepMs, lines } = query
  const time = (ms: number): string => writeTime(source, ms)
  const params = new URLSearchParams({ query: expr })
  if (stepMs === undefined) params.set('time', time(endMs))
  else {
    params.set('start', time(startMs))
    params.set('end', time(endMs))
    params.set('step', String(stepMs / 1000))
  }
  if (lines !== undefined) {
    params.set('limit', String(lines.limit))
    params.set('direction', lines.direction)
  }
  const path = stepMs === undefined ? '/query' : '/query_range'
  if (source.type === 'loki') {
    return answerOf(await ask<LogqlDataJson>(source, path, params, signal), (data) => data)
  }
  const view = query.histograms ?? 'totals'
  const answer = await ask<AnsweredDataJson>(source, path, params, signal)
  return answerOf(answer, (data) => foldHistograms(data, view))
}

function answerOf<T>(
  { data, warnings = [], infos = [] }: SuccessJson<T>,
  read: (data: T) => SourceAnswer['data'],
): SourceAnswer {
  return { data: read(data), warnings: [...warnings, ...infos] }
}

/** Prometheus takes seconds; Loki too, but takes small ones for nanoseconds. */
function writeTime({ type }: Datasource, timeMs: number): string {
  return type === 'loki' ? `${Math.round(timeMs)}000000` : String(timeMs / 1000)
}

/** The exemplars of the selectors in a query over a range; none from a source that has none. */
export async function askExemplarSeries(
  { source, expr, startMs, endMs }: PlannedQuery,
  signal?: AbortSignal,
): Promise<readonly ExemplarSeriesJson[]> {
  const params = new URLSearchParams({
    query: expr,
    start: String(startMs / 1000),
    end: String(endMs / 1000),
  })
  type Answer = SuccessJson<readonly ExemplarSeriesJson[]>
  // A query without a selector is answered without a body.
  if (isTogether(source)) {
    const answer = await askTogether<Answer>(`/query_exemplars?${params}`, signal)
    return answer?.data ?? []
  }
  const url = `${baseOf(source)}/query_exemplars`
  const answer = await enqueue(
    () => requestJson<Answer | null>(url, { form: params, signal }),
    signal,
  )
  return answer?.data ?? []
}

/** The values that the query of a variable finds. */
export async function askValues(
  source: Datasource,
  query: string,
  range: { readonly fromMs: number; readonly toMs: number },
  signal?: AbortSignal,
): Promise<FoundValue[]> {
  const find = parseMetricFind(query)
  const times = { start: writeTime(source, range.fromMs), end: writeTime(source, range.toMs) }
  const params = new URLSearchParams(times)
  if ('selector' in find && find.selector !== undefined) {
    params.append(selectorParam(source, find.kind), find.selector)
  }
  switch (find.kind) {
    case 'label names':
      return plain((await ask<string[]>(source, '/labels', params, signal)).data)
    case 'label values': {
      const path = `/label/${encodeURIComponent(find.label)}/values`
      return plain((await ask<string[]>(source, path, params, signal)).data)
    }
    case 'metric names': {
      const { data } = await ask<string[]>(source, '/label/__name__/values', params, signal)
      const matches = compileVariableRegex(`/${find.pattern}/`)
      return plain(data.filter((name) => matches(name).length > 0))
    }
    case 'query result': {
      const at = new URLSearchParams({ query: find.query, time: times.end })
      return textsOfQueryResult((await ask<unknown>(source, '/query', at, signal)).data)
    }
    case 'series': {
      const { data } = await ask<Readonly<Record<string, string>>[]>(
        source,
        '/series',
        params,
        signal,
      )
      return plain(data.map(writeSeries))
    }
    case 'nothing':
      return []
    default:
      return find satisfies never
  }
}

/** Loki's labels are narrowed by `query`, its series by `match[]`. */
function selectorParam({ type }: Datasource, kind: MetricFind['kind']): string {
  return type === 'loki' && kind !== 'series' ? 'query' : 'match[]'
}

/** Loki leaves an empty list out. */
function plain(texts: readonly string[] = []): FoundValue[] {
  return texts.map((text) => ({ text, value: text }))
}

function writeSeries({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string {
  return `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(',')}}`
}
