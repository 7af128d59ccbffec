import type { StructuralOp } from '../../lang/traceql/ast.ts'
import type { NestedSets, TraceView } from './trace-view.ts'

/** The relation of an operator, and how it is asked for. */
interface Relation {
  readonly name: '>' | '<' | '>>' | '<<' | '~'
  /** `!>`: the spans that stand so to none. */
  readonly isNegated: boolean
  /** `&>`: those of both sides. */
  readonly isUnion: boolean
}

const OPPOSITE = { '>': '<', '<': '>', '>>': '<<', '<<': '>>', '~': '~' } as const

function relationOf(op: StructuralOp): Relation {
  for (const name of ['>>', '<<', '>', '<', '~'] as const) {
    if (op === name) return { name, isNegated: false, isUnion: false }
    if (op === `!${name}`) return { name, isNegated: true, isUnion: false }
    if (op === `&${name}`) return { name, isNegated: false, isUnion: true }
  }
  throw new RangeError(`not a structural operator: ${op}`)
}

/**
 * The rows that `left op right` keeps, in the order of `right` (of a union: those of `left` first). The time grows with the length of the
 * trace, however the rows lie in it.
 */
export function relate(
  trace: TraceView,
  op: StructuralOp,
  left: Int32Array,
  right: Int32Array,
): Int32Array {
  const { name, isNegated, isUnion } = relationOf(op)
  const ofRight = marksOf(trace, name, left)
  if (!isUnion) return right.filter((row) => (ofRight(row) ? !isNegated : isNegated))
  const ofLeft = marksOf(trace, OPPOSITE[name], right)
  const kept = left.filter(ofLeft)
  const seen = new Set(kept)
  return Int32Array.from([...kept, ...right.filter((row) => ofRight(row) && !seen.has(row))])
}

/** Tells of a row whether it stands in the relation to one of `rows`: is its child, its ancestor and so on. */
function marksOf(
  trace: TraceView,
  name: Relation['name'],
  rows: Int32Array,
): (row: number) => boolean {
  switch (name) {
    case '~':
      return markSiblings(trace.sets, rows)
    case '>':
    case '>>':
      return markBelow(trace, rows, name === '>>')
    default:
      return markAbove(trace, rows, name === '<<')
  }
}

function markSiblings({ parent }: NestedSets, rows: Int32Array): (row: number) => boolean {
  const counts = new Map<number, number>()
  const members = new Set<number>(rows)
  for (const row of rows) {
    const above = parent[row] as number
    if (above !== 0) counts.set(above, (counts.get(above) ?? 0) + 1)
  }
  return (row) => {
    const others = (counts.get(parent[row] as number) ?? 0) - (members.has(row) ? 1 : 0)
    return others > 0
  }
}

/** The children of rows; with `isDeep` all descendants. */
function markBelow(
  { length, parentRow, sets: { order } }: TraceView,
  rows: Int32Array,
  isDeep: boolean,
): (row: number) => boolean {
  const isMember = new Uint8Array(length)
  for (const row of rows) isMember[row] = 1
  const isBelow = new Uint8Array(length)
  for (const row of order) {
    const above = parentRow[row] as number
    if (above >= 0 && (isMember[above] === 1 || (isDeep && isBelow[above] === 1))) isBelow[row] = 1
  }
  return (row) => isBelow[row] === 1
}

/** The parents of rows; with `isDeep` all ancestors. */
function markAbove(
  { length, parentRow, sets: { order } }: TraceView,
  rows: Int32Array,
  isDeep: boolean,
): (row: number) => boolean {
  const isMember = new Uint8Array(length)
  for (const row of rows) isMember[row] = 1
  const isAbove = new Uint8Array(length)
  for (let i = order.length - 1; i >= 0; i--) {
    const row = order[i] as number
    const above = parentRow[row] as number
    if (above >= 0 && (isMember[row] === 1 || (isDeep && isAbove[row] === 1))) isAbove[above] = 1
  }
  return (row) => isAbove[row] === 1
}
