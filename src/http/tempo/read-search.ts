import type { Pipeline, Query } from '../../lang/traceql/ast.ts'
import { check } from '../../lang/traceql/check.ts'
import { formatFault } from '../../lang/traceql/fault.ts'
import { parse } from '../../lang/traceql/parse.ts'
import { LogfmtDecoder } from '../../lang/logql/pipeline/logfmt-decoder.ts'
import { formatGoDuration } from '../../model/go-duration.ts'
import { quoteString } from '../../model/go-notation.ts'
import { Problem } from '../../model/problem.ts'
import type { SpanRange } from '../../store/spans-source.ts'
import type { Params } from '../params.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 1000
const DEFAULT_SPANS = 3
const MAX_SPANS = 100
const DEFAULT_RANGE_S = 86_400
const NS_PER_S = 1_000_000_000n
const NS_PER_MS = 1_000_000n

/** What `/api/search` is asked. */
export interface SearchRequest {
  readonly pipeline: Pipeline
  readonly range: SpanRange
  readonly limit: number
  readonly spansPerSpanset: number
}

/** Reads `q`, or else `tags`, `minDuration` and `maxDuration`; `limit`, `spss`, `start`, `end`. Throws a `Problem` of code `bad_data`. */
export function readSearch(params: Params, nowMs: number): SearchRequest {
  const q = params.get('q').trim()
  const tags = params.get('tags').trim()
  if (q !== '' && tags !== '')
    throw new Problem('bad_data', "invalid request: can't specify tags and q in the same query")
  const text = q === '' ? toTraceql(params, tags) : q
  const { body } = readQuery(text)
  if (body.kind !== 'pipeline') {
    throw new Problem(
      'bad_data',
      'invalid TraceQL query: a metrics query is asked at /api/metrics/query_range',
    )
  }
  return {
    pipeline: body,
    range: readRange(params, nowMs),
    limit: readCount(params, 'limit', DEFAULT_LIMIT, MAX_LIMIT),
    spansPerSpanset: readCount(params, 'spss', DEFAULT_SPANS, MAX_SPANS),
  }
}

/** Parses and checks; throws a `Problem` of code `bad_data` with Tempo's text. */
export function readQuery(text: string): Query {
  const { query, faults } = parse(text)
  const fault = query ? check(query)[0] : faults[0]
  if (query && !fault) return query
  const message = fault ? formatFault(text, fault) : 'no query'
  throw new Problem('bad_data', `invalid TraceQL query: ${message}`)
}

/** `start` and `end` in Unix seconds; without them the last day. */
export function readRange(params: Params, nowMs: number): SpanRange {
  const nowS = Math.ceil(nowMs / 1000) + 1
  const endS = readSeconds(params, 'end') ?? nowS
  const startS = readSeconds(params, 'start') ?? Math.max(0, endS - DEFAULT_RANGE_S)
  if (startS >= endS) {
    throw new Problem(
      'bad_data',
      `http parameter start must be before end. received start=${startS} end=${endS}`,
    )
  }
  return { startNs: BigInt(startS) * NS_PER_S, endNs: BigInt(endS) * NS_PER_S }
}

/** Refuses a range that is longer than `max_search_duration` or `max_metrics_duration` of a Tempo file allows, with Tempo's text. */
export function boundRange({ startNs, endNs }: SpanRange, mostMs: number | undefined): void {
  if (mostMs === undefined || endNs - startNs <= BigInt(Math.round(mostMs)) * NS_PER_MS) return
  throw new Problem(
    'bad_data',
    `range specified by start and end exceeds ${formatGoDuration(mostMs)}. received start=${startNs / NS_PER_S} end=${endNs / NS_PER_S}`,
  )
}

function readSeconds(params: Params, name: string): number | undefined {
  const text = params.get(name)
  if (text === '') return undefined
  if (/^[0-9]{1,10}$/.test(text)) return Number(text) === 0 ? undefined : Number(text)
  throw new Problem(
    'bad_data',
    `invalid ${name}: ${quoteString(text.slice(0, 50))}: Unix seconds are allowed`,
  )
}

function readCount(params: Params, name: string, usual: number, most: number): number {
  const text = params.get(name)
  if (text === '') return usual
  const count = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0
  if (count < 1) throw new Problem('bad_data', `invalid ${name}: must be a positive number`)
  if (count > most) throw new Problem('bad_data', `${name} ${count} exceeds max limit ${most}`)
  return count
}

/** The older form of a search, as a query. */
function toTraceql(params: Params, tags: string): string {
  const conditions: string[] = []
  const logfmt = new LogfmtDecoder()
  logfmt.begin(tags)
  while (logfmt.next()) conditions.push(tagCondition(logfmt.key, logfmt.value))
  if (logfmt.fault !== undefined) throw new Problem('bad_data', `invalid tags: ${logfmt.fault}`)
  for (const [name, op] of [
    ['minDuration', '>='],
    ['maxDuration', '<='],
  ] as const) {
    const bound = params.get(name)
    if (bound === '') continue
    if (!/^[0-9.a-zµ]{1,40}$/.test(bound))
      throw new Problem('bad_data', `invalid ${name}: ${quoteString(bound.slice(0, 50))}`)
    conditions.push(`duration ${op} ${bound}`)
  }
  return `{ ${conditions.join(' && ')} }`
}

function tagCondition(key: string, value: string): string {
  const quoted = quoteString(value)
  switch (key) {
    case 'name':
      return `name = ${quoted}`
    case 'root.name':
      return `rootName = ${quoted}`
    case 'root.service.name':
      return `rootServiceName = ${quoted}`
    case 'error':
      return value === 'true' ? 'status = error' : 'status != error'
    case 'status.code':
      return /^(?:error|ok|unset)$/.test(value) ? `status = ${value}` : 'false'
    default: {
      const field = `."${key.replaceAll(/[\\"]/g, (char) => `\\${char}`)}"`
      // What looks like a number or a truth may be one or a text.
      const isOther = /^(?:-?[0-9]{1,18}|-?[0-9]+\.[0-9]+|true|false)$/.test(value)
      return isOther ? `(${field} = ${quoted} || ${field} = ${value})` : `${field} = ${quoted}`
    }
  }
}
