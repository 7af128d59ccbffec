import type { Trace } from './trace-model.ts'

/** Rows whose children are not shown. */
export type FoldedRows = ReadonlySet<number>

/** The rows that are shown, in their order: what is below a folded one is left out. */
export function visibleRows(trace: Trace, folded: FoldedRows): Uint32Array {
  const rows = new Uint32Array(trace.length)
  let count = 0
  for (let row = 0; row < trace.length;) {
    rows[count++] = row
    row = folded.has(row) ? (trace.ends[row] ?? trace.length) : row + 1
  }
  return rows.subarray(0, count)
}

export function hasChildren(trace: Trace, row: number): boolean {
  return (trace.ends[row] ?? 0) > row + 1
}

/** Folds every span of a depth and below that has children, so that no deeper one is shown; those above are unfolded. */
export function foldAtDepth(trace: Trace, depth: number): FoldedRows {
  const folded = new Set<number>()
  for (let row = 0; row < trace.length; row++)
    if ((trace.depths[row] ?? 0) >= depth && hasChildren(trace, row)) folded.add(row)
  return folded
}

/** With a row shown: what is folded above it is unfolded. The same set where nothing is. */
export function reveal(trace: Trace, folded: FoldedRows, row: number): FoldedRows {
  let next: Set<number> | undefined
  for (let at = trace.parents[row] ?? -1; at >= 0; at = trace.parents[at] ?? -1) {
    if (!folded.has(at)) continue
    next ??= new Set(folded)
    next.delete(at)
  }
  return next ?? folded
}

/** With one row folded, or unfolded where it was. */
export function toggleFold(folded: FoldedRows, row: number): FoldedRows {
  const next = new Set(folded)
  if (!next.delete(row)) next.add(row)
  return next
}

/** Where a row stands among ascending ones; where it is not among them, the one before it: what it is folded into. */
export function indexOfRow(rows: Uint32Array, row: number): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle] ?? 0) <= row) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}
