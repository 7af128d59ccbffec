import type { Binary, Unary } from '../../lang/promql/ast.ts'
import { type EvalContext, fail } from './context.ts'
import { ChangedRows, type ChangeRow } from './functions-math.ts'
import { type Grid, type Rows, type Value, vectorOf } from './grid.ts'
import { CellOperator } from './histograms/cell-operators.ts'
import { HistogramNotes } from './histograms/histogram-notes.ts'
import { FLOAT, HISTOGRAM, HistogramWork, NOTHING } from './histograms/histogram-work.ts'
import { matchVectors } from './match-vectors.ts'
import { withoutMetadata } from './merge-rows.ts'
import { arithmeticOf, comparisonOf, isTrimOp, scalarOperator } from './operators.ts'
import { evaluateSetOperation } from './set-operations.ts'

/** Evaluates a binary operation; the parser has checked that the types of its sides fit. */
export async function evaluateBinary(ctx: EvalContext, node: Binary, grid: Grid): Promise<Value> {
  const mark = ctx.budget.mark()
  const left = await ctx.evaluate(node.left, grid)
  const right = await ctx.evaluate(node.right, grid)
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    const operate = scalarOperator(node.op)
    if (operate === undefined)
      return fail(`operator "${node.op}" not allowed for Scalar operations`)
    const values = left.values.map((value, step) => operate(value, right.values[step] as number))
    return { kind: 'scalar', values }
  }
  if (left.kind === 'vector' && right.kind === 'scalar') {
    return withScalar(ctx, node, left.rows, right.values, false, grid)
  }
  if (left.kind === 'scalar' && right.kind === 'vector') {
    return withScalar(ctx, node, right.rows, left.values, true, grid)
  }
  if (left.kind !== 'vector' || right.kind !== 'vector') {
    return fail('binary expression must contain only scalar and instant vector types')
  }
  if (node.op === 'and' || node.op === 'or' || node.op === 'unless') {
    return vectorOf(await evaluateSetOperation(ctx, node, left.rows, right.rows, grid))
  }
  return vectorOf(await matchVectors(ctx, node, left.rows, right.rows, grid, mark))
}

/** A vector and a scalar. `isSwapped`: the scalar is on the left. */
async function withScalar(
  ctx: EvalContext,
  node: Binary,
  rows: Rows,
  scalars: Float64Array,
  isSwapped: boolean,
  grid: Grid,
): Promise<Value> {
  const isTrim = isTrimOp(node.op)
  // Between floats a trim has no result, which is told.
  const work = ctx.histograms ?? (isTrim ? new HistogramWork(0) : undefined)
  const change =
    work === undefined
      ? changeWithScalar(node, scalars, isSwapped, grid.steps)
      : changeMixed(new CellOperator(work, new HistogramNotes(ctx.notes, node), node), {
          ...{ scalars, isSwapped, steps: grid.steps },
          isFilter: comparisonOf(node.op) !== undefined && !node.returnBool,
        })
  const changed = new ChangedRows(rows, change)
  // A comparison that filters leaves the metric what it is; everything else makes another quantity of it.
  const keepsName = isTrim || (comparisonOf(node.op) !== undefined && !node.returnBool)
  return vectorOf(keepsName ? changed : await withoutMetadata(ctx, changed, grid))
}

/** The same where cells may be histograms. */
function changeMixed(
  cells: CellOperator,
  options: {
    readonly scalars: Float64Array
    readonly isSwapped: boolean
    readonly steps: number
    readonly isFilter: boolean
  },
): ChangeRow {
  const { scalars, isSwapped, steps, isFilter } = options
  return (values, present, at) => {
    for (let step = 0; step < steps; step++) {
      const kind = present[at + step] as number
      if (kind === NOTHING) continue
      const value = values[at + step] as number
      const scalar = scalars[step] as number
      const result = isSwapped
        ? cells.combine(FLOAT, scalar, kind, value)
        : cells.combine(kind, value, FLOAT, scalar)
      present[at + step] = result
      // A comparison that filters leaves the element what it is, on whichever side it stands.
      if (result !== NOTHING && !isFilter) values[at + step] = cells.value
    }
  }
}

function changeWithScalar(
  node: Binary,
  scalars: Float64Array,
  isSwapped: boolean,
  steps: number,
): ChangeRow {
  const compare = comparisonOf(node.op)
  if (compare !== undefined) {
    const { returnBool } = node
    return (values, present, at) => {
      for (let step = 0; step < steps; step++) {
        if (present[at + step] === 0) continue
        const value = values[at + step] as number
        const scalar = scalars[step] as number
        const holds = isSwapped ? compare(scalar, value) : compare(value, scalar)
        if (returnBool) values[at + step] = holds ? 1 : 0
        else if (!holds) present[at + step] = 0
      }
    }
  }
  const operate = arithmeticOf(node.op)
  if (operate === undefined) return fail(`operator "${node.op}" needs vectors on both sides`)
  return (values, present, at) => {
    for (let step = 0; step < steps; step++) {
      if (present[at + step] === 0) continue
      const value = values[at + step] as number
      const scalar = scalars[step] as number
      values[at + step] = isSwapped ? operate(scalar, value) : operate(value, scalar)
    }
  }
}

/** `+x` and `-x`. */
export async function evaluateUnary(ctx: EvalContext, node: Unary, grid: Grid): Promise<Value> {
  const value = await ctx.evaluate(node.expr, grid)
  if (node.op === '+') return value
  if (value.kind === 'scalar') return { kind: 'scalar', values: value.values.map((v) => -v) }
  if (value.kind !== 'vector') {
    return fail('unary expression only allowed on expressions of type scalar or instant vector')
  }
  const work = ctx.histograms
  const negated = new ChangedRows(value.rows, (values, present, at) => {
    for (let step = 0; step < grid.steps; step++) {
      const cell = values[at + step] as number
      const isHistogram = work !== undefined && present[at + step] === HISTOGRAM
      values[at + step] = isHistogram ? negate(work, cell) : -cell
    }
  })
  return vectorOf(await withoutMetadata(ctx, negated, grid))
}

function negate({ draft, table }: HistogramWork, row: number): number {
  draft.load(table, row)
  draft.multiply(-1)
  return draft.commit(table)
}
