import type { Call } from '../../lang/promql/ast.ts'
import { argument, type EvalContext, evaluateRows, evaluateScalar } from './context.ts'
import { type Grid, type Rows, type ScalarValue, type Value, vectorOf } from './grid.ts'
import { floatsOf } from './histograms/mixed-aggregate.ts'
import { withoutMetadata } from './merge-rows.ts'

/** Functions of one number. */
const MATH: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  deg: (value) => (value * 180) / Math.PI,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  rad: (value) => (value * Math.PI) / 180,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
}

export function isMathFunction(name: string): boolean {
  return Object.hasOwn(MATH, name)
}

/** Changes the cells of one row in place; `present` may lose cells but not gain any. */
export type ChangeRow = (values: Float64Array, present: Uint8Array, at: number) => void

/** Rows of which each is changed after it was filled. */
export class ChangedRows implements Rows {
  readonly #inner: Rows
  readonly #change: ChangeRow

  constructor(inner: Rows, change: ChangeRow) {
    this.#inner = inner
    this.#change = change
  }

  get labels() {
    return this.#inner.labels
  }

  get undropped() {
    return this.#inner.undropped
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    const waiting = this.#inner.fill(row, values, present, at)
    if (waiting !== undefined) return waiting.then(() => this.#change(values, present, at))
    this.#change(values, present, at)
  }
}

/** Applies a function of one number to every cell, and drops the names. Histograms are left out. */
export async function mapCells(
  ctx: EvalContext,
  rows: Rows,
  grid: Grid,
  map: (value: number, step: number) => number,
): Promise<Value> {
  const { steps } = grid
  const floats = await floatsOf(ctx, rows, grid)
  const changed = new ChangedRows(floats, (values, present, at) => {
    for (let step = 0; step < steps; step++) {
      if (present[at + step] === 1) values[at + step] = map(values[at + step] as number, step)
    }
  })
  return vectorOf(await withoutMetadata(ctx, changed, grid))
}

export async function callMathFunction(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const map = MATH[call.func] as (value: number) => number
  return mapCells(ctx, await evaluateRows(ctx, argument(call, 0), grid), grid, (value) =>
    map(value),
  )
}

/** round(v, to_nearest = 1): ties go up. */
export async function callRound(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const rows = await evaluateRows(ctx, argument(call, 0), grid)
  const nearest =
    call.args.length > 1 ? await evaluateScalar(ctx, argument(call, 1), grid) : undefined
  return mapCells(ctx, rows, grid, (value, step) => {
    // The inverse keeps more digits than a division by the step would.
    const inverse = 1 / (nearest?.[step] ?? 1)
    return Math.floor(value * inverse + 0.5) / inverse
  })
}

/** Go's math.Max: an infinity wins over NaN. */
function maxOf(a: number, b: number): number {
  return a === Infinity || b === Infinity ? Infinity : Math.max(a, b)
}

/** Go's math.Min. */
function minOf(a: number, b: number): number {
  return a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b)
}

/** clamp, clamp_min, clamp_max: nothing remains at steps where the bounds are crossed. */
export async function callClamp(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  const rows = await floatsOf(ctx, await evaluateRows(ctx, argument(call, 0), grid), grid)
  const first = await evaluateScalar(ctx, argument(call, 1), grid)
  const second =
    call.args.length > 2 ? await evaluateScalar(ctx, argument(call, 2), grid) : undefined
  const unbounded = (limit: number) => new Float64Array(grid.steps).fill(limit)
  const low = call.func === 'clamp_max' ? unbounded(-Infinity) : first
  const high = call.func === 'clamp_max' ? first : (second ?? unbounded(Infinity))
  const clamped = new ChangedRows(rows, (values, present, at) => {
    for (let step = 0; step < grid.steps; step++) {
      const least = low[step] as number
      const most = high[step] as number
      if (most < least) present[at + step] = 0
      else values[at + step] = maxOf(least, minOf(most, values[at + step] as number))
    }
  })
  return vectorOf(await withoutMetadata(ctx, clamped, grid))
}

/** A scalar that is the same at every step. */
export function constant(value: number, grid: Grid): ScalarValue {
  return { kind: 'scalar', values: new Float64Array(grid.steps).fill(value) }
}

/** time(): the evaluation time in seconds. */
export function evaluationTimes(grid: Grid): Float64Array {
  const out = new Float64Array(grid.steps)
  for (let step = 0; step < grid.steps; step++)
    out[step] = (grid.startMs + step * grid.stepMs) / 1000
  return out
}

/** The functions without arguments that yield a scalar, and max_of and min_of. */
export async function callScalarFunction(
  ctx: EvalContext,
  call: Call,
  grid: Grid,
): Promise<ScalarValue> {
  switch (call.func) {
    case 'pi':
      return constant(Math.PI, grid)
    case 'time':
      return { kind: 'scalar', values: evaluationTimes(grid) }
    case 'start':
      return constant(ctx.startMs / 1000, grid)
    case 'end':
      return constant(ctx.endMs / 1000, grid)
    case 'range':
      return constant((ctx.endMs - ctx.startMs) / 1000, grid)
    case 'step':
      return constant(ctx.startMs === ctx.endMs ? 0 : ctx.stepMs / 1000, grid)
    default:
      return pickOf(ctx, call, grid)
  }
}

async function pickOf(ctx: EvalContext, call: Call, grid: Grid): Promise<ScalarValue> {
  const a = await evaluateScalar(ctx, argument(call, 0), grid)
  const b = await evaluateScalar(ctx, argument(call, 1), grid)
  const pick = call.func === 'max_of' ? maxOf : minOf
  return { kind: 'scalar', values: a.map((value, step) => pick(value, b[step] as number)) }
}
