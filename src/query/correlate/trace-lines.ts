import type { Logql } from '../logs/logql.ts'
import type { SpanFacts } from './look-up-trace.ts'

/** Lines may be written a little before and after what they are about, and by clocks that differ. */
const MARGIN_MS = 60_000
const SERVICE_MARGIN_MS = 5000
const NS_PER_MS = 1_000_000

/** A query for lines that have to do with a span. */
export interface LinesQuery {
  readonly title: string
  readonly about: 'span' | 'trace' | 'service'
  readonly by: 'metadata' | 'text' | null
  readonly query: string
  readonly startMs: number
  readonly endMs: number
}

/**
 * Queries for the lines of a span in the streams of its service (undefined: in all), of its trace in all streams, and of its service. The
 * narrower before the wider. Ids in structured metadata are found by an index, those in
 * the text by looking at each line.
 */
export function linesQueries(
  { traceId, spanId, service, ...times }: SpanFacts,
  selector: string | undefined,
  allStreams: readonly string[],
): readonly LinesQuery[] {
  const trace = { startMs: times.traceStartMs - MARGIN_MS, endMs: times.traceEndMs + MARGIN_MS }
  const queries: LinesQuery[] = []
  for (const streams of selector === undefined ? allStreams : [selector]) {
    queries.push(
      {
        ...{ title: 'Lines of this span', about: 'span', by: 'metadata' },
        query: `${streams} | trace_id="${traceId}" | span_id="${spanId}"`,
        ...trace,
      },
      {
        ...{ title: 'Lines that name this span', about: 'span', by: 'text' },
        query: `${streams} |= "${traceId}" |= "${spanId}"`,
        ...trace,
      },
    )
  }
  for (const streams of allStreams) {
    queries.push(
      {
        ...{ title: 'Lines of this trace', about: 'trace', by: 'metadata' },
        query: `${streams} | trace_id="${traceId}"`,
        ...trace,
      },
      {
        ...{ title: 'Lines that name this trace', about: 'trace', by: 'text' },
        query: `${streams} |= "${traceId}"`,
        ...trace,
      },
    )
  }
  if (selector !== undefined)
    queries.push({
      ...{ title: `All lines of ${service} at that time`, about: 'service', by: null },
      query: selector,
      startMs: times.startMs - SERVICE_MARGIN_MS,
      endMs: times.endMs + SERVICE_MARGIN_MS,
    })
  return queries
}

/** How many lines a query finds, up to `most`. */
export async function countLines(
  logql: Pick<Logql, 'evaluate'>,
  { query, startMs, endMs }: LinesQuery,
  most: number,
  signal: AbortSignal,
): Promise<number> {
  const result = await logql.evaluate({
    query,
    startNs: BigInt(Math.floor(startMs * NS_PER_MS)),
    endNs: BigInt(Math.ceil(endMs * NS_PER_MS)),
    isInstant: false,
    stepNs: 0n,
    intervalNs: 0n,
    direction: 'backward',
    limit: most,
    maxEntries: 0,
    signal,
  })
  if (result.type !== 'streams') return 0
  return result.streams.reduce((sum, { entries }) => sum + entries.length, 0)
}
