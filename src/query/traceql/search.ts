import type { Field, Pipeline } from '../../lang/traceql/ast.ts'
import { fieldsOf } from '../../lang/traceql/fields.ts'
import type { SpanRange, SpansSource } from '../../store/spans-source.ts'
import { compilePipeline, type Spanset } from './evaluate-pipeline.ts'
import { planPipeline } from './plan.ts'
import { partsOf } from './read-parts.ts'
import { tracesOf, type StoredTrace } from './stored-traces.ts'

/** A trace in which something was found: its spans have the fields of the query, and what is no attribute. */
export interface FoundTrace {
  readonly trace: StoredTrace
  readonly spansets: readonly Spanset[]
}

export interface SearchOptions {
  readonly range: SpanRange
  /** Traces wanted. */
  readonly limit: number
  /** Of the spans of the traces that are read together. */
  readonly maxSpans: number
  readonly signal: AbortSignal
  /** What is asked of the traces that are found, besides the fields of the query. */
  readonly alsoRead?: readonly Field[]
  /** Told what was found since it was told last, as soon as it is known. */
  readonly onFound?: (found: readonly FoundTrace[]) => void
}

/** What a search found, the newest first, and what it cost. */
export interface SearchResult {
  readonly found: readonly FoundTrace[]
  readonly inspectedTraces: number
  readonly inspectedSpans: number
}

/** Traces read at once: about as many as are wanted still, since most of those that the store names are found. */
const MOST_TRACES_PER_READ = 64
/** Fewer wait for more, unless somebody wants to be told of each as soon as it is known: a read of one costs nearly what one of all does. */
const LEAST_TRACES_PER_READ = 16

/** Finds traces by a pipeline that was parsed and checked. Rejects with a `Problem`. */
export async function searchTraces(
  source: SpansSource,
  pipeline: Pipeline,
  { range, limit, maxSpans, signal, alsoRead = [], onFound }: SearchOptions,
): Promise<SearchResult> {
  const evaluate = compilePipeline(pipeline)
  const parts = partsOf([...fieldsOf(pipeline), ...alsoRead])
  const found: FoundTrace[] = []
  let inspectedTraces = 0
  let inspectedSpans = 0
  const candidates = source.findTraces(planPipeline(pipeline), range, { signal, enough: limit })
  const look = async (ids: readonly string[]): Promise<void> => {
    for (let from = 0; from < ids.length && found.length < limit;) {
      const wanted = Math.max(LEAST_TRACES_PER_READ, limit - found.length)
      const some = ids.slice(from, from + Math.min(MOST_TRACES_PER_READ, wanted))
      from += some.length
      const rows = await source.readTraces(some, { signal, maxSpans, parts })
      inspectedSpans += rows.length
      const traces = new Map(tracesOf(rows).map((trace) => [trace.traceId, trace]))
      inspectedTraces += traces.size
      const before = found.length
      for (const id of some) {
        const trace = traces.get(id)
        const spansets = trace ? evaluate(trace) : []
        if (trace && spansets.length > 0 && found.length < limit) found.push({ trace, spansets })
      }
      if (found.length > before) onFound?.(found.slice(before))
    }
  }
  const least = onFound === undefined ? Math.min(limit, LEAST_TRACES_PER_READ) : 1
  let waiting: string[] = []
  for await (const ids of candidates) {
    waiting.push(...ids)
    if (waiting.length < least) continue
    await look(waiting)
    waiting = []
    if (found.length >= limit) break
  }
  await look(waiting)
  return { found, inspectedTraces, inspectedSpans }
}
