import type { Field } from '../../lang/traceql/ast.ts'
import type { FieldValue } from './field-value.ts'

/** The spans of one trace; a span is a row. Columns are as long as the trace. */
export interface TraceView {
  readonly length: number
  /** The row of the parent; -1: it has none (a root), -2: it is not in this trace. */
  readonly parentRow: Int32Array
  /** Where each span stands in the tree: `numberSpans`. */
  readonly sets: NestedSets
  /** Undefined: the span has nothing under the name. */
  fieldOf(row: number, field: Field): FieldValue | undefined
}

export const NO_PARENT = -1
export const LOST_PARENT = -2

/**
 * Where each span stands in the tree, by nested sets as Tempo numbers them: a span's interval lies inside that of each of its
 * ancestors. 0 for spans that hang on no root, which therefore stand in no relation to any other.
 */
export interface NestedSets {
  readonly left: Int32Array
  readonly right: Int32Array
  /** The left bound of the parent; -1 for a root. */
  readonly parent: Int32Array
  /** Rows from roots to leaves: a parent before its children. Spans that hang on no root are missing. */
  readonly order: Int32Array
}

/** Numbers the spans of a trace, in time that grows with their count. Circles hang on no root. */
export function numberSpans({
  length,
  parentRow,
}: Pick<TraceView, 'length' | 'parentRow'>): NestedSets {
  const firstChild = new Int32Array(length).fill(-1)
  const nextSibling = new Int32Array(length).fill(-1)
  const roots: number[] = []
  for (let row = length - 1; row >= 0; row--) {
    const parent = parentRow[row] as number
    if (parent === NO_PARENT) roots.push(row)
    else if (parent >= 0) {
      nextSibling[row] = firstChild[parent] as number
      firstChild[parent] = row
    }
  }
  const left = new Int32Array(length)
  const right = new Int32Array(length)
  const parent = new Int32Array(length)
  const order = new Int32Array(length)
  let count = 0
  let bound = 0
  for (const root of roots.toReversed()) {
    let row = root
    left[row] = ++bound
    parent[row] = -1
    order[count++] = row
    for (;;) {
      const child = firstChild[row] as number
      if (child >= 0 && right[row] === 0 && left[child] === 0) {
        parent[child] = left[row] as number
        left[child] = ++bound
        order[count++] = child
        row = child
        continue
      }
      right[row] = ++bound
      if (row === root) break
      const sibling = nextSibling[row] as number
      const above = parentRow[row] as number
      if (sibling < 0) {
        row = above
        // Its children are done: what is left is its own right bound.
        firstChild[row] = -1
        continue
      }
      parent[sibling] = left[above] as number
      left[sibling] = ++bound
      order[count++] = sibling
      row = sibling
    }
  }
  return { left, right, parent, order: order.subarray(0, count) }
}
