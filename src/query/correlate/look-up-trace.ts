import { Problem } from '../../model/problem.ts'
import type { SpansSource } from '../../store/spans-source.ts'
import { tracesOf, type StoredTrace } from '../traceql/stored-traces.ts'

/** Spans of one trace that are looked at. */
const MOST_SPANS = 100_000
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const
const ERROR = 2

/** What leads away from a span. Times are Unix milliseconds. */
export interface SpanFacts {
  readonly traceId: string
  readonly spanId: string
  readonly service: string
  readonly name: string
  readonly kind: (typeof KINDS)[number]
  readonly startMs: number
  readonly endMs: number
  readonly traceStartMs: number
  readonly traceEndMs: number
}

/** A trace in a few words. */
export interface TraceSummary {
  readonly rootService: string
  readonly rootName: string
  readonly startMs: number
  readonly durationMs: number
  readonly spans: number
  readonly errors: number
}

/** The span of a trace, or without an id that which began first. Rejects with `not_found`. */
export async function findSpan(
  source: SpansSource,
  { traceId, spanId }: { readonly traceId: string; readonly spanId: string | undefined },
  signal: AbortSignal,
): Promise<SpanFacts> {
  const [trace] = await readTraces(source, [traceId], signal)
  if (trace === undefined) throw new Problem('not_found', `no span of trace ${traceId} is stored`)
  const row = spanId === undefined ? firstRow(trace) : rowOf(trace, spanId)
  if (row < 0)
    throw new Problem('not_found', `trace ${traceId} has no span ${spanId ?? ''} that is stored`)
  const { startNs, endNs } = trace.bounds()
  const begin = trace.startNs(row)
  return {
    traceId,
    spanId: trace.rows.spanIds[trace.begin + row] ?? '',
    service: trace.serviceOf(row),
    name: trace.nameOf(row),
    kind: KINDS[trace.rows.kinds[trace.begin + row] ?? 0] ?? 'unspecified',
    startMs: toMs(begin),
    endMs: toMs(begin + trace.durationNs(row)),
    traceStartMs: toMs(startNs),
    traceEndMs: toMs(endNs),
  }
}

/** Summaries of those of the traces that are stored, by id. */
export async function summarise(
  source: SpansSource,
  traceIds: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TraceSummary>> {
  if (traceIds.length === 0) return new Map()
  const traces = await readTraces(source, traceIds, signal)
  return new Map(traces.map((trace) => [trace.traceId.padStart(32, '0'), summaryOf(trace)]))
}

async function readTraces(
  source: SpansSource,
  traceIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly StoredTrace[]> {
  return tracesOf(await source.readTraces(traceIds, { signal, maxSpans: MOST_SPANS }))
}

function summaryOf(trace: StoredTrace): TraceSummary {
  const { startNs, endNs } = trace.bounds()
  const root = trace.rootRow < 0 ? firstRow(trace) : trace.rootRow
  let errors = 0
  for (let row = 0; row < trace.length; row++)
    if (trace.rows.statuses[trace.begin + row] === ERROR) errors++
  return {
    rootService: trace.serviceOf(root),
    rootName: trace.nameOf(root),
    startMs: toMs(startNs),
    durationMs: Number(endNs - startNs) / 1e6,
    spans: trace.length,
    errors,
  }
}

function firstRow(trace: StoredTrace): number {
  let first = 0
  for (let row = 1; row < trace.length; row++)
    if (trace.startNs(row) < trace.startNs(first)) first = row
  return first
}

function rowOf(trace: StoredTrace, spanId: string): number {
  for (let row = 0; row < trace.length; row++)
    if (trace.rows.spanIds[trace.begin + row] === spanId) return row
  return -1
}

function toMs(timeNs: bigint): number {
  return Number(timeNs / 1000n) / 1000
}
