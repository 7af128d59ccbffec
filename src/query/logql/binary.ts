import type { Binary, BinaryOp, VectorMatching } from '../../lang/logql/ast.ts'
import { applyOp } from '../../lang/logql/check.ts'
import type { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { emptyRow, GrowingRows, type Row, setAt } from './grid.ts'

const COMPARISONS: ReadonlySet<BinaryOp> = new Set<BinaryOp>(['==', '!=', '>', '>=', '<', '<='])

/** A comparison without `bool` filters: its value is `kept` where it holds, and undefined where not. */
function merge(expr: Binary, left: number, right: number, kept: number): number | undefined {
  const value = applyOp(expr.op, left, right)
  if (!COMPARISONS.has(expr.op) || expr.returnBool) return value
  return value === 1 ? kept : undefined
}

/** An operation between rows and a number, which stands on the left when `isLeft`. */
export function mergeWithNumber(
  expr: Binary,
  rows: readonly Row[],
  number: number,
  isLeft: boolean,
  steps: number,
): Row[] {
  return rows.map((row) => {
    const out = emptyRow(row.labels, steps)
    for (let step = 0; step < steps; step++) {
      if (row.present[step] !== 1) continue
      const own = row.values[step] as number
      const value = isLeft ? merge(expr, number, own, own) : merge(expr, own, number, own)
      if (value !== undefined) setAt(out, step, value)
    }
    return out
  })
}

/** An operation between the rows of both sides. Throws a `Problem`, in Loki's words, where they do not find each other. */
export function mergeRows(
  expr: Binary,
  left: readonly Row[],
  right: readonly Row[],
  steps: number,
): Row[] {
  switch (expr.op) {
    case 'and':
    case 'unless':
      return filterRows(expr, left, right, steps)
    case 'or':
      return uniteRows(expr, left, right, steps)
    default:
      return matchRows(expr, left, right, steps)
  }
}

function signatureOf({ on, labels }: VectorMatching): (own: Labels) => string {
  const names = new Set(labels)
  return on ? (own) => own.keep(names).key : (own) => own.without(names).key
}

/** By signature, in which steps a side has a row. */
function presence(
  rows: readonly Row[],
  keyOf: (own: Labels) => string,
  steps: number,
): Map<string, Uint8Array> {
  const bySignature = new Map<string, Uint8Array>()
  for (const { labels, present } of rows) {
    const key = keyOf(labels)
    const own = bySignature.get(key) ?? new Uint8Array(steps)
    for (let step = 0; step < steps; step++) if (present[step] === 1) own[step] = 1
    bySignature.set(key, own)
  }
  return bySignature
}

function filterRows(
  expr: Binary,
  left: readonly Row[],
  right: readonly Row[],
  steps: number,
): Row[] {
  const keyOf = signatureOf(expr.matching)
  const there = presence(right, keyOf, steps)
  const wanted = expr.op === 'and' ? 1 : 0
  return left.map((row) => {
    const other = there.get(keyOf(row.labels))
    const present = row.present.map((is, step) =>
      is === 1 && (other?.[step] ?? 0) === wanted ? 1 : 0,
    )
    return { ...row, present }
  })
}

function uniteRows(
  expr: Binary,
  left: readonly Row[],
  right: readonly Row[],
  steps: number,
): Row[] {
  const keyOf = signatureOf(expr.matching)
  const there = presence(left, keyOf, steps)
  const out = new GrowingRows(steps)
  for (const row of left) copyInto(out.of(row.labels), row, undefined)
  for (const row of right) copyInto(out.of(row.labels), row, there.get(keyOf(row.labels)))
  return out.rows
}

function copyInto(target: Row, row: Row, hidden: Uint8Array | undefined): void {
  for (const [step, is] of row.present.entries()) {
    if (is === 1 && hidden?.[step] !== 1) setAt(target, step, row.values[step] as number)
  }
}

function groupBySignature(
  rows: readonly Row[],
  keyOf: (own: Labels) => string,
): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = keyOf(row.labels)
    const own = groups.get(key)
    if (own) own.push(row)
    else groups.set(key, [row])
  }
  return groups
}

function matchRows(
  expr: Binary,
  left: readonly Row[],
  right: readonly Row[],
  steps: number,
): Row[] {
  const keyOf = signatureOf(expr.matching)
  const isSwapped = expr.matching.card === 'one-to-many'
  const [many, one] = isSwapped ? [right, left] : [left, right]
  const ones = groupBySignature(one, keyOf)
  const out = new GrowingRows(steps)
  // A side is refused for two rows of a signature even where the other has none.
  const manies = groupBySignature(many, keyOf)
  for (const [key, partners] of ones) {
    for (let step = 0; step < steps; step++) {
      const partner = onlyPresent(partners, step, isSwapped ? 'left' : 'right')
      if (partner) matchStep(expr, manies.get(key) ?? [], partner, step, isSwapped, out)
    }
  }
  return out.rows
}

function onlyPresent(rows: readonly Row[], step: number, side: 'left' | 'right'): Row | undefined {
  let found: Row | undefined
  for (const row of rows) {
    if (row.present[step] !== 1) continue
    if (found) {
      throw new Problem(
        'execution',
        `found duplicate series on the ${side} hand-side;` +
          'many-to-many matching not allowed: matching labels must be unique on one side',
      )
    }
    found = row
  }
  return found
}

function matchStep(
  expr: Binary,
  many: readonly Row[],
  partner: Row,
  step: number,
  isSwapped: boolean,
  out: GrowingRows,
): void {
  const seen = new Set<string>()
  for (const row of many) {
    if (row.present[step] !== 1) continue
    const labels = resultLabels(expr.matching, row.labels, partner.labels)
    const isOneToOne = expr.matching.card === 'one-to-one'
    if (isOneToOne ? seen.size > 0 : seen.has(labels.key)) {
      throw new Problem(
        'execution',
        isOneToOne
          ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
          : 'multiple matches for labels: grouping labels must ensure unique matches',
      )
    }
    seen.add(labels.key)
    const [a, b] = isSwapped ? [partner, row] : [row, partner]
    const left = a.values[step] as number
    const value = merge(expr, left, b.values[step] as number, left)
    if (value !== undefined) setAt(out.of(labels), step, value)
  }
}

function resultLabels(
  { on, labels, card, include }: VectorMatching,
  many: Labels,
  one: Labels,
): Labels {
  if (card === 'one-to-one') {
    const names = new Set(labels)
    return on ? many.keep(names) : many.without(names)
  }
  return many.with(Object.fromEntries(include.map((name) => [name, one.get(name)])))
}
