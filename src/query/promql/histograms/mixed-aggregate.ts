import type { Aggregate } from '../../../lang/promql/ast.ts'
import type { Labels } from '../../../model/labels.ts'
import { foldFor } from '../aggregate-fold.ts'
import { type EvalContext, fail, unwrap } from '../context.ts'
import { DenseRows, type Grid, type Rows } from '../grid.ts'
import { groupLabels, groupRows } from '../grouping.ts'
import { materialise } from '../merge-rows.ts'
import { HistogramNotes } from './histogram-notes.ts'
import { FLOAT, HISTOGRAM, type HistogramWork, NOTHING } from './histogram-work.ts'
import { RowSum } from './kernels.ts'

/** Leaves out the histograms of rows; `onHistogram` is told when a row had any. */
export async function floatsOf(
  ctx: EvalContext,
  rows: Rows,
  grid: Grid,
  onHistogram: () => void = () => undefined,
): Promise<Rows> {
  if (ctx.histograms === undefined) return rows
  const dense = await materialise(ctx, rows, grid)
  let present: Uint8Array | undefined
  for (let cell = 0; cell < dense.present.length; cell++) {
    if (dense.present[cell] !== HISTOGRAM) continue
    present ??= dense.present.slice()
    present[cell] = NOTHING
  }
  if (present === undefined) return dense
  onHistogram()
  return new DenseRows(dense.labels, grid.steps, dense.values, present)
}

/** The same for an aggregation that ignores histograms, which is told. */
export function floatsToAggregate(
  ctx: EvalContext,
  node: Aggregate,
  rows: Rows,
  grid: Grid,
): Promise<Rows> {
  const isTop = node.op === 'topk' || node.op === 'bottomk'
  const notes = new HistogramNotes(ctx.notes, isTop ? node : unwrap(node.expr))
  return floatsOf(ctx, rows, grid, () => notes.ignoredInAggregation(node.op))
}

/** sum and avg where there may be histograms: of those alone, or of floats alone (engine.go, aggregation). */
export async function aggregateMixed(
  ctx: EvalContext,
  work: HistogramWork,
  node: Aggregate,
  rows: Rows,
  grid: Grid,
): Promise<DenseRows> {
  const { steps } = grid
  const groups = await groupRows(ctx.pace, node, rows)
  const input = await materialise(ctx, rows, grid)
  ctx.budget.reserve(groups.count * steps)
  const floats = foldFor(node.op, groups.count, steps) ?? fail(`unknown aggregation "${node.op}"`)
  const found = new Map<number, RowSum>()
  const isMixed = new Uint8Array(groups.count * steps)
  const onlyFloats = new Uint8Array(steps)
  for (let row = 0; row < groups.ofRow.length; row++) {
    const base = (groups.ofRow[row] as number) * steps
    const at = row * steps
    for (let step = 0; step < steps; step++) {
      const kind = input.present[at + step]
      onlyFloats[step] = kind === FLOAT ? 1 : 0
      if (kind === NOTHING) continue
      isMixed[base + step] = (isMixed[base + step] as number) | (kind ?? 0)
      if (kind !== HISTOGRAM) continue
      let sum = found.get(base + step)
      if (sum === undefined) found.set(base + step, (sum = new RowSum(work, node.op === 'avg')))
      sum.add(input.values[at + step] as number)
    }
    floats.add(base, input.values.subarray(at, at + steps), onlyFloats, 0)
    if (ctx.pace.spend(steps * 2)) await ctx.pace.rest()
  }
  const out = floats.finish(groupLabels(node, rows, groups, ctx.pendingNames))
  const notes = new HistogramNotes(ctx.notes, unwrap(node.expr))
  for (const [cell, sum] of found) {
    out.present[cell] = NOTHING
    if (isMixed[cell] === (FLOAT | HISTOGRAM)) {
      notes.mixedFloatsInAggregation()
      continue
    }
    const result = sum.finish(notes)
    if (result === undefined) {
      const example = groups.example[Math.floor(cell / steps)] as number
      notes.mixedSchemas((input.labels[example] as Labels).name)
      continue
    }
    out.present[cell] = HISTOGRAM
    out.values[cell] = result
    work.checkSize()
    if (ctx.pace.spend(sum.count * 50)) await ctx.pace.rest()
  }
  return out
}
