import { serviceOf, type Trace } from './trace-model.ts'

/** What a place of the structure has in one trace. */
export interface ComparedSide {
  readonly spans: number
  readonly errors: number
  /** Of all its spans together. */
  readonly durationNs: number
}

/** Spans of both traces that have the same service, name, and way from the root. */
export interface ComparedNode {
  /** Unlike that of every other node. */
  readonly id: string
  readonly service: string
  readonly name: string
  readonly depth: number
  readonly left: ComparedSide
  readonly right: ComparedSide
  readonly verdict: Verdict
}

/** How the right trace differs: in which spans there are, or in how long they take together. */
export type Verdict = 'only-left' | 'only-right' | 'more' | 'fewer' | 'slower' | 'faster' | 'same'

interface GrowingSide {
  spans: number
  errors: number
  durationNs: number
}

interface GrowingNode {
  readonly id: string
  readonly service: string
  readonly name: string
  readonly depth: number
  readonly left: GrowingSide
  readonly right: GrowingSide
  readonly children: Map<string, GrowingNode>
}

/** The structure of two traces as one, a node before what is below it, in the order in which spans come. */
export function compareTraces(left: Trace, right: Trace): readonly ComparedNode[] {
  const roots = new Map<string, GrowingNode>()
  addTrace(roots, left, 'left')
  addTrace(roots, right, 'right')
  const nodes: ComparedNode[] = []
  const stack = [...roots.values()].toReversed()
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const { children, ...shown } = node
    nodes.push({ ...shown, verdict: judge(node.left, node.right) })
    stack.push(...[...children.values()].toReversed())
  }
  return nodes
}

function addTrace(roots: Map<string, GrowingNode>, trace: Trace, side: 'left' | 'right'): void {
  const nodes: GrowingNode[] = []
  for (let row = 0; row < trace.length; row++) {
    const parent = nodes[trace.parents[row] ?? -1]
    const [service, name] = [serviceOf(trace, row), trace.names[row] ?? '']
    const siblings = parent?.children ?? roots
    const key = JSON.stringify([service, name])
    const node = siblings.get(key) ?? {
      ...{ service, name, depth: (parent?.depth ?? -1) + 1 },
      id: `${parent?.id ?? ''}/${siblings.size}`,
      ...{ left: emptySide(), right: emptySide(), children: new Map<string, GrowingNode>() },
    }
    siblings.set(key, node)
    nodes.push(node)
    node[side].spans += 1
    node[side].errors += trace.isError[row] ?? 0
    node[side].durationNs += trace.durationsNs[row] ?? 0
  }
}

function emptySide(): GrowingSide {
  return { spans: 0, errors: 0, durationNs: 0 }
}

/** Less than this share is no difference: no request takes exactly as long as another. */
const LEAST_SHARE = 0.1
/** Nor is this little time. */
const LEAST_NS = 50_000

function judge(left: ComparedSide, right: ComparedSide): Verdict {
  if (right.spans === 0) return 'only-left'
  if (left.spans === 0) return 'only-right'
  if (right.spans !== left.spans) return right.spans > left.spans ? 'more' : 'fewer'
  const byNs = right.durationNs - left.durationNs
  const longer = Math.max(left.durationNs, right.durationNs)
  if (Math.abs(byNs) < Math.max(LEAST_NS, longer * LEAST_SHARE)) return 'same'
  return byNs > 0 ? 'slower' : 'faster'
}
