import { withBase } from './base-path.ts'
import type { PatternsJson } from '../../../src/contract/loki-detected.ts'
import type { IndexStatsJson, QueryStatsJson } from '../../../src/contract/loki.ts'
import type {
  LabelsJson,
  PointJson,
  SeriesJson,
  SuccessJson,
  VectorSampleJson,
} from '../../../src/contract/prometheus.ts'
import type { CategorizedLabelsJson } from '../../../src/contract/loki.ts'
import { requestJson } from './client.ts'

const BASE = '/api/loki/api/v1'

/** An entry of a stream: Unix nanoseconds, the text, and where its other labels come from. */
export type EntryJson = readonly [string, string, CategorizedLabelsJson?]

export interface StreamJson {
  readonly stream: LabelsJson
  readonly values: readonly EntryJson[]
}

/** What a LogQL query answers. */
export type LogqlDataJson = { readonly stats: QueryStatsJson } & (
  | { readonly resultType: 'streams'; readonly result: readonly StreamJson[] }
  | { readonly resultType: 'matrix'; readonly result: readonly SeriesJson[] }
  | { readonly resultType: 'vector'; readonly result: readonly VectorSampleJson[] }
  | { readonly resultType: 'scalar'; readonly result: PointJson }
)

export interface LogqlAnswer {
  readonly data: LogqlDataJson
  readonly warnings: readonly string[]
  /** From sending to the last byte. */
  readonly tookMs: number
}

export interface LinesQuery {
  readonly query: string
  /** Unix nanoseconds; the end is not part of the range. */
  readonly startNs: string
  readonly endNs: string
  readonly limit: number
  readonly direction: 'forward' | 'backward'
  readonly signal?: AbortSignal | undefined
}

export function queryLines({ signal, query, startNs, endNs, limit, direction }: LinesQuery) {
  const fields = { query, start: startNs, end: endNs, limit: String(limit), direction }
  return ask('/query_range', fields, signal)
}

export interface NumbersQuery {
  readonly query: string
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
  readonly signal?: AbortSignal | undefined
}

export function queryLogRange({ query, startMs, endMs, stepMs, signal }: NumbersQuery) {
  const fields = {
    query,
    start: nanoseconds(startMs),
    end: nanoseconds(endMs),
    step: String(stepMs / 1000),
  }
  return ask('/query_range', fields, signal)
}

export function queryLogInstant(query: string, timeMs: number, signal?: AbortSignal) {
  return ask('/query', { query, time: nanoseconds(timeMs) }, signal)
}

async function ask(
  path: string,
  fields: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<LogqlAnswer> {
  const startedMs = performance.now()
  const answer = await requestJson<SuccessJson<LogqlDataJson>>(BASE + path, {
    form: new URLSearchParams(fields),
    // Without it, labels that were parsed make streams of their own.
    headers: { 'x-loki-response-encoding-flags': 'categorize-labels' },
    signal,
  })
  const { data, warnings = [] } = answer
  return { data, warnings, tookMs: performance.now() - startedMs }
}

/** The time that a question about streams is about. */
export interface LogSpan {
  readonly fromMs: number
  readonly toMs: number
}

export function lokiLabelNames(
  { fromMs, toMs }: LogSpan,
  selector?: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  return list('/labels', { fromMs, toMs }, selector, signal)
}

export function lokiLabelValues(
  name: string,
  span: LogSpan,
  selector?: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  return list(`/label/${encodeURIComponent(name)}/values`, span, selector, signal)
}

/** An empty list is left out of the answer. */
async function list(
  path: string,
  { fromMs, toMs }: LogSpan,
  selector: string | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const params = new URLSearchParams({ start: nanoseconds(fromMs), end: nanoseconds(toMs) })
  if (selector !== undefined) params.set('query', selector)
  const { data } = await requestJson<{ readonly data?: readonly string[] }>(
    `${BASE}${path}?${params}`,
    { signal },
  )
  return data ?? []
}

/** How much there is of the streams of a selector. */
export function lokiStats(
  selector: string,
  { fromMs, toMs }: LogSpan,
  signal?: AbortSignal,
): Promise<IndexStatsJson> {
  const form = new URLSearchParams({
    query: selector,
    start: nanoseconds(fromMs),
    end: nanoseconds(toMs),
  })
  return requestJson<IndexStatsJson>(`${BASE}/index/stats`, { form, signal })
}

export async function lokiPatterns(
  query: string,
  { fromMs, toMs }: LogSpan,
  stepMs: number,
  signal?: AbortSignal,
): Promise<PatternsJson['data']> {
  const form = new URLSearchParams({
    query,
    start: nanoseconds(fromMs),
    end: nanoseconds(toMs),
    step: String(stepMs / 1000),
  })
  const { data } = await requestJson<PatternsJson>(`${BASE}/patterns`, { form, signal })
  return data
}

/** Where a live tail is asked for: a WebSocket of this page's own origin. */
export function tailUrl(query: string, startNs: string, limit: number): string {
  const params = new URLSearchParams({ query, start: startNs, limit: String(limit) })
  const url = new URL(withBase(`${BASE}/tail?${params}`), location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}

function nanoseconds(timeMs: number): string {
  return `${Math.round(timeMs)}000000`
}
