import type { Call, Expr } from '../../lang/promql/ast.ts'
import { evaluateAggregate } from './aggregate.ts'
import { evaluateBinary, evaluateUnary } from './binary.ts'
import { type EvalContext, fail } from './context.ts'
import { callDateFunction, isDateFunction } from './functions-date.ts'
import { smoothedRows } from './functions-extended.ts'
import {
  callHistogramFraction,
  callHistogramQuantile,
  callHistogramQuantiles,
} from './functions-histogram.ts'
import { callInfo } from './functions-info.ts'
import { callLabelJoin, callLabelReplace } from './functions-labels.ts'
import {
  callClamp,
  callMathFunction,
  callRound,
  callScalarFunction,
  constant,
  isMathFunction,
} from './functions-math.ts'
import {
  callAbsent,
  callAbsentOverTime,
  callOfNoFloats,
  callScalar,
  callTimestamp,
  callVector,
} from './functions-presence.ts'
import { callSort } from './functions-sort.ts'
import { callWindowFunction, isWindowFunction } from './functions-window.ts'
import { type DenseRows, type Grid, type Rows, type Value, vectorOf } from './grid.ts'
import { callHistogramNumber } from './histograms/histogram-numbers.ts'
import { materialise } from './merge-rows.ts'
import { selectInstant } from './select-instant.ts'
import { firstStep } from './times.ts'

/** Evaluates an expression over a grid; one that is the same at every step is evaluated once. */
export async function evaluate(ctx: EvalContext, expr: Expr, grid: Grid): Promise<Value> {
  if (grid.steps > 1 && ctx.invariant.has(expr)) {
    const once = firstStep(grid)
    return repeat(ctx, await evaluateNode(ctx, expr, once), once, grid)
  }
  return evaluateNode(ctx, expr, grid)
}

async function evaluateNode(ctx: EvalContext, expr: Expr, grid: Grid): Promise<Value> {
  switch (expr.kind) {
    case 'number':
      return constant(expr.value, grid)
    case 'string':
      return { kind: 'string', text: expr.value }
    case 'vector':
      return vectorOf(
        expr.extension === 'smoothed'
          ? smoothedRows(ctx, expr, grid)
          : selectInstant(ctx, expr, grid),
      )
    case 'paren':
      return ctx.evaluate(expr.expr, grid)
    case 'unary':
      return evaluateUnary(ctx, expr, grid)
    case 'binary':
      return evaluateBinary(ctx, expr, grid)
    case 'aggregate':
      return evaluateAggregate(ctx, expr, grid)
    case 'call':
      return callFunction(ctx, expr, grid)
    case 'matrix':
    case 'subquery':
      return fail('a range vector can only be the argument of a function')
    default:
      return expr satisfies never
  }
}

/** The value of one step at every step. */
async function repeat(ctx: EvalContext, value: Value, once: Grid, grid: Grid): Promise<Value> {
  if (value.kind === 'string') return value
  if (value.kind === 'scalar') return constant(value.values[0] as number, grid)
  return vectorOf(new RepeatedRows(await materialise(ctx, value.rows, once), grid.steps))
}

class RepeatedRows implements Rows {
  readonly labels
  readonly #once: DenseRows
  readonly #steps: number

  constructor(once: DenseRows, steps: number) {
    this.#once = once
    this.#steps = steps
    this.labels = once.labels
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void {
    values.fill(this.#once.values[row] as number, at, at + this.#steps)
    present.fill(this.#once.present[row] as number, at, at + this.#steps)
  }
}

type Handler = (ctx: EvalContext, call: Call, grid: Grid) => Promise<Value>

/** The functions that are not one of a family. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  absent: callAbsent,
  absent_over_time: callAbsentOverTime,
  clamp: callClamp,
  clamp_max: callClamp,
  clamp_min: callClamp,
  end: callScalarFunction,
  histogram_avg: callHistogramNumber,
  histogram_count: callHistogramNumber,
  histogram_fraction: callHistogramFraction,
  histogram_quantile: callHistogramQuantile,
  histogram_quantiles: callHistogramQuantiles,
  histogram_stddev: callHistogramNumber,
  histogram_stdvar: callHistogramNumber,
  histogram_sum: callHistogramNumber,
  info: callInfo,
  label_join: callLabelJoin,
  label_replace: callLabelReplace,
  max_of: callScalarFunction,
  min_of: callScalarFunction,
  pi: callScalarFunction,
  range: callScalarFunction,
  round: callRound,
  scalar: callScalar,
  sort: callSort,
  sort_by_label: callSort,
  sort_by_label_desc: callSort,
  sort_desc: callSort,
  start: callScalarFunction,
  start_timestamp: callOfNoFloats,
  step: callScalarFunction,
  time: callScalarFunction,
  timestamp: callTimestamp,
  vector: callVector,
}

async function callFunction(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const handler = Object.hasOwn(HANDLERS, call.func) ? HANDLERS[call.func] : undefined
  if (handler !== undefined) return handler(ctx, call, grid)
  if (isWindowFunction(call.func)) return callWindowFunction(ctx, call, grid)
  if (isMathFunction(call.func)) return callMathFunction(ctx, call, grid)
  if (isDateFunction(call.func)) return callDateFunction(ctx, call, grid)
  return fail(`unknown function with name "${call.func}"`)
}
