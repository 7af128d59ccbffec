import type { Aggregate, Call, MatrixSelector, Subquery } from '../../lang/promql/ast.ts'
import type { GridColumns } from '../../store/metrics-source.ts'
import {
  argument,
  type EvalContext,
  evaluateRows,
  evaluateScalar,
  fail,
  unwrap,
} from './context.ts'
import { extendedRows } from './functions-extended.ts'
import { DenseRows, type Grid, NO_ROWS, type Rows, type Value, vectorOf } from './grid.ts'
import { FLOAT } from './histograms/histogram-work.ts'
import { mixedSelectorRows, mixedSubqueryRows } from './histograms/mixed-functions.ts'
import { materialise, withoutMetadata } from './merge-rows.ts'
import { PortionedWindows } from './portioned-windows.ts'
import { rawOf } from './select-instant.ts'
import { type LookTimes, lookTimes, subqueryGrid } from './times.ts'
import {
  RawWindows,
  SubqueryWindows,
  type WindowKernel,
  WindowRows,
  type WindowSource,
} from './window.ts'
import { MadOverTime, QuantileOverTime } from './window-order.ts'
import { CountSteps, ExtrapolatedRate, InstantRate } from './window-rate.ts'
import { bucketKernel, rangeOver } from './bucket-windows.ts'
import { ExtremeOverTime, FactOverTime, SumOverTime } from './window-sums.ts'
import {
  Derivative,
  DoubleExponentialSmoothing,
  PredictLinear,
  VarianceOverTime,
} from './window-trend.ts'

/** What a kernel is made from: the window's length, and the scalar arguments at each step. */
interface KernelSetting {
  readonly ctx: EvalContext
  readonly call: Call
  readonly grid: Grid
  readonly rangeMs: number
  readonly scalars: readonly Float64Array[]
}

type MakeKernel = (setting: KernelSetting) => WindowKernel

function scalar(setting: KernelSetting, index: number): Float64Array {
  return setting.scalars[index] ?? fail(`missing scalar argument in call to "${setting.call.func}"`)
}

/** The functions of range vectors. absent_over_time asks only which windows have samples. */
const KERNELS: Readonly<Record<string, MakeKernel>> = {
  rate: ({ rangeMs }) => new ExtrapolatedRate(true, true, rangeMs),
  increase: ({ rangeMs }) => new ExtrapolatedRate(true, false, rangeMs),
  delta: ({ rangeMs }) => new ExtrapolatedRate(false, false, rangeMs),
  irate: () => new InstantRate(true),
  idelta: () => new InstantRate(false),
  resets: () => new CountSteps('resets'),
  changes: () => new CountSteps('changes'),
  sum_over_time: () => new SumOverTime(false),
  avg_over_time: () => new SumOverTime(true),
  count_over_time: () => new FactOverTime('count'),
  present_over_time: () => new FactOverTime('present'),
  absent_over_time: () => new FactOverTime('present'),
  first_over_time: () => new FactOverTime('first'),
  last_over_time: () => new FactOverTime('last'),
  ts_of_first_over_time: () => new FactOverTime('first-seconds'),
  ts_of_last_over_time: () => new FactOverTime('last-seconds'),
  min_over_time: () => new ExtremeOverTime('min', 'value'),
  max_over_time: () => new ExtremeOverTime('max', 'value'),
  ts_of_min_over_time: () => new ExtremeOverTime('min', 'seconds'),
  ts_of_max_over_time: () => new ExtremeOverTime('max', 'seconds'),
  stddev_over_time: () => new VarianceOverTime(true),
  stdvar_over_time: () => new VarianceOverTime(false),
  mad_over_time: () => new MadOverTime(),
  deriv: () => new Derivative(),
  quantile_over_time: (setting) => {
    const { ctx, call } = setting
    const onInvalid = (q: number) => ctx.notes.invalidQuantile(q, argument(call, 0))
    return new QuantileOverTime(scalar(setting, 0), onInvalid)
  },
  predict_linear: (setting) => new PredictLinear(scalar(setting, 0), setting.grid),
  double_exponential_smoothing: (setting) =>
    new DoubleExponentialSmoothing(scalar(setting, 0), scalar(setting, 1)),
}

/** Functions that, like `offset`, only move values in time: they keep the metric name. */
const KEEPS_NAME: ReadonlySet<string> = new Set(['first_over_time', 'last_over_time'])

export function isWindowFunction(name: string): boolean {
  return Object.hasOwn(KERNELS, name)
}

/** The range vector argument of a call, or undefined when it has none. */
function rangeArgument(call: Call): MatrixSelector | Subquery | undefined {
  for (let i = 0; i < call.args.length; i++) {
    const arg = argument(call, i)
    if (arg.kind === 'matrix' || arg.kind === 'subquery') return arg
  }
  return undefined
}

/** What the inside of a subquery evaluated to, and where. */
export interface InnerRows {
  readonly rows: Rows
  readonly grid: Grid
}

/** Windows to cut from a range selector or a subquery, and where they end. */
export async function windowsOf(
  ctx: EvalContext,
  arg: MatrixSelector | Subquery,
  grid: Grid,
): Promise<{ source: WindowSource; times: LookTimes; inside?: InnerRows }> {
  if (arg.kind === 'matrix') {
    const times = lookTimes(arg.selector, grid, ctx)
    const portions = ctx.fetched.portions.get(arg.selector)
    const source =
      portions === undefined
        ? new RawWindows(rawOf(ctx, arg.selector))
        : new PortionedWindows(portions)
    return { source, times }
  }
  const inner = subqueryGrid(arg, grid, ctx, ctx.defaultStepMs)
  ctx.budget.reserve(inner.steps)
  const rows = inner.steps === 0 ? NO_ROWS : await evaluateRows(ctx, arg.expr, inner)
  const inside = { rows, grid: inner }
  return { source: new SubqueryWindows(rows, inner), times: lookTimes(arg, grid, ctx), inside }
}

/** The rows of a range function before its names are dropped. */
export async function windowRows(ctx: EvalContext, call: Call, grid: Grid): Promise<Rows> {
  const pushed = ctx.fetched.pushed.get(call)
  if (pushed !== undefined) return pushedRows(pushed)
  const arg = rangeArgument(call)
  const make = KERNELS[call.func]
  if (arg === undefined || make === undefined) {
    return fail(`function "${call.func}" needs a range vector`)
  }
  if (arg.kind === 'matrix' && arg.selector.extension !== undefined) {
    return extendedRows(ctx, call.func, arg, grid)
  }
  const { source, times, inside } = await windowsOf(ctx, arg, grid)
  const scalars: Float64Array[] = []
  for (let i = 0; i < call.args.length; i++) {
    const other = argument(call, i)
    if (other !== arg) scalars.push(await evaluateScalar(ctx, other, grid))
  }
  const buckets = arg.kind === 'matrix' ? ctx.fetched.raw.get(arg.selector)?.buckets : undefined
  const kernel = () =>
    bucketKernel(call.func, arg.rangeMs, buckets) ??
    make({ ctx, call, grid, rangeMs: arg.rangeMs, scalars })
  const rangeAt = rangeOver(buckets, arg.rangeMs)
  const rows = new WindowRows(source, kernel(), times, arg.rangeMs, grid.steps, ctx.pace, rangeAt)
  const work = ctx.histograms
  if (work !== undefined) {
    const setting = { ctx, work, call, grid, times, floats: kernel(), rangeAt }
    if (arg.kind === 'matrix') return mixedSelectorRows(setting, arg, rows)
    if (inside !== undefined) return mixedSubqueryRows(setting, arg, inside.rows, inside.grid)
  }
  // Portions are read in order, once; what comes after may want its rows in any.
  return source instanceof PortionedWindows ? materialise(ctx, rows, grid) : rows
}

/** What the store evaluated, as rows. */
export function pushedRows(columns: GridColumns): DenseRows {
  return new DenseRows(columns.labels, columns.steps, columns.values, columns.present)
}

/** Evaluates a call of a range function. */
export async function callWindowFunction(ctx: EvalContext, call: Call, grid: Grid): Promise<Value> {
  let rows = await windowRows(ctx, call, grid)
  if (call.func === 'rate' || call.func === 'increase')
    rows = new CounterNames(rows, ctx, call, grid)
  if (KEEPS_NAME.has(call.func)) return vectorOf(rows)
  return vectorOf(await withoutMetadata(ctx, rows, grid, 'refuse'))
}

/** The same note for an aggregation that the store evaluated, where only the selector tells the name. */
export function notePushedCounter(ctx: EvalContext, node: Aggregate, pushed: GridColumns): void {
  const call = unwrap(node.expr)
  if (call.kind !== 'call' || (call.func !== 'rate' && call.func !== 'increase')) return
  const arg = rangeArgument(call)
  if (arg?.kind !== 'matrix' || !pushed.present.includes(1)) return
  const name = arg.selector.matchers.find((m) => m.name === '__name__' && m.op === '=')?.value ?? ''
  if (!looksLikeCounter(name)) ctx.notes.possibleNonCounter(name, arg)
}

function looksLikeCounter(name: string): boolean {
  return (
    name === '' ||
    name.endsWith('_total') ||
    name.endsWith('_sum') ||
    name.endsWith('_count') ||
    name.endsWith('_bucket')
  )
}

/** Notes the metrics that have a rate although their name is not that of a counter. */
class CounterNames implements Rows {
  readonly labels
  readonly #inner: Rows
  readonly #steps: number
  readonly #note: (name: string) => void
  #lastName = ''

  constructor(inner: Rows, ctx: EvalContext, call: Call, grid: Grid) {
    this.#inner = inner
    this.labels = inner.labels
    this.#steps = grid.steps
    const where = argument(call, 0)
    this.#note = (name) => ctx.notes.possibleNonCounter(name, where)
  }

  fill(row: number, values: Float64Array, present: Uint8Array, at: number): void | Promise<void> {
    const waiting = this.#inner.fill(row, values, present, at)
    const name = (this.labels[row] as (typeof this.labels)[number]).name
    if (name === this.#lastName || looksLikeCounter(name)) return waiting
    if (waiting !== undefined) return waiting.then(() => this.#look(name, present, at))
    this.#look(name, present, at)
  }

  #look(name: string, present: Uint8Array, at: number): void {
    for (let t = 0; t < this.#steps; t++) {
      if (present[at + t] !== FLOAT) continue
      this.#lastName = name
      this.#note(name)
      return
    }
  }
}
