import type { Binary } from '../../lang/promql/ast.ts'
import type { Labels } from '../../model/labels.ts'
import type { EvalContext } from './context.ts'
import { type Grid, type Rows, RowReader } from './grid.ts'
import { matchingOf, signatureOf } from './matching.ts'
import { materialise, relabel, UNITS_PER_KEY } from './merge-rows.ts'

/** At which steps each signature of some rows has a value. */
interface Presence {
  /** Number of the signature, which is its row in `present`. */
  readonly rowOf: ReadonlyMap<string, number>
  readonly present: Uint8Array
}

async function presenceOf(
  ctx: EvalContext,
  rows: Rows,
  signature: (labels: Labels) => string,
  grid: Grid,
): Promise<Presence> {
  const { steps } = grid
  const rowOf = new Map<string, number>()
  const signatureOfRow = new Int32Array(rows.labels.length)
  for (let row = 0; row < signatureOfRow.length; row++) {
    const key = signature(rows.labels[row] as Labels)
    const known = rowOf.get(key) ?? rowOf.size
    rowOf.set(key, known)
    signatureOfRow[row] = known
    if (ctx.pace.spend(UNITS_PER_KEY)) await ctx.pace.rest()
  }
  const present = new Uint8Array(rowOf.size * steps)
  const reader = new RowReader(rows, steps)
  for (let row = 0; row < signatureOfRow.length; row++) {
    const waiting = reader.load(row)
    if (waiting !== undefined) await waiting
    const base = (signatureOfRow[row] as number) * steps
    for (let step = 0; step < steps; step++) {
      if (reader.present[reader.at + step] !== 0) present[base + step] = 1
    }
    if (ctx.pace.spend(steps)) await ctx.pace.rest()
  }
  return { rowOf, present }
}

/** The rows whose signature has (or has not) a value on the other side at the same step. */
class MaskedRows implements Rows {
  readonly labels: readonly Labels[]
  readonly #inner: Rows
  readonly #presence: Presence
  readonly #signature: (labels: Labels) => string
  readonly #wanted: 0 | 1
  readonly #steps: number

  constructor(
    inner: Rows,
    presence: Presence,
    signature: (labels: Labels) => string,
    wanted: 0 | 1,
    steps: number,
  ) {
    this.#inner = inner
    this.#presence = presence
    this.#signature = signature
    this.#wanted = wanted
    this.#steps = steps
    this.labels = inner.labels
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    const other = this.#presence.rowOf.get(this.#signature(this.labels[row] as Labels))
    if (other === undefined && this.#wanted === 1) {
      present.fill(0, at, at + this.#steps)
      return
    }
    const waiting = this.#inner.fill(row, values, present, at)
    if (other === undefined) return waiting
    if (waiting !== undefined) return waiting.then(() => this.#mask(other, present, at))
    this.#mask(other, present, at)
  }

  #mask(other: number, present: Uint8Array, at: number): void {
    const base = other * this.#steps
    for (let step = 0; step < this.#steps; step++) {
      if (this.#presence.present[base + step] !== this.#wanted) present[at + step] = 0
    }
  }
}

/** One after the other. */
class JoinedRows implements Rows {
  readonly labels: readonly Labels[]
  readonly #first: Rows
  readonly #second: Rows

  constructor(first: Rows, second: Rows) {
    this.#first = first
    this.#second = second
    this.labels = [...first.labels, ...second.labels]
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    const count = this.#first.labels.length
    return row < count
      ? this.#first.fill(row, values, present, at)
      : this.#second.fill(row - count, values, present, at)
  }
}

/** Evaluates `and`, `or`, `unless`. */
export async function evaluateSetOperation(
  ctx: EvalContext,
  node: Binary,
  left: Rows,
  right: Rows,
  grid: Grid,
): Promise<Rows> {
  const signature = signatureOf(matchingOf(node))
  if (node.op !== 'or') {
    const presence = await presenceOf(ctx, right, signature, grid)
    return new MaskedRows(left, presence, signature, node.op === 'and' ? 1 : 0, grid.steps)
  }
  if (right.labels.length === 0) return left
  if (left.labels.length === 0) return right
  // The left side is needed twice: for its values, and for where it has any.
  const kept = await materialise(ctx, left, grid)
  const presence = await presenceOf(ctx, kept, signature, grid)
  const rest = new MaskedRows(right, presence, signature, 0, grid.steps)
  const joined = new JoinedRows(kept, rest)
  return relabel(ctx, joined, joined.labels, grid)
}
