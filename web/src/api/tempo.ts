import type { TraceSearchJson } from '../../../src/contract/tempo.ts'
import type { ResourceSpansJson } from '../../../src/model/trace-json.ts'
import { requestJson } from './client.ts'

const BASE = '/api/tempo/api'

/** The time that a question about traces is about. */
export interface TraceRange {
  readonly fromMs: number
  readonly toMs: number
}

export interface TraceSearch {
  readonly query: string
  readonly range: TraceRange
  /** Of traces, newest first. */
  readonly limit: number
  /** Spans that are told of each span set. */
  readonly spansPerSpanset?: number
  readonly signal?: AbortSignal | undefined
}

/** The traces in which a TraceQL query finds spans. */
export function searchTraces(search: TraceSearch): Promise<TraceSearchJson> {
  const { query, range, limit, spansPerSpanset = 3, signal } = search
  const params = rangeParams(range)
  params.set('q', query)
  params.set('limit', String(limit))
  params.set('spss', String(spansPerSpanset))
  return requestJson<TraceSearchJson>(`${BASE}/search?${params}`, { signal })
}

/** Every span of a trace, grouped by resource and scope. Rejects with an `ApiError` of status 404 where there is none. */
export async function readTrace(
  traceId: string,
  signal?: AbortSignal,
): Promise<readonly ResourceSpansJson[]> {
  const { trace } = await requestJson<{
    readonly trace: { readonly resourceSpans: readonly ResourceSpansJson[] }
  }>(`${BASE}/v2/traces/${encodeURIComponent(traceId)}`, { signal })
  return trace.resourceSpans
}

/** Names of attributes of one scope: `resource`, `span`, `intrinsic`. */
export interface TagScopeJson {
  readonly name: string
  readonly tags: readonly string[]
}

/** The names that spans of the range can be asked for. */
export async function traceTags(
  range: TraceRange,
  signal?: AbortSignal,
): Promise<readonly TagScopeJson[]> {
  const { scopes } = await requestJson<{ readonly scopes: readonly TagScopeJson[] }>(
    `${BASE}/v2/search/tags?${rangeParams(range)}`,
    { signal },
  )
  return scopes
}

/** A value as a tag has it; `type` is `string`, `int`, `float`, `bool`, `duration` or `keyword`. */
export interface TagValueJson {
  readonly type: string
  readonly value: string
}

/** The values of a tag, with a query only those of the spans that it finds. `tag` is written as TraceQL writes it: `resource.service.name`. */
export async function traceTagValues(
  tag: string,
  range: TraceRange,
  query?: string,
  signal?: AbortSignal,
): Promise<readonly TagValueJson[]> {
  const params = rangeParams(range)
  if (query !== undefined && query !== '') params.set('q', query)
  const { tagValues } = await requestJson<{ readonly tagValues: readonly TagValueJson[] }>(
    `${BASE}/v2/search/tag/${encodeURIComponent(tag)}/values?${params}`,
    { signal },
  )
  return tagValues
}

/** Whole seconds, which is all that the API knows: never less than was asked for. */
function rangeParams({ fromMs, toMs }: TraceRange): URLSearchParams {
  const startS = Math.floor(fromMs / 1000)
  return new URLSearchParams({
    start: String(startS),
    end: String(Math.max(startS + 1, Math.ceil(toMs / 1000))),
  })
}
