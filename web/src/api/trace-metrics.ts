import type { TraceMetricsJson, TraceSeriesJson } from '../../../src/contract/tempo.ts'
import { requestJson } from './client.ts'

const BASE = '/api/tempo/api/metrics'

export interface TraceMetricsQuery {
  readonly query: string
  readonly startMs: number
  readonly endMs: number
  /** Undefined: one value for the whole range. */
  readonly stepMs?: number
  readonly signal?: AbortSignal | undefined
}

export interface TraceMetricsAnswer {
  readonly series: readonly TraceSeriesJson[]
  /** From sending to the last byte. */
  readonly tookMs: number
}

/** What a TraceQL metrics query answers, over the range or as one value of it. */
export async function queryTraceMetrics(asked: TraceMetricsQuery): Promise<TraceMetricsAnswer> {
  const { query, startMs, endMs, stepMs, signal } = asked
  const params = new URLSearchParams({
    q: query,
    start: String(startMs / 1000),
    end: String(endMs / 1000),
  })
  if (stepMs !== undefined) params.set('step', `${stepMs / 1000}s`)
  const path = stepMs === undefined ? '/query' : '/query_range'
  const startedMs = performance.now()
  const { series = [] } = await requestJson<TraceMetricsJson>(`${BASE}${path}?${params}`, {
    signal,
  })
  return { series, tookMs: performance.now() - startedMs }
}
