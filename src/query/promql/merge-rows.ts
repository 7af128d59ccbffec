import type { Labels } from '../../model/labels.ts'
import { fail, type EvalContext } from './context.ts'
import { DenseRows, type Grid, type Rows, RowReader } from './grid.ts'
import { dropMetadata, shareMetadata } from './label-sets.ts'

/** What making and looking up the key of a label set costs, in cells. */
export const UNITS_PER_KEY = 100

const SAME_LABELSET = 'vector cannot contain metrics with the same labelset'

/** Fails as Prometheus does when two results at one time have the same labels. */
export function failSameLabelset(): never {
  return fail(SAME_LABELSET)
}

/** Brings rows into memory. */
export async function materialise(ctx: EvalContext, rows: Rows, grid: Grid): Promise<DenseRows> {
  if (rows instanceof DenseRows) return rows
  const count = rows.labels.length
  ctx.budget.reserve(count * grid.steps)
  const dense = new DenseRows(rows.labels, grid.steps)
  for (let row = 0; row < count; row++) {
    const waiting = rows.fill(row, dense.values, dense.present, row * grid.steps)
    if (waiting !== undefined) await waiting
    if (ctx.pace.spend(grid.steps)) await ctx.pace.rest()
  }
  return dense
}

/** The same rows under other labels. */
class RelabelledRows implements Rows {
  readonly labels: readonly Labels[]
  readonly #inner: Rows

  constructor(inner: Rows, labels: readonly Labels[]) {
    this.#inner = inner
    this.labels = labels
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    return this.#inner.fill(row, values, present, at)
  }
}

/** The same rows without metadata labels, which are dropped only when somebody looks at the labels. */
class NamelessRows implements Rows {
  readonly undropped: readonly Labels[]
  readonly #inner: Rows
  #labels: readonly Labels[] | undefined

  constructor(inner: Rows, undropped: readonly Labels[]) {
    this.#inner = inner
    this.undropped = undropped
  }

  get labels(): readonly Labels[] {
    return (this.#labels ??= this.undropped.map(dropMetadata))
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    return this.#inner.fill(row, values, present, at)
  }
}

/**
 * Gives rows new labels. Rows that become equal are merged into one when they never have a value at the same step, and fail
 * the query otherwise (promql/engine.go, mergeSeriesWithSameLabelset). With `refuse`, equal labels of two rows that have any
 * value fail it at once, as for functions of range vectors.
 */
export async function relabel(
  ctx: EvalContext,
  rows: Rows,
  labels: readonly Labels[],
  grid: Grid,
  onEqual: 'merge' | 'refuse' = 'merge',
): Promise<Rows> {
  const target = new Map<string, number>()
  const to = new Int32Array(labels.length)
  const kept: Labels[] = []
  for (let row = 0; row < labels.length; row++) {
    const own = labels[row] as Labels
    if (ctx.pace.spend(UNITS_PER_KEY)) await ctx.pace.rest()
    const known = target.get(own.key)
    if (known !== undefined) {
      to[row] = known
      continue
    }
    target.set(own.key, kept.length)
    to[row] = kept.length
    kept.push(own)
  }
  if (kept.length === labels.length) return new RelabelledRows(rows, labels)
  return mergeInto(ctx, rows, to, kept, grid, onEqual)
}

async function mergeInto(
  ctx: EvalContext,
  rows: Rows,
  to: Int32Array,
  labels: readonly Labels[],
  grid: Grid,
  onEqual: 'merge' | 'refuse',
): Promise<DenseRows> {
  const { steps } = grid
  ctx.budget.reserve(labels.length * steps)
  const out = new DenseRows(labels, steps)
  const taken = new Uint8Array(labels.length)
  const reader = new RowReader(rows, steps)
  for (let row = 0; row < to.length; row++) {
    const waiting = reader.load(row)
    if (waiting !== undefined) await waiting
    const base = (to[row] as number) * steps
    let any = false
    for (let t = 0; t < steps; t++) {
      if (reader.present[reader.at + t] === 0) continue
      if (out.present[base + t] !== 0) failSameLabelset()
      any = true
      out.present[base + t] = reader.present[reader.at + t] as number
      out.values[base + t] = reader.values[reader.at + t] as number
    }
    if (any && onEqual === 'refuse' && taken[to[row] as number] === 1) failSameLabelset()
    if (any) taken[to[row] as number] = 1
    if (ctx.pace.spend(steps)) await ctx.pace.rest()
  }
  return out
}

/** Drops the metadata labels of all rows, now or later; see `relabel` for what happens to rows that become equal. */
export async function withoutMetadata(
  ctx: EvalContext,
  rows: Rows,
  grid: Grid,
  onEqual: 'merge' | 'refuse' = 'merge',
): Promise<Rows> {
  const { pendingNames } = ctx
  if (pendingNames !== undefined) {
    const marked = rows.labels.map((labels) => pendingNames.mark(labels))
    return new RelabelledRows(rows, marked)
  }
  const before = rows.undropped ?? rows.labels
  // Rows whose names were dropped already are unique without them.
  if (rows.undropped !== undefined || shareMetadata(before)) return new NamelessRows(rows, before)
  return relabel(ctx, rows, before.map(dropMetadata), grid, onEqual)
}

/** Drops what was left to be dropped at the end of the query. */
export async function settleNames(ctx: EvalContext, rows: Rows, grid: Grid): Promise<Rows> {
  const { pendingNames } = ctx
  if (!pendingNames || !rows.labels.some((labels) => pendingNames.isMarked(labels))) return rows
  const settled = rows.labels.map((labels) => pendingNames.settle(labels))
  return relabel(ctx, rows, settled, grid)
}
