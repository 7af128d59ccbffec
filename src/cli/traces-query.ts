import type { Query } from '../lang/traceql/ast.ts'
import { check } from '../lang/traceql/check.ts'
import { parse } from '../lang/traceql/parse.ts'
import { objectOf, objectsOf } from '../lang/dashboard/json-value.ts'
import { parseDurationMs } from '../model/duration.ts'
import { faultsError } from './explain-fault.ts'
import { readQueryRange, readTime } from './query-range.ts'
import { showTraceSeries } from './show-trace-series.ts'
import { showFoundTraces } from './show-traces.ts'
import type { Terminal } from './terminal.ts'
import { safeJson } from './trace-query.ts'
import { createTracesClient, type TracesClient } from './traces-client.ts'
import { UsageError } from './usage-error.ts'

export interface TracesOptions {
  readonly url: string
  readonly since: string
  readonly from?: string
  readonly to?: string
  readonly limit: number
  readonly output: 'table' | 'json'
}

/** `vedette traces`: lists the traces of a TraceQL query, the newest first, or draws the answer of a metrics query. */
export async function runTraces(
  query: string,
  options: TracesOptions,
  terminal: Terminal,
): Promise<void> {
  const { body } = readTraceql(query)
  const client = createTracesClient(options.url)
  try {
    if (body.kind === 'pipeline') await search(client, query, options, terminal)
    else await showMetrics(client, query, options, terminal)
  } finally {
    await client.close()
  }
}

/** Reads a query; throws a `UsageError` that shows each fault with a caret below its place. */
function readTraceql(text: string): Query {
  const { query, faults } = parse(text)
  const found = query === undefined ? faults : check(query)
  if (query !== undefined && found.length === 0) return query
  throw faultsError(text, found)
}

async function search(
  client: TracesClient,
  query: string,
  options: TracesOptions,
  terminal: Terminal,
): Promise<void> {
  const nowMs = terminal.nowMs()
  const endMs = options.to === undefined ? nowMs : readTime(options.to, '--to', nowMs)
  const sinceMs = parseDurationMs(options.since)
  if (sinceMs === undefined || sinceMs === 0) {
    throw new UsageError(
      `--since: must be a duration such as 15m or 2d, not ${JSON.stringify(options.since)}`,
    )
  }
  const startMs =
    options.from === undefined ? endMs - sinceMs : readTime(options.from, '--from', nowMs)
  if (startMs >= endMs) throw new UsageError('--from must be before --to')
  const answer = await client.ask('/api/search', {
    q: query,
    limit: String(options.limit),
    start: String(Math.floor(startMs / 1000)),
    // The end is exclusive and in whole seconds: what just happened counts.
    end: String(Math.ceil(endMs / 1000) + (options.to === undefined ? 1 : 0)),
  })
  if (options.output === 'json') {
    terminal.write(safeJson(answer))
    return
  }
  const found = objectsOf(objectOf(answer)['traces'])
  if (found.length === 0) {
    const hint = options.from === undefined ? '; --since 24h looks further back' : ''
    terminal.remark(`no traces in this time${hint}\n`)
    return
  }
  terminal.write(showFoundTraces(found, terminal))
  if (found.length >= options.limit)
    terminal.remark(`(the newest ${found.length} traces; --limit N shows more)\n`)
}

async function showMetrics(
  client: TracesClient,
  query: string,
  options: TracesOptions,
  terminal: Terminal,
): Promise<void> {
  const { from, to } = options
  const range = readQueryRange(
    {
      range: options.since,
      ...(from === undefined ? {} : { start: from }),
      ...(to === undefined ? {} : { end: to }),
    },
    Math.max(20, Math.min(60, Math.floor(terminal.columns / 2))),
    terminal.nowMs(),
  )
  const answer = await client.ask('/api/metrics/query_range', {
    q: query,
    start: String(range.startMs / 1000),
    end: String(range.endMs / 1000),
    step: String(range.stepMs / 1000),
  })
  if (options.output === 'json') {
    terminal.write(safeJson(answer))
    return
  }
  const series = objectsOf(objectOf(answer)['series'])
  if (series.length === 0) terminal.remark('no data: no span counts in this time\n')
  else terminal.write(showTraceSeries(series, range, terminal))
}
