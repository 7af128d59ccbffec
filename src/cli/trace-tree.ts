import type { TraceSpan } from './trace-answer.ts'

/** A span at its place in the tree. */
export interface TreeRow {
  readonly span: TraceSpan
  /** What stands before its name. */
  readonly branches: string
}

interface Waiting {
  readonly span: TraceSpan
  readonly branches: string
  /** What stands before the names of its children. */
  readonly below: string
}

/** Deeper spans stand below each other: a branch that long would leave no room for names. */
const DEEPEST = 12

/**
 * Spans as a tree, parents before their children, both in the order of time. A span whose parent is not there is a root, and so is the
 * first of spans that are each other's parents.
 */
export function orderAsTree(spans: readonly TraceSpan[]): TreeRow[] {
  const sorted = spans.toSorted(byTime)
  const known = new Set(sorted.map(({ id }) => id))
  const children = new Map<string, TraceSpan[]>()
  const roots: TraceSpan[] = []
  for (const span of sorted) {
    if (!known.has(span.parentId) || span.parentId === span.id) roots.push(span)
    else {
      const some = children.get(span.parentId)
      if (some) some.push(span)
      else children.set(span.parentId, [span])
    }
  }
  const rows: TreeRow[] = []
  const seen = new Set<TraceSpan>()
  for (const root of roots) walk(root, children, seen, rows)
  // What is left are circles.
  for (const span of sorted) if (!seen.has(span)) walk(span, children, seen, rows)
  return rows
}

function walk(
  root: TraceSpan,
  children: ReadonlyMap<string, readonly TraceSpan[]>,
  seen: Set<TraceSpan>,
  rows: TreeRow[],
): void {
  const waiting: Waiting[] = [{ span: root, branches: '', below: '' }]
  seen.add(root)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { span, branches, below } = next
    rows.push({ span, branches })
    const own = (children.get(span.id) ?? []).filter((child) => !seen.has(child))
    for (const child of own) seen.add(child)
    const isDeep = below.length >= DEEPEST * 2
    for (let at = own.length - 1; at >= 0; at--) {
      const child = own[at]
      if (child === undefined) continue
      const isLast = at === own.length - 1
      waiting.push({
        span: child,
        branches: below + (isLast ? '└ ' : '├ '),
        below: isDeep ? below : below + (isLast ? '  ' : '│ '),
      })
    }
  }
}

function byTime(a: TraceSpan, b: TraceSpan): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1
  // Clocks of whole milliseconds: what ends later holds the others.
  return a.durationNs === b.durationNs ? 0 : a.durationNs > b.durationNs ? -1 : 1
}
