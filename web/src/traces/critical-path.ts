import { childrenOf, endNsOf, type Trace } from './trace-model.ts'

/** The parts of spans that the duration of the trace consists of, the last first. */
export interface CriticalPath {
  readonly rows: readonly number[]
  /** Nanoseconds since the start of the trace. */
  readonly startsNs: readonly number[]
  readonly endsNs: readonly number[]
}

/**
 * The critical path, by the rule of Jaeger's UI: from the end of a root one goes back in time, each time into the child that
 * finished last before; what is left between children is the span's own. Children are cut at the ends of their parent; one that
 * lies outside is passed over with all below it, and so is the consumer of what its parent produced, for nobody waits for it.
 */
export function criticalPath(trace: Trace): CriticalPath {
  const path = { rows: [], startsNs: [], endsNs: [] }
  const spans = cutToParents(trace)
  for (const root of trace.roots) walkBack(trace, spans, root, path)
  return path
}

/** Starts and ends within those of the parents. NaN: the span does not count. */
interface CutSpans {
  readonly startsNs: Float64Array
  readonly endsNs: Float64Array
}

function cutToParents(trace: Trace): CutSpans {
  const startsNs = Float64Array.from(trace.startsNs)
  const endsNs = Float64Array.from(trace.startsNs, (_start, row) => endNsOf(trace, row))
  for (let row = 0; row < trace.length; row++) {
    const parent = trace.parents[row] ?? -1
    if (parent < 0) continue
    const [start, end] = [startsNs[row] ?? 0, endsNs[row] ?? 0]
    const [parentStart, parentEnd] = [startsNs[parent] ?? 0, endsNs[parent] ?? 0]
    const isOutside = start >= parentStart ? start >= parentEnd : end <= parentStart
    // Of a parent that does not count itself, both are NaN and no comparison holds.
    const counts = !isOutside && parentStart <= parentEnd && isWaitedFor(trace, row, parent)
    startsNs[row] = counts ? Math.max(start, parentStart) : Number.NaN
    endsNs[row] = counts ? Math.min(end, parentEnd) : Number.NaN
  }
  return { startsNs, endsNs }
}

function isWaitedFor({ kinds }: Trace, row: number, parent: number): boolean {
  return !(kinds[row] === 'consumer' && kinds[parent] === 'producer')
}

interface GrowingPath {
  readonly rows: number[]
  readonly startsNs: number[]
  readonly endsNs: number[]
}

function walkBack(trace: Trace, spans: CutSpans, root: number, path: GrowingPath): void {
  const { startsNs, endsNs } = spans
  const waiting = new Map<number, number[]>()
  const add = (row: number, fromNs: number, toNs: number): void => {
    if (fromNs === toNs) return
    path.rows.push(row)
    path.startsNs.push(fromNs)
    path.endsNs.push(toNs)
  }
  let row = root
  // Where one came back from a child: its start.
  let cameFromNs: number | undefined
  while (row >= 0) {
    const children = waiting.get(row) ?? byEnd(trace, spans, row)
    waiting.set(row, children)
    const toNs = cameFromNs ?? endsNs[row] ?? 0
    const last = takeLast(children, endsNs, cameFromNs)
    if (last === undefined) {
      cameFromNs = startsNs[row] ?? 0
      add(row, cameFromNs, toNs)
      row = row === root ? -1 : (trace.parents[row] ?? -1)
    } else {
      add(row, endsNs[last] ?? 0, toNs)
      row = last
      cameFromNs = undefined
    }
  }
}

/** Children that count, the one that ends last at the end; of equal ends the first child. */
function byEnd(trace: Trace, { endsNs }: CutSpans, row: number): number[] {
  return childrenOf(trace, row)
    .filter((child) => !Number.isNaN(endsNs[child]))
    .sort((a, b) => (endsNs[a] ?? 0) - (endsNs[b] ?? 0) || b - a)
}

/** One goes back in time only, so that a child which is passed over once is never needed again. */
function takeLast(
  children: number[],
  endsNs: Float64Array,
  beforeNs: number | undefined,
): number | undefined {
  for (let child = children.pop(); child !== undefined; child = children.pop())
    if (beforeNs === undefined || (endsNs[child] ?? 0) < beforeNs) return child
  return undefined
}
