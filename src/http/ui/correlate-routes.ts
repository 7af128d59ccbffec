import { allows } from '../../access/scope.ts'
import {
  MOST_COUNTED_LINES,
  type FoundTraceRefJson,
  type ReadyQueryJson,
  type SpanLogsJson,
  type SpanLogsQueryJson,
  type SpanMetricsJson,
  type TracesFoundJson,
} from '../../contract/correlate.ts'
import { Problem } from '../../model/problem.ts'
import { IdFinder, toSpanId, toTraceId, type NamedTrace } from '../../query/correlate/find-ids.ts'
import { findSpan, summarise, type SpanFacts } from '../../query/correlate/look-up-trace.ts'
import { findMetricsForm, redQueries } from '../../query/correlate/red-queries.ts'
import { coverStreams, findServiceStreams } from '../../query/correlate/service-streams.ts'
import type { CorrelationSettings } from '../../query/correlate/settings.ts'
import { countLines, linesQueries } from '../../query/correlate/trace-lines.ts'
import type { Logql } from '../../query/logs/logql.ts'
import type { Log } from '../../self/log.ts'
import type { LinesSource } from '../../store/lines-source.ts'
import type { MetricsSource } from '../../store/metrics-source.ts'
import type { SpansSource } from '../../store/spans-source.ts'
import type { Exchange, Route } from '../exchange.ts'
import { HttpFault, STATUS_OF, toProblem } from '../http-fault.ts'
import type { Answer } from '../send.ts'
import { JsonBody } from './json-body.ts'

export interface CorrelateDoors {
  readonly spans: SpansSource
  readonly lines: LinesSource
  readonly logql: Pick<Logql, 'evaluate'>
  readonly metrics: Pick<MetricsSource, 'series'>
  readonly settings: () => CorrelationSettings
  readonly log: Log
  readonly nowMs: () => number
}

const BASE = '/api/vedette/correlate'
const BODY_BYTES = 512 * 1024
/** Before and after a span: how long its service is shown. */
const METRICS_MARGIN_MS = 30 * 60_000
/** Before and after a trace, where it is looked for in a list. */
const TRACE_MARGIN_MS = 60_000
const NS_PER_MS = 1e6

/** What leads from one signal to another (contract/correlate.ts). */
export function correlateRoutes(doors: CorrelateDoors): Route[] {
  const route = (
    method: 'GET' | 'POST',
    name: string,
    handle: (doors: CorrelateDoors, exchange: Exchange) => Promise<object>,
  ): Route => ({
    methods: [method],
    path: `${BASE}/${name}`,
    permission: 'traces:read',
    bodyBytes: BODY_BYTES,
    handle: (exchange) => answer(doors, name, () => handle(doors, exchange)),
  })
  return [
    route('GET', 'span-logs', spanLogs),
    route('GET', 'span-metrics', spanMetrics),
    route('POST', 'line-trace', lineTrace),
    route('POST', 'exemplar-trace', exemplarTrace),
  ]
}

async function answer(
  { log }: CorrelateDoors,
  name: string,
  make: () => Promise<object>,
): Promise<Answer> {
  try {
    return json(await make(), 200)
  } catch (thrown) {
    if (thrown instanceof HttpFault) return json({ message: thrown.message }, thrown.status)
    const problem = toProblem(thrown)
    if (problem.code === 'internal') log.error('Request failed', { path: name, error: problem })
    return json({ message: problem.message }, STATUS_OF[problem.code])
  }
}

async function spanLogs(doors: CorrelateDoors, exchange: Exchange): Promise<SpanLogsJson> {
  demand(exchange, 'logs:read')
  const { signal } = exchange
  const facts = await readSpan(doors, exchange)
  const range = {
    startMs: facts.traceStartMs - TRACE_MARGIN_MS,
    endMs: facts.traceEndMs + TRACE_MARGIN_MS,
  }
  const { serviceLabels } = doors.settings()
  const selector = findServiceStreams(doors.lines, facts.service, serviceLabels, range)
  const all = coverStreams(doors.lines, range)
  const queries: SpanLogsQueryJson[] = []
  for (const one of linesQueries(facts, selector, all)) {
    const lines = await countLines(doors.logql, one, MOST_COUNTED_LINES, signal)
    const { title, query, startMs, endMs, about, by } = one
    const ready = readyQuery('logql', title, query, { startMs, endMs })
    queries.push({ ...ready, about, by, lines })
  }
  return {
    ...{ traceId: facts.traceId, spanId: facts.spanId, service: facts.service },
    selector: selector ?? all[0] ?? '',
    isOfService: selector !== undefined,
    ...range,
    queries: worthShowing(queries),
  }
}

/** Those that find lines first; of those that find none, one of a kind, and none where another of its kind finds some. */
function worthShowing(queries: readonly SpanLogsQueryJson[]): readonly SpanLogsQueryJson[] {
  const isAlike = (a: SpanLogsQueryJson, b: SpanLogsQueryJson): boolean =>
    a.about === b.about && a.by === b.by
  const shown = queries.filter(({ lines }) => lines > 0)
  for (const one of queries) if (!shown.some((other) => isAlike(one, other))) shown.push(one)
  return shown
}

async function spanMetrics(doors: CorrelateDoors, exchange: Exchange): Promise<SpanMetricsJson> {
  demand(exchange, 'metrics:read')
  const facts = await readSpan(doors, exchange)
  const { service, name } = facts
  const range = {
    startMs: facts.startMs - METRICS_MARGIN_MS,
    endMs: Math.max(facts.endMs, Math.min(facts.endMs + METRICS_MARGIN_MS, doors.nowMs())),
  }
  const form = await findMetricsForm(doors.metrics, service, range, exchange.signal)
  const found = form === undefined ? [] : redQueries(form, service, name)
  return {
    ...{ traceId: facts.traceId, spanId: facts.spanId, service, spanName: name },
    ...range,
    metrics: form ?? null,
    queries: found.map(({ title, query, figure, of, unit }) =>
      Object.assign(readyQuery('promql', title, query, range), { figure, of, unit }),
    ),
  }
}

async function lineTrace(doors: CorrelateDoors, exchange: Exchange): Promise<TracesFoundJson> {
  const body = new JsonBody(exchange)
  const timestampNs = body.text('timestampNs')
  if (!/^[0-9]{1,19}$/.test(timestampNs))
    throw new Problem('bad_data', 'timestampNs must be Unix nanoseconds as a text')
  const fields = [...body.optionalTextMap('metadata'), ...body.optionalTextMap('labels')]
  const named = new IdFinder(doors.settings()).find({ line: body.text('line'), fields })
  return describeTraces(doors, named, Number(timestampNs) / NS_PER_MS, exchange.signal)
}

async function exemplarTrace(doors: CorrelateDoors, exchange: Exchange): Promise<TracesFoundJson> {
  const body = new JsonBody(exchange)
  const timestampMs = body.optionalNumber('timestampMs')
  if (timestampMs === undefined) throw new Problem('bad_data', 'timestampMs must be set')
  const fields = body.optionalTextMap('labels')
  const named = new IdFinder(doors.settings()).find({ line: '', fields })
  return describeTraces(doors, named, timestampMs, exchange.signal)
}

async function describeTraces(
  { spans }: CorrelateDoors,
  named: readonly NamedTrace[],
  aboutMs: number,
  signal: AbortSignal,
): Promise<TracesFoundJson> {
  const ids = named.map(({ traceId }) => traceId)
  const stored = await summarise(spans, ids, signal)
  const traces = named.map(({ traceId, spanId, by }): FoundTraceRefJson => {
    const summary = stored.get(traceId)
    const begins = summary?.startMs ?? aboutMs
    const range = {
      startMs: begins - TRACE_MARGIN_MS,
      endMs: begins + (summary?.durationMs ?? 0) + TRACE_MARGIN_MS,
    }
    const query = readyQuery('traceql', 'This trace', `{ trace:id = "${traceId}" }`, range)
    const span = spanId === undefined ? {} : { span: spanId }
    const link = linkTo(`/traces/${traceId}`, span, range)
    return { traceId, spanId: spanId ?? null, by, stored: summary ?? null, link, query }
  })
  return {
    traces: traces.toSorted((a, b) => Number(b.stored !== null) - Number(a.stored !== null)),
  }
}

/** The span that `trace` and `span` name. */
function readSpan({ spans }: CorrelateDoors, { params, signal }: Exchange): Promise<SpanFacts> {
  const traceId = toTraceId(params.get('trace').padStart(32, '0'))
  if (traceId === undefined) throw new Problem('bad_data', 'trace must be the id of a trace in hex')
  const written = params.get('span')
  const spanId = written === '' ? undefined : toSpanId(written.padStart(16, '0'))
  if (written !== '' && spanId === undefined)
    throw new Problem('bad_data', 'span must be the id of a span in hex')
  return findSpan(spans, { traceId, spanId }, signal)
}

function demand({ visit }: Exchange, scope: 'logs:read' | 'metrics:read'): void {
  if (!allows(visit.principal.scopes, scope)) throw new HttpFault(403, `this needs ${scope}`)
}

const PAGES = { logql: '/logs', promql: '/explore', traceql: '/traces' } as const

function readyQuery(
  language: ReadyQueryJson['language'],
  title: string,
  query: string,
  range: { readonly startMs: number; readonly endMs: number },
): ReadyQueryJson {
  return { title, language, query, ...range, link: linkTo(PAGES[language], { q: query }, range) }
}

function linkTo(
  path: string,
  params: Readonly<Record<string, string>>,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): string {
  const from = String(Math.floor(startMs))
  const to = String(Math.ceil(endMs))
  return `${path}?${new URLSearchParams({ ...params, from, to })}`
}

function json(body: object, status: number): Answer {
  return {
    status,
    contentType: 'application/json',
    headers: { 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  }
}
