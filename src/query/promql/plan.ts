import type {
  Aggregate,
  Call,
  Expr,
  MatrixSelector,
  VectorSelector,
} from '../../lang/promql/ast.ts'
import { formatMatcher, type Matcher } from '../../model/matcher.ts'
import type { BucketPlan } from '../../store/downsample/bucket-columns.ts'
import type {
  GridFunction,
  GridRequest,
  MetricsSource,
  SelectRequest,
} from '../../store/metrics-source.ts'
import { type BucketLook, useOf } from './bucket-use.ts'
import { unwrap } from './context.ts'
import { type Grid, lastMs } from './grid.ts'
import type { PreparedQuery } from './prepare.ts'
import { infoTimes } from './select-info.ts'
import {
  firstStep,
  lastLookMs,
  type LookTimes,
  lookTimes,
  type QueryRange,
  subqueryGrid,
} from './times.ts'

/**
 * Above so many raw samples a range function is evaluated by the store, where it can be. Measured: reading a sample and evaluating
 * it here costs 130 ns, the engine's own functions cost 300 ns; what the store's evaluation saves is memory.
 */
const PUSHDOWN_SAMPLES = 3_000_000

/** Raw samples to fetch, for one or more nodes of the query. */
export interface RawFetch {
  readonly matchers: readonly Matcher[]
  startMs: number
  endMs: number
  readonly nodes: (VectorSelector | Call)[]
}

/** A selection that buckets of downsampled samples answer, in part or as a whole. */
export interface BucketFetch extends RawFetch {
  readonly plan: BucketPlan
}

/** A range function, or an aggregation of one, that the store is to evaluate. */
export interface PushedFetch {
  readonly node: Call | Aggregate
  readonly request: GridRequest
  /** What is fetched when the store does not take it. */
  readonly selector: VectorSelector
  readonly raw: SelectRequest
}

export interface Plan {
  readonly raw: readonly RawFetch[]
  readonly bucketed: readonly BucketFetch[]
  readonly pushed: readonly PushedFetch[]
}

interface PlanScope extends QueryRange {
  /** The store drops names at once; where they are dropped later it evaluates nothing. */
  readonly delaysNameRemoval: boolean
  readonly lookbackMs: number
  readonly defaultStepMs: number
}

/**
 * Walks a query to find everything it needs from the store, each with the exact range of time: lookback, offsets, `@`, ranges
 * and the subqueries around it (promql/engine.go, getTimeRangesForSelector). Ranges are open at their start.
 */
export function planQuery(
  prepared: PreparedQuery,
  grid: Grid,
  scope: PlanScope,
  source: MetricsSource,
): Plan {
  const planner = new Planner(prepared, scope, source)
  planner.visit(prepared.expr, grid)
  const { raw, bucketed, pushed } = planner
  return { raw: [...raw.values()].flat(), bucketed: [...bucketed.values()], pushed }
}

const PUSHABLE: ReadonlySet<string> = new Set<GridFunction>([
  'rate',
  'increase',
  'delta',
  'irate',
  'idelta',
  'resets',
  'last_over_time',
  'min_over_time',
  'max_over_time',
  'sum_over_time',
  'count_over_time',
  'avg_over_time',
])

function isPushable(func: string): func is GridFunction {
  return PUSHABLE.has(func)
}

type GridAggregate = NonNullable<GridRequest['aggregate']>

function isPushableAggregate(op: string): op is GridAggregate['op'] {
  return op === 'sum' || op === 'avg' || op === 'min' || op === 'max' || op === 'count'
}

class Planner {
  /** By matchers. */
  readonly raw = new Map<string, RawFetch[]>()
  /** By matchers, range and what is looked at. */
  readonly bucketed = new Map<string, BucketFetch>()
  readonly pushed: PushedFetch[] = []
  readonly #prepared: PreparedQuery
  readonly #scope: PlanScope
  readonly #source: MetricsSource

  constructor(prepared: PreparedQuery, scope: PlanScope, source: MetricsSource) {
    this.#prepared = prepared
    this.#scope = scope
    this.#source = source
  }

  /** `func` is the function whose argument the expression is. */
  visit(expr: Expr, outer: Grid, func?: string): void {
    const grid = this.#prepared.invariant.has(expr) ? firstStep(outer) : outer
    switch (expr.kind) {
      case 'number':
      case 'string':
        return
      case 'vector':
        return this.#addSelector(expr, lookTimes(expr, grid, this.#scope), grid, 0)
      case 'matrix': {
        const times = lookTimes(expr.selector, grid, this.#scope)
        return this.#addSelector(expr.selector, times, grid, expr.rangeMs, func)
      }
      case 'subquery': {
        const inner = subqueryGrid(expr, grid, this.#scope, this.#scope.defaultStepMs)
        if (inner.steps > 0) this.visit(expr.expr, inner)
        return
      }
      case 'paren':
      case 'unary':
        return this.visit(expr.expr, grid, func)
      case 'binary':
        this.visit(expr.left, grid)
        return this.visit(expr.right, grid)
      case 'aggregate':
        if (this.#pushAggregate(expr, grid)) return
        if (expr.param !== undefined) this.visit(expr.param, grid)
        return this.visit(expr.expr, grid)
      case 'call':
        return this.#visitCall(expr, grid)
      default:
        return expr satisfies never
    }
  }

  #visitCall(call: Call, grid: Grid): void {
    const info = this.#prepared.infos.get(call)
    if (info !== undefined) {
      const times = infoTimes(call, grid, this.#scope)
      const startMs = times.firstMs - this.#scope.lookbackMs + 1
      const look = { times, steps: grid.steps, rangeMs: 0, isExtended: false }
      this.#addRaw(info.fetch, startMs, lastLookMs(times, grid), call, look)
      if (call.args[0] !== undefined) this.visit(call.args[0], grid)
      return
    }
    if (this.#push(call, grid, call)) return
    for (const arg of call.args) this.visit(arg, grid, call.func)
  }

  /** `rangeMs` is 0 for an instant selector. */
  #addSelector(
    selector: VectorSelector,
    times: LookTimes,
    grid: Grid,
    rangeMs: number,
    func?: string,
  ): void {
    const { lookbackMs } = this.#scope
    // anchored and smoothed also look at the samples around the range.
    const beforeMs = rangeMs === 0 || selector.extension === undefined ? 0 : lookbackMs
    const afterMs = selector.extension === 'smoothed' ? lookbackMs : 0
    const backMs = (rangeMs === 0 ? lookbackMs : rangeMs) + beforeMs
    const startMs = times.firstMs - backMs + 1
    const endMs = lastLookMs(times, grid) + afterMs
    const isExtended = selector.extension !== undefined
    const look = { times, steps: grid.steps, rangeMs, isExtended, ...(func && { func }) }
    this.#addRaw(this.#matchersOf(selector), startMs, endMs, selector, look)
  }

  #matchersOf(selector: VectorSelector): readonly Matcher[] {
    return this.#prepared.matchers.get(selector) ?? []
  }

  /** Adds a fetch, or joins it with one of the same series that contains it or is contained in it. */
  #addRaw(
    matchers: readonly Matcher[],
    startMs: number,
    endMs: number,
    node: VectorSelector | Call,
    look: BucketLook,
  ): void {
    if (this.#addBucketed({ matchers, startMs, endMs, nodes: [node] }, look)) return
    const key = matchers.map(formatMatcher).sort().join()
    const same = this.raw.get(key)
    const known = same?.find(
      (fetch) =>
        (fetch.startMs <= startMs && fetch.endMs >= endMs) ||
        (fetch.startMs >= startMs && fetch.endMs <= endMs),
    )
    if (known !== undefined) {
      known.startMs = Math.min(known.startMs, startMs)
      known.endMs = Math.max(known.endMs, endMs)
      known.nodes.push(node)
      return
    }
    const fetch = { matchers, startMs, endMs, nodes: [node] }
    if (same === undefined) this.raw.set(key, [fetch])
    else same.push(fetch)
  }

  /** Adds a fetch that buckets answer; false when they do not. */
  #addBucketed(fetch: RawFetch, look: BucketLook): boolean {
    const use = useOf(look)
    const plan = this.#source.planBuckets?.(fetch, use)
    if (plan === undefined) return false
    const { matchers, startMs, endMs, nodes } = fetch
    const key = `${startMs} ${endMs} ${use.reading} ${use.exactMs.join()} ${matchers.map(formatMatcher).sort().join()}`
    const same = this.bucketed.get(key)
    if (same === undefined) this.bucketed.set(key, { ...fetch, plan })
    else same.nodes.push(...nodes)
    return true
  }

  /** Has `call` evaluated by the store, as what `node` evaluates to; false when that is not possible or not worth it. */
  #push(call: Call, grid: Grid, node: Call | Aggregate, aggregate?: GridAggregate): boolean {
    const arg = this.#pushableArgument(call)
    if (arg === undefined || !isPushable(call.func) || grid.steps === 0) return false
    if (this.#scope.delaysNameRemoval) return false
    const { selector, rangeMs } = arg
    const times = lookTimes(selector, grid, this.#scope)
    const matchers = this.#matchersOf(selector)
    const raw = {
      matchers,
      startMs: times.firstMs - rangeMs + 1,
      endMs: lastLookMs(times, grid),
    }
    if (this.#source.estimateSamples(raw) <= PUSHDOWN_SAMPLES) return false
    if (this.#source.mayHaveHistograms?.(raw) === true) return false
    const look = { times, steps: grid.steps, rangeMs, isExtended: false, func: call.func }
    if (this.#source.planBuckets?.(raw, useOf(look)) !== undefined) return false
    const request = {
      matchers,
      func: call.func,
      rangeMs,
      offsetMs: selector.offsetMs,
      startMs: grid.startMs,
      endMs: lastMs(grid),
      stepMs: grid.stepMs,
      ...(aggregate && { aggregate }),
    }
    this.pushed.push({ node, request, selector, raw })
    return true
  }

  #pushableArgument(call: Call): MatrixSelector | undefined {
    const arg = call.args[0] && unwrap(call.args[0])
    if (arg?.kind !== 'matrix' || arg.selector.at !== undefined) return undefined
    return arg.selector.extension === undefined ? arg : undefined
  }

  #pushAggregate(node: Aggregate, grid: Grid): boolean {
    const call = unwrap(node.expr)
    if (call.kind !== 'call' || !isPushableAggregate(node.op)) return false
    // Without a name, annotations about the metrics could not be made from aggregated results.
    const arg = this.#pushableArgument(call)
    if (!arg?.selector.matchers.some((m) => m.name === '__name__' && m.op === '=')) return false
    const { op, grouping: labels, without } = node
    return this.#push(call, grid, node, { op, labels, without })
  }
}
