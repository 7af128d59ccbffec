import type {
  AttributeJson,
  ResourceSpansJson,
  ScopeSpansJson,
  SpanJson,
} from '../../../src/model/trace-json.ts'
import { hexId } from './trace-id.ts'

/** A span as it came, with what it shares with others. */
export interface SpanSource {
  readonly span: SpanJson
  readonly resource: readonly AttributeJson[]
  readonly scope: ScopeSpansJson['scope']
}

/**
 * The spans of a trace as columns of equal length. Rows are in the order of the tree: a span before its children, children by
 * their start, so that the spans below `row` are the rows from `row + 1` to `ends[row]`, exclusive.
 */
export interface Trace {
  /** 32 hex digits. */
  readonly traceId: string
  readonly length: number
  /** Unix nanoseconds at which the first span starts. */
  readonly startNs: bigint
  /** From there to the end of the last one. */
  readonly durationNs: number
  /** Names of services, in the order in which they come. */
  readonly services: readonly string[]
  /** Which of them. */
  readonly service: Uint32Array
  readonly names: readonly string[]
  /** Hex digits. */
  readonly spanIds: readonly string[]
  /** Words of TraceQL: `server`, `client`, … */
  readonly kinds: readonly string[]
  /** 1: its status is an error. */
  readonly isError: Uint8Array
  /** Nanoseconds since `startNs`. */
  readonly startsNs: Float64Array
  readonly durationsNs: Float64Array
  /** -1: none is here. */
  readonly parents: Int32Array
  /** 1: it names a parent that is not here. */
  readonly isOrphan: Uint8Array
  readonly depths: Uint32Array
  readonly ends: Int32Array
  readonly roots: readonly number[]
  readonly sources: readonly SpanSource[]
}

/** Spans of the Tempo API's answer as a tree. A trace may have many roots, and spans that name each other as their parent. */
export function toTrace(traceId: string, resourceSpans: readonly ResourceSpansJson[]): Trace {
  const sources = resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({ span, scope, resource: resource.attributes })),
    ),
  )
  const startNs = sources.reduce(
    (least, { span }) => {
      const ns = BigInt(span.startTimeUnixNano)
      return ns < least ? ns : least
    },
    BigInt(sources[0]?.span.startTimeUnixNano ?? 0),
  )
  const starts = sources.map(({ span }) => Number(BigInt(span.startTimeUnixNano) - startNs))
  const tree = orderTree(sources, starts)
  return { traceId, startNs, ...columnsOf(sources, starts, tree) }
}

/** Where each row of the tree comes from, and how it stands in it. */
interface Tree {
  /** Index of the span of each row. */
  readonly order: Uint32Array
  readonly parents: Int32Array
  readonly isOrphan: Uint8Array
  readonly depths: Uint32Array
  readonly ends: Int32Array
  readonly roots: readonly number[]
}

function orderTree(sources: readonly SpanSource[], starts: readonly number[]): Tree {
  const children = new Map<string, number[]>()
  const known = new Set(sources.map(({ span }) => span.spanId))
  const byStart = Array.from(sources, (_source, i) => i).sort(
    (a, b) => (starts[a] ?? 0) - (starts[b] ?? 0),
  )
  const tops: number[] = []
  for (const i of byStart) {
    const { parentSpanId = '', spanId } = sources[i]?.span ?? { spanId: '' }
    if (parentSpanId === '' || parentSpanId === spanId || !known.has(parentSpanId)) tops.push(i)
    else if (!children.get(parentSpanId)?.push(i)) children.set(parentSpanId, [i])
  }
  const walk = new TreeWalk(sources, children)
  for (const i of tops) walk.add(i)
  // What no root leads to stands in a circle: its first span is taken for one.
  for (const i of byStart) walk.add(i)
  return walk
}

/** Puts spans in the order of the tree, without recursion: a trace may be a chain of thousands. */
class TreeWalk implements Tree {
  readonly order: Uint32Array
  readonly parents: Int32Array
  readonly isOrphan: Uint8Array
  readonly depths: Uint32Array
  readonly ends: Int32Array
  readonly roots: number[] = []
  readonly #sources: readonly SpanSource[]
  readonly #children: Map<string, number[]>
  readonly #isPlaced: Uint8Array
  #rows = 0

  constructor(sources: readonly SpanSource[], children: Map<string, number[]>) {
    const { length } = sources
    this.#sources = sources
    this.#children = children
    this.#isPlaced = new Uint8Array(length)
    this.order = new Uint32Array(length)
    this.parents = new Int32Array(length)
    this.isOrphan = new Uint8Array(length)
    this.depths = new Uint32Array(length)
    this.ends = new Int32Array(length)
  }

  /** A span that is there already is passed over. */
  add(top: number): void {
    if (this.#isPlaced[top] === 1) return
    const root = this.#rows
    this.roots.push(root)
    this.isOrphan[root] = (this.#sources[top]?.span.parentSpanId ?? '') === '' ? 0 : 1
    const stack = [this.#place(top, -1)]
    for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
      const next = level.waiting.pop()
      if (next === undefined) {
        this.ends[level.row] = this.#rows
        stack.pop()
      } else if (this.#isPlaced[next] === 0) {
        stack.push(this.#place(next, level.row))
      }
    }
  }

  #place(span: number, parent: number): { readonly row: number; readonly waiting: number[] } {
    const row = this.#rows++
    this.#isPlaced[span] = 1
    this.order[row] = span
    this.parents[row] = parent
    this.depths[row] = parent < 0 ? 0 : (this.depths[parent] ?? 0) + 1
    const id = this.#sources[span]?.span.spanId ?? ''
    const waiting = this.#children.get(id)?.toReversed() ?? []
    // Where an id is there twice, the first span has the children.
    this.#children.delete(id)
    return { row, waiting }
  }
}

const KIND = /^SPAN_KIND_/

function columnsOf(
  spans: readonly SpanSource[],
  starts: readonly number[],
  tree: Tree,
): Omit<Trace, 'traceId' | 'startNs'> {
  const { length } = spans
  const { order, parents, isOrphan, depths, ends, roots } = tree
  const [service, isError] = [new Uint32Array(length), new Uint8Array(length)]
  const [startsNs, durationsNs] = [new Float64Array(length), new Float64Array(length)]
  const services = new Map<string, number>()
  const sources = Array.from(order, (i) => spans[i]).filter((source) => source !== undefined)
  let durationNs = 0
  sources.forEach(({ span, resource }, row) => {
    const name = serviceName(resource)
    const known = services.get(name) ?? services.size
    services.set(name, known)
    service[row] = known
    isError[row] = span.status.code === 'STATUS_CODE_ERROR' ? 1 : 0
    startsNs[row] = starts[order[row] ?? 0] ?? 0
    const ns = Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano))
    durationsNs[row] = Math.max(0, ns)
    durationNs = Math.max(durationNs, (startsNs[row] ?? 0) + (durationsNs[row] ?? 0))
  })
  return {
    ...{ length, durationNs, service, isError, startsNs, durationsNs, sources },
    ...{ parents, isOrphan, depths, ends, roots },
    services: [...services.keys()],
    names: sources.map(({ span }) => span.name),
    spanIds: sources.map(({ span }) => hexId(span.spanId)),
    kinds: sources.map(({ span }) => (span.kind ?? '').replace(KIND, '').toLowerCase()),
  }
}

function serviceName(resource: readonly AttributeJson[]): string {
  const found = resource.find(({ key }) => key === 'service.name')?.value.stringValue
  return found === undefined || found === '' ? 'unknown service' : found
}

export function serviceOf(trace: Trace, row: number): string {
  return trace.services[trace.service[row] ?? 0] ?? ''
}

/** Nanoseconds since the start of the trace. */
export function endNsOf(trace: Trace, row: number): number {
  return (trace.startsNs[row] ?? 0) + (trace.durationsNs[row] ?? 0)
}

/** Spans directly below one. */
export function childrenOf(trace: Trace, row: number): readonly number[] {
  const children: number[] = []
  const end = trace.ends[row] ?? 0
  for (let child = row + 1; child < end; child = trace.ends[child] ?? end) children.push(child)
  return children
}

/** By how much a span starts before its parent, which only clocks that differ can make: nanoseconds, 0 where it does not. */
export function skewNsOf(trace: Trace, row: number): number {
  const parent = trace.parents[row] ?? -1
  return parent < 0 ? 0 : Math.max(0, (trace.startsNs[parent] ?? 0) - (trace.startsNs[row] ?? 0))
}

/** Nanoseconds in which a span ran and none of its children did. */
export function selfNsOf(trace: Trace, row: number): number {
  const [start, end] = [trace.startsNs[row] ?? 0, endNsOf(trace, row)]
  let [coveredNs, upTo] = [0, start]
  for (const child of childrenOf(trace, row)) {
    const from = Math.max(upTo, trace.startsNs[child] ?? 0)
    const to = Math.min(end, endNsOf(trace, child))
    if (to > from) coveredNs += to - from
    upTo = Math.max(upTo, to)
  }
  return end - start - coveredNs
}
