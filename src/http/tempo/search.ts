import type {
  FoundSpanJson,
  FoundTraceJson,
  SpansetJson,
  TraceSearchJson,
} from '../../contract/tempo.ts'
import type { AttributeJson } from '../../model/trace-json.ts'
import type { Field } from '../../lang/traceql/ast.ts'
import { fieldsOf } from '../../lang/traceql/fields.ts'
import { printField } from '../../lang/traceql/print.ts'
import type { Spanset } from '../../query/traceql/evaluate-pipeline.ts'
import { searchTraces, type FoundTrace, type SearchResult } from '../../query/traceql/search.ts'
import type { StoredTrace } from '../../query/traceql/stored-traces.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import { fieldJson } from './attribute-json.ts'
import type { TempoDoors } from './doors.ts'
import { boundRange, readSearch } from './read-search.ts'
import { guarded, jsonAnswer } from './respond.ts'

export type SearchDoors = Pick<TempoDoors, 'source' | 'log' | 'limits' | 'nowMs'>

/** Of traces that are read together. */
export const MAX_SEARCH_SPANS = 500_000
const NS_PER_MS = 1_000_000n
/** Fields that a span found has anyway. */
const SHOWN_ANYWAY: ReadonlySet<string> = new Set(['name', 'duration'])

/** `/api/search` */
export function searchRoutes(doors: SearchDoors): Route[] {
  const path = '/api/search'
  return [
    {
      methods: ['GET'],
      path,
      permission: 'traces:read',
      handle: guarded(doors.log, path, (exchange) => search(doors, exchange)),
    },
  ]
}

async function search(doors: SearchDoors, exchange: Exchange): Promise<Answer> {
  const { answer, result } = await run(doors, exchange)
  return jsonAnswer(answer(result.found, result))
}

/**
 * A search whose finds are told as they come, each trace once; what is left to tell in the end is what it cost. Rejects with a
 * `Problem`.
 */
export async function streamSearch(
  doors: SearchDoors,
  exchange: Exchange,
  emit: (part: TraceSearchJson) => void,
): Promise<void> {
  const { answer, result } = await run(doors, exchange, (part) => emit(part))
  emit(answer([], result))
}

interface SearchRun {
  readonly result: SearchResult
  readonly answer: (found: readonly FoundTrace[], cost?: SearchResult) => TraceSearchJson
}

async function run(
  { source, limits, nowMs }: SearchDoors,
  { params, signal }: Exchange,
  emit?: (part: TraceSearchJson) => void,
): Promise<SearchRun> {
  const { pipeline, range, limit, spansPerSpanset } = readSearch(params, nowMs())
  boundRange(range, limits().maxSearchMs)
  const fields = fieldsOf(pipeline).filter((field) => !SHOWN_ANYWAY.has(printField(field)))
  const answer: SearchRun['answer'] = (found, cost) => ({
    traces: found.map((one) => foundJson(one, fields, spansPerSpanset)),
    metrics: {
      inspectedTraces: cost?.inspectedTraces ?? 0,
      inspectedSpans: String(cost?.inspectedSpans ?? 0),
      ...{ totalBlocks: 1, completedJobs: cost === undefined ? 0 : 1, totalJobs: 1 },
    },
  })
  const result = await searchTraces(source, pipeline, {
    ...{ range, limit, maxSpans: MAX_SEARCH_SPANS, signal },
    ...(emit && { onFound: (found) => emit(answer(found)) }),
  })
  return { result, answer }
}

function foundJson(
  { trace, spansets }: FoundTrace,
  fields: readonly Field[],
  spansPerSpanset: number,
): FoundTraceJson {
  const { startNs, endNs } = trace.bounds()
  const spanSets = spansets.map((spanset) => spansetJson(trace, spanset, fields, spansPerSpanset))
  const [spanSet] = spanSets
  const durationMs = Number((endNs - startNs) / NS_PER_MS)
  const root = trace.rootRow
  return {
    traceID: trace.traceId.replace(/^0+/, ''),
    rootServiceName: root < 0 ? '<root span not yet received>' : trace.serviceOf(root),
    rootTraceName: root < 0 ? '' : trace.nameOf(root),
    startTimeUnixNano: startNs.toString(),
    ...(durationMs > 0 && { durationMs }),
    ...(spanSet && { spanSet }),
    spanSets,
    serviceStats: statsOf(trace),
  }
}

function spansetJson(
  trace: StoredTrace,
  { rows, attributes }: Spanset,
  fields: readonly Field[],
  spansPerSpanset: number,
): SpansetJson {
  const shown = [...rows.subarray(0, spansPerSpanset)]
  return {
    spans: shown.map((row) => foundSpanJson(trace, row, fields)),
    matched: rows.length,
    ...(attributes.length > 0 && {
      attributes: attributes.map(({ name, value }) => fieldJson(name, value)),
    }),
  }
}

function foundSpanJson(trace: StoredTrace, row: number, fields: readonly Field[]): FoundSpanJson {
  const attributes = fields.flatMap((field): AttributeJson[] => {
    const value = trace.fieldOf(row, field)
    const name = field.kind === 'attribute' ? field.name : printField(field)
    return value === undefined ? [] : [fieldJson(name, value)]
  })
  return {
    spanID: trace.rows.spanIds[trace.begin + row] ?? '',
    name: trace.nameOf(row),
    startTimeUnixNano: trace.startNs(row).toString(),
    durationNanos: trace.durationNs(row).toString(),
    ...(attributes.length > 0 && { attributes }),
  }
}

const ERROR = 2

function statsOf(trace: StoredTrace): FoundTraceJson['serviceStats'] {
  const stats = new Map<string, { spanCount: number; errorCount: number }>()
  for (let row = 0; row < trace.length; row++) {
    const service = trace.serviceOf(row)
    const one = stats.get(service) ?? { spanCount: 0, errorCount: 0 }
    one.spanCount++
    if (trace.rows.statuses[trace.begin + row] === ERROR) one.errorCount++
    stats.set(service, one)
  }
  return Object.fromEntries(
    [...stats].map(([service, { spanCount, errorCount }]) => [
      service,
      { spanCount, ...(errorCount > 0 && { errorCount }) },
    ]),
  )
}
