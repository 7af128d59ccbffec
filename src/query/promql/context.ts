import type { Call, Expr, Aggregate, VectorSelector } from '../../lang/promql/ast.ts'
import { Problem } from '../../model/problem.ts'
import type { BucketColumn, BucketZone } from '../../store/downsample/bucket-columns.ts'
import type {
  GridColumns,
  HistogramColumns,
  SeriesColumns,
  SeriesPortions,
} from '../../store/metrics-source.ts'
import type { Annotations } from './annotations.ts'
import type { Grid, Rows, Value } from './grid.ts'
import type { HistogramWork } from './histograms/histogram-work.ts'
import type { Pace, SampleBudget } from './pace.ts'
import type { PendingNames } from './pending-names.ts'
import type { InfoSelection } from './select-info.ts'

/** Raw samples of one selector, with the words under the values for telling staleness markers. */
export interface RawColumns extends SeriesColumns {
  readonly words: Uint32Array
  /** Set where buckets of downsampled samples are among them. */
  readonly buckets?: Buckets
}

/** Downsampled samples: what was answered from them, and the columns beside the values (store/downsample/bucket-columns.ts). */
export interface Buckets {
  readonly zones: readonly BucketZone[]
  readonly extra: Partial<Readonly<Record<BucketColumn, Float64Array>>>
}

/** What the store answered for the nodes of one query. */
export interface Fetched {
  /** Also of `info` calls, whose info series no selector names. */
  readonly raw: ReadonlyMap<VectorSelector | Call, RawColumns>
  /** Selectors whose samples are too many to be held at once. */
  readonly portions: ReadonlyMap<VectorSelector, SeriesPortions>
  /** Calls, and aggregations of calls, that the store evaluated itself. */
  readonly pushed: ReadonlyMap<Call | Aggregate, GridColumns>
  /** Native histograms, of nodes that have any. */
  readonly histograms: ReadonlyMap<VectorSelector | Call, HistogramColumns>
}

/** Everything that the evaluation of one query shares. */
export interface EvalContext {
  /** The query's own range, for `@ start()`, `@ end()`. */
  readonly startMs: number
  readonly endMs: number
  /** 0 for an instant query. */
  readonly stepMs: number
  readonly lookbackMs: number
  readonly defaultStepMs: number
  readonly fetched: Fetched
  readonly infos: ReadonlyMap<Call, InfoSelection>
  /** Expressions that are the same at every step. */
  readonly invariant: ReadonlySet<Expr>
  readonly pace: Pace
  readonly budget: SampleBudget
  readonly notes: Annotations
  /** Where names are dropped at the end of the query only; undefined where they are dropped at once. */
  readonly pendingNames: PendingNames | undefined
  /** Undefined where no selector found a native histogram: then all cells are floats. */
  readonly histograms: HistogramWork | undefined
  /** Evaluates a subexpression; each is evaluated once in a query. */
  evaluate(expr: Expr, grid: Grid): Promise<Value>
}

/** Fails a query that is understood but cannot be evaluated. */
export function fail(message: string): never {
  throw new Problem('execution', message)
}

/** An expression without the parentheses around it. */
export function unwrap(expr: Expr): Expr {
  let inner = expr
  while (inner.kind === 'paren') inner = inner.expr
  return inner
}

/** Argument `index` of a call without its parentheses; the parser has checked how many there are. */
export function argument(call: Call, index: number): Expr {
  const arg = call.args[index]
  if (arg === undefined) return fail(`expected an argument ${index + 1} in call to "${call.func}"`)
  return unwrap(arg)
}

export function stringArgument(call: Call, index: number): string {
  const arg = argument(call, index)
  return arg.kind === 'string' ? arg.value : fail(`expected a string in call to "${call.func}"`)
}

/** Evaluates an expression that the parser has checked to be a vector. */
export async function evaluateRows(ctx: EvalContext, expr: Expr, grid: Grid): Promise<Rows> {
  const value = await ctx.evaluate(expr, grid)
  return value.kind === 'vector' ? value.rows : fail('expected an instant vector')
}

/** Evaluates an expression that the parser has checked to be a scalar: one value a step. */
export async function evaluateScalar(
  ctx: EvalContext,
  expr: Expr,
  grid: Grid,
): Promise<Float64Array> {
  const value = await ctx.evaluate(expr, grid)
  return value.kind === 'scalar' ? value.values : fail('expected a scalar')
}
