import type { Aggregate } from '../../lang/promql/ast.ts'
import { foldFor } from './aggregate-fold.ts'
import { aggregateLimit, aggregateTop } from './aggregate-select.ts'
import { aggregateQuantile, countValues } from './aggregate-values.ts'
import { type EvalContext, evaluateRows, evaluateScalar, fail, unwrap } from './context.ts'
import { notePushedCounter, pushedRows } from './functions-window.ts'
import { type DenseRows, type Grid, RowReader, type Rows, type Value, vectorOf } from './grid.ts'
import { groupLabels, groupRows } from './grouping.ts'
import type { HistogramWork } from './histograms/histogram-work.ts'
import { aggregateMixed, floatsToAggregate } from './histograms/mixed-aggregate.ts'

/** Evaluates an aggregation. */
export async function evaluateAggregate(
  ctx: EvalContext,
  node: Aggregate,
  grid: Grid,
): Promise<Value> {
  const pushed = ctx.fetched.pushed.get(node)
  if (pushed !== undefined) {
    notePushedCounter(ctx, node, pushed)
    return vectorOf(pushedRows(pushed))
  }
  const mark = ctx.budget.mark()
  const rows = await aggregate(ctx, node, grid)
  // Nothing that was held for the input is needed any more.
  ctx.budget.restore(mark)
  ctx.budget.reserve(rows.values.length)
  return vectorOf(rows)
}

async function aggregate(ctx: EvalContext, node: Aggregate, grid: Grid): Promise<DenseRows> {
  const param = node.param === undefined ? undefined : unwrap(node.param)
  if (node.op === 'count_values') {
    const label = param?.kind === 'string' ? param.value : fail('count_values needs a label name')
    return countValues(ctx, node, label, await evaluateRows(ctx, unwrap(node.expr), grid), grid)
  }
  const params = param === undefined ? undefined : await evaluateScalar(ctx, param, grid)
  const rows = await evaluateRows(ctx, unwrap(node.expr), grid)
  switch (node.op) {
    case 'topk':
    case 'bottomk':
      return aggregateTop(ctx, node, params ?? fail(`${node.op} needs a parameter`), rows, grid)
    case 'limitk':
    case 'limit_ratio':
      return aggregateLimit(ctx, node, params ?? fail(`${node.op} needs a parameter`), rows, grid)
    case 'quantile':
      return aggregateQuantile(ctx, node, params ?? fail('quantile needs a parameter'), rows, grid)
    default:
      return ctx.histograms === undefined
        ? fold(ctx, node, rows, grid)
        : foldMixed(ctx, ctx.histograms, node, rows, grid)
  }
}

async function foldMixed(
  ctx: EvalContext,
  work: HistogramWork,
  node: Aggregate,
  rows: Rows,
  grid: Grid,
): Promise<DenseRows> {
  switch (node.op) {
    case 'sum':
    case 'avg':
      return aggregateMixed(ctx, work, node, rows, grid)
    case 'count':
    case 'group':
      return fold(ctx, node, rows, grid)
    default:
      return fold(ctx, node, await floatsToAggregate(ctx, node, rows, grid), grid)
  }
}

async function fold(ctx: EvalContext, node: Aggregate, rows: Rows, grid: Grid): Promise<DenseRows> {
  const { steps } = grid
  const groups = await groupRows(ctx.pace, node, rows)
  ctx.budget.reserve(groups.count * steps)
  const folding = foldFor(node.op, groups.count, steps) ?? fail(`unknown aggregation "${node.op}"`)
  const reader = new RowReader(rows, steps)
  for (let row = 0; row < groups.ofRow.length; row++) {
    const waiting = reader.load(row)
    if (waiting !== undefined) await waiting
    folding.add((groups.ofRow[row] as number) * steps, reader.values, reader.present, reader.at)
    if (ctx.pace.spend(steps)) await ctx.pace.rest()
  }
  return folding.finish(groupLabels(node, rows, groups, ctx.pendingNames))
}
