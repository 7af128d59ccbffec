import type {
  DurationNode,
  Expr,
  MatrixSelector,
  Subquery,
  TimeShift,
  VectorSelector,
} from './ast.ts'
import { Problem } from '../../model/problem.ts'
import { isDurationOutOfRange } from './number-literal.ts'

/** What `step()` and `range()` stand for in one evaluation. */
export interface DurationScope {
  readonly stepMs: number
  /** End minus start of the query; 0 for an instant query. */
  readonly queryRangeMs: number
}

/** The value in seconds of a duration that needs no scope and is in bounds; undefined for every other. */
export function foldDuration(duration: DurationNode): number | undefined {
  if (dependsOnScope(duration)) return undefined
  const seconds = evaluate(duration, { stepMs: 0, queryRangeMs: 0 })
  return typeof seconds === 'string' || isDurationOutOfRange(seconds) ? undefined : seconds
}

function dependsOnScope(duration: DurationNode): boolean {
  if (duration.kind === 'number') return false
  if (duration.op === 'step' || duration.op === 'range') return true
  const { left, right } = duration
  return (
    (left !== undefined && dependsOnScope(left)) || (right !== undefined && dependsOnScope(right))
  )
}

/** The value in seconds, or what is wrong. */
function evaluate(duration: DurationNode, scope: DurationScope): number | string {
  if (duration.kind === 'number') return duration.value
  const { op } = duration
  if (op === 'step') return scope.stepMs / 1000
  if (op === 'range') return scope.queryRangeMs / 1000
  const left = duration.left ? evaluate(duration.left, scope) : 0
  const right = duration.right ? evaluate(duration.right, scope) : 0
  if (typeof left === 'string') return left
  if (typeof right === 'string') return right
  switch (op) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return right === 0 ? 'division by zero' : left / right
    case '%':
      return right === 0 ? 'modulo by zero' : left % right
    case '^':
      return left ** right
    case 'min_of':
      return Math.min(left, right)
    case 'max_of':
      return Math.max(left, right)
    default:
      return op satisfies never
  }
}

/** Whole milliseconds, as promql/durations.go computes them (cut, not rounded). */
function resolve(duration: DurationNode, scope: DurationScope, mayBeNegative: boolean): number {
  const seconds = evaluate(duration, scope)
  let fault: string | undefined
  if (typeof seconds === 'string') fault = seconds
  else if (!Number.isFinite(seconds)) fault = 'duration is NaN or infinite'
  else if (seconds <= 0 && !mayBeNegative) fault = 'duration must be greater than 0'
  else if (isDurationOutOfRange(seconds)) fault = 'duration is out of range'
  if (fault === undefined) return Math.trunc(Number(seconds) * 1000)
  throw new Problem('execution', `${duration.start}:${duration.end}: ${fault}`)
}

/**
 * The tree with the values of all its duration expressions for one evaluation; the same tree when it has none. Throws a
 * `Problem` of code `execution` when one has no value that can be used.
 */
export function resolveDurations(expr: Expr, scope: DurationScope): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return expr
    case 'vector':
      return resolveSelector(expr, scope)
    case 'matrix':
      return resolveMatrix(expr, scope)
    case 'subquery':
      return resolveSubquery(expr, scope)
    case 'paren':
    case 'unary': {
      const inner = resolveDurations(expr.expr, scope)
      return inner === expr.expr ? expr : { ...expr, expr: inner }
    }
    case 'binary': {
      const left = resolveDurations(expr.left, scope)
      const right = resolveDurations(expr.right, scope)
      return left === expr.left && right === expr.right ? expr : { ...expr, left, right }
    }
    case 'aggregate': {
      const inner = resolveDurations(expr.expr, scope)
      const param = expr.param && resolveDurations(expr.param, scope)
      if (inner === expr.expr && param === expr.param) return expr
      return { ...expr, expr: inner, ...(param && { param }) }
    }
    case 'call': {
      const args = expr.args.map((arg) => resolveDurations(arg, scope))
      return args.every((arg, i) => arg === expr.args[i]) ? expr : { ...expr, args }
    }
    default:
      return expr satisfies never
  }
}

function resolveOffset(shift: TimeShift, scope: DurationScope): number {
  return shift.offsetExpr ? resolve(shift.offsetExpr, scope, true) : shift.offsetMs
}

function resolveSelector(expr: VectorSelector, scope: DurationScope): VectorSelector {
  return expr.offsetExpr ? { ...expr, offsetMs: resolveOffset(expr, scope) } : expr
}

function resolveMatrix(expr: MatrixSelector, scope: DurationScope): MatrixSelector {
  const selector = resolveSelector(expr.selector, scope)
  if (!expr.rangeExpr) return selector === expr.selector ? expr : { ...expr, selector }
  return { ...expr, selector, rangeMs: resolve(expr.rangeExpr, scope, false) }
}

function resolveSubquery(expr: Subquery, scope: DurationScope): Subquery {
  const inner = resolveDurations(expr.expr, scope)
  const { offsetExpr, rangeExpr, stepExpr } = expr
  if (inner === expr.expr && !offsetExpr && !rangeExpr && !stepExpr) return expr
  return {
    ...expr,
    expr: inner,
    offsetMs: resolveOffset(expr, scope),
    ...(rangeExpr && { rangeMs: resolve(rangeExpr, scope, false) }),
    ...(stepExpr && { stepMs: resolve(stepExpr, scope, false) }),
  }
}
