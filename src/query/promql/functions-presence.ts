import type { Call, Expr, MatcherNode } from '../../lang/promql/ast.ts'
import { Labels } from '../../model/labels.ts'
import { argument, type EvalContext, evaluateRows, evaluateScalar } from './context.ts'
import { DenseRows, type Grid, RowReader, type Rows, type Value, vectorOf } from './grid.ts'
import { windowRows } from './functions-window.ts'
import { ChangedRows, evaluationTimes } from './functions-math.ts'
import { FLOAT } from './histograms/histogram-work.ts'
import { floatsOf } from './histograms/mixed-aggregate.ts'
import { withoutMetadata } from './merge-rows.ts'
import { selectInstant } from './select-instant.ts'

/** The labels that a selector pins to one value: what `absent` can say about the series that is not there. */
function pinnedLabels(expr: Expr): Labels {
  let matchers: readonly MatcherNode[] = []
  if (expr.kind === 'vector') matchers = expr.matchers
  else if (expr.kind === 'matrix') matchers = expr.selector.matchers
  const pinned = new Map<string, string>()
  const seen = new Set<string>()
  for (const { name, op, value } of matchers) {
    if (name === '__name__') continue
    // A label that is matched twice is not pinned, even by equal matchers (promql/functions.go).
    if (op === '=' && !seen.has(name)) {
      pinned.set(name, value)
      seen.add(name)
    } else pinned.delete(name)
  }
  return Labels.fromPairs(pinned)
}

/** One row with 1 at the steps where none of the rows has a value. */
async function absence(
  ctx: EvalContext,
  rows: Rows,
  grid: Grid,
  labels: Labels,
): Promise<DenseRows> {
  const { steps } = grid
  const out = new DenseRows([labels], steps)
  out.values.fill(1)
  out.present.fill(1)
  const reader = new RowReader(rows, steps)
  for (let row = 0; row < rows.labels.length; row++) {
    const waiting = reader.load(row)
    if (waiting !== undefined) await waiting
    for (let step = 0; step < steps; step++) {
      if (reader.present[reader.at + step] !== 0) out.present[step] = 0
    }
    if (ctx.pace.spend(steps)) await ctx.pace.rest()
  }
  return out
}

export async function callAbsent(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const arg = argument(call, 0)
  const rows = await evaluateRows(ctx, arg, grid)
  return vectorOf(await absence(ctx, rows, grid, pinnedLabels(arg)))
}

export async function callAbsentOverTime(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const rows = await windowRows(ctx, call, grid)
  return vectorOf(await absence(ctx, rows, grid, pinnedLabels(argument(call, 0))))
}

/** scalar(v): the value at steps with exactly one element, NaN at all others. */
export async function callScalar(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const { steps } = grid
  const given = await evaluateRows(ctx, argument(call, 0), grid)
  const rows = await floatsOf(ctx, given, grid)
  const values = new Float64Array(steps)
  const counts = new Uint8Array(steps)
  const reader = new RowReader(rows, steps)
  for (let row = 0; row < rows.labels.length; row++) {
    const waiting = reader.load(row)
    if (waiting !== undefined) await waiting
    for (let step = 0; step < steps; step++) {
      if (reader.present[reader.at + step] === 0) continue
      counts[step] = Math.min(2, (counts[step] as number) + 1)
      values[step] = reader.values[reader.at + step] as number
    }
    if (ctx.pace.spend(steps)) await ctx.pace.rest()
  }
  for (let step = 0; step < steps; step++) if (counts[step] !== 1) values[step] = NaN
  return { kind: 'scalar', values }
}

/** vector(s): one element without labels. */
export async function callVector(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const values = await evaluateScalar(ctx, argument(call, 0), grid)
  const present = new Uint8Array(grid.steps).fill(1)
  return vectorOf(new DenseRows([Labels.EMPTY], grid.steps, values, present))
}

/** timestamp(v): when the sample of a selector was taken; of any other expression, the evaluation time. In seconds. */
export async function callTimestamp(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const arg = argument(call, 0)
  if (arg.kind === 'vector') {
    const rows = selectInstant(ctx, arg, grid, 'seconds')
    return vectorOf(await withoutMetadata(ctx, rows, grid))
  }
  const times = evaluationTimes(grid)
  const rows = await evaluateRows(ctx, arg, grid)
  const timed = new ChangedRows(rows, (values, present, at) => {
    for (let step = 0; step < grid.steps; step++) {
      if (present[at + step] === 0) continue
      present[at + step] = FLOAT
      values[at + step] = times[step] as number
    }
  })
  return vectorOf(await withoutMetadata(ctx, timed, grid))
}

/** Functions of start timestamps, which samples have none of. */
export async function callOfNoFloats(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  await evaluateRows(ctx, argument(call, 0), grid)
  return vectorOf(new DenseRows([], grid.steps))
}
