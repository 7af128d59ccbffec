import type {
  ExemplarSeriesJson,
  QueryDataJson,
  SuccessJson,
} from '../../../src/contract/prometheus.ts'
import type { Datasource } from '../../../src/lang/dashboard/datasource.ts'
import {
  parseMetricFind,
  textsOfQueryResult,
  type FoundValue,
} from '../../../src/lang/dashboard/metric-find.ts'
import { compileVariableRegex } from '../../../src/lang/dashboard/variable-regex.ts'
import { requestJson } from '../api/client.ts'
import { enqueue } from './request-queue.ts'

/** Where the Prometheus API of a source is: ours, or one behind Grafana's proxy path. */
function baseOf(source: Datasource): string {
  if (source.uid === 'prometheus') return '/api/prometheus/api/v1'
  return `/api/datasources/proxy/uid/${encodeURIComponent(source.uid)}/api/v1`
}

async function ask<T>(
  source: Datasource,
  path: string,
  params: URLSearchParams,
  signal: AbortSignal | undefined,
): Promise<SuccessJson<T>> {
  const isQuery = path.startsWith('/query')
  const url = baseOf(source) + path
  return enqueue(
    () =>
      isQuery
        ? requestJson<SuccessJson<T>>(url, { form: params, signal })
        : requestJson<SuccessJson<T>>(`${url}?${params}`, { signal }),
    signal,
  )
}

/** One PromQL query, all of its variables filled in. Without a step it is an instant query at the end. */
export interface PlannedQuery {
  readonly source: Datasource
  readonly expr: string
  readonly startMs: number
  readonly endMs: number
  readonly stepMs?: number
}

export interface SourceAnswer {
  readonly data: QueryDataJson
  readonly warnings: readonly string[]
}

/** Asks a source of the Prometheus kind. */
export async function askQuery(query: PlannedQuery, signal?: AbortSignal): Promise<SourceAnswer> {
  const { source, expr, startMs, endMs, stepMs } = query
  const seconds = (ms: number): string => String(ms / 1000)
  const params =
    stepMs === undefined
      ? new URLSearchParams({ query: expr, time: seconds(endMs) })
      : new URLSearchParams({
          query: expr,
          start: seconds(startMs),
          end: seconds(endMs),
          step: seconds(stepMs),
        })
  const path = stepMs === undefined ? '/query' : '/query_range'
  const answer = await ask<QueryDataJson>(source, path, params, signal)
  return { data: answer.data, warnings: [...(answer.warnings ?? []), ...(answer.infos ?? [])] }
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
  const url = `${baseOf(source)}/query_exemplars`
  // A query without a selector is answered without a body.
  const answer = await enqueue(
    () =>
      requestJson<SuccessJson<readonly ExemplarSeriesJson[]> | null>(url, { form: params, signal }),
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
  const times = { start: String(range.fromMs / 1000), end: String(range.toMs / 1000) }
  const params = new URLSearchParams(times)
  if ('selector' in find && find.selector !== undefined) params.append('match[]', find.selector)
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

function plain(texts: readonly string[]): FoundValue[] {
  return texts.map((text) => ({ text, value: text }))
}

function writeSeries({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string {
  return `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .join(',')}}`
}
