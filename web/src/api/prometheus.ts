import { foldHistograms } from '../../../src/contract/fold-histograms.ts'
import type {
  AnsweredDataJson,
  QueryDataJson,
  QueryStatsJson,
  SuccessJson,
} from '../../../src/contract/prometheus.ts'
import { requestJson } from './client.ts'

const BASE = '/api/prometheus/api/v1'

/** Data of one endpoint of the Prometheus API, by its path below `/api/v1`. */
export async function getPrometheus<T>(path: string, signal?: AbortSignal): Promise<T> {
  const { data } = await requestJson<SuccessJson<T>>(BASE + path, { signal })
  return data
}

export interface QueryAnswer {
  readonly data: QueryDataJson
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
  readonly stats: QueryStatsJson | undefined
  /** From sending to the last byte. */
  readonly tookMs: number
}

export interface InstantQuery {
  readonly expr: string
  readonly timeMs: number
  readonly signal?: AbortSignal | undefined
}

export interface RangeQuery {
  readonly expr: string
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
  readonly signal?: AbortSignal | undefined
}

export async function queryInstant({ expr, timeMs, signal }: InstantQuery): Promise<QueryAnswer> {
  return query('/query', { query: expr, time: seconds(timeMs) }, signal)
}

export async function queryRange(asked: RangeQuery): Promise<QueryAnswer> {
  const { expr, startMs, endMs, stepMs, signal } = asked
  const form = {
    query: expr,
    start: seconds(startMs),
    end: seconds(endMs),
    step: seconds(stepMs),
  }
  return query('/query_range', form, signal)
}

async function query(
  path: string,
  fields: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<QueryAnswer> {
  const startedMs = performance.now()
  const form = new URLSearchParams({ ...fields, stats: 'all' })
  const answer = await requestJson<SuccessJson<AnsweredDataJson>>(BASE + path, { form, signal })
  return {
    data: foldHistograms(answer.data, 'totals'),
    warnings: answer.warnings ?? [],
    infos: answer.infos ?? [],
    stats: answer.data.stats,
    tookMs: performance.now() - startedMs,
  }
}

function seconds(timeMs: number): string {
  return String(timeMs / 1000)
}

/** Names of metrics that match a selector; all without one. */
export function labelValues(
  name: string,
  options: { readonly match?: string; readonly limit?: number; readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  const params = new URLSearchParams()
  if (options.match !== undefined) params.set('match[]', options.match)
  if (options.limit !== undefined) params.set('limit', String(options.limit))
  return getPrometheus(`/label/${encodeURIComponent(name)}/values?${params}`, options.signal)
}

export function labelNames(
  options: { readonly match?: string; readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  const params = new URLSearchParams()
  if (options.match !== undefined) params.set('match[]', options.match)
  return getPrometheus(`/labels?${params}`, options.signal)
}
