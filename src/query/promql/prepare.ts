import type { Aggregate, Call, Expr, ValueType, VectorSelector } from '../../lang/promql/ast.ts'
import { typeOf } from '../../lang/promql/check.ts'
import { type Matcher, matcher } from '../../model/matcher.ts'
import { compileInfo, type InfoSelection } from './select-info.ts'

/** Everything about a query that does not depend on when it is evaluated. */
export interface PreparedQuery {
  readonly expr: Expr
  readonly type: ValueType
  readonly matchers: ReadonlyMap<VectorSelector, readonly Matcher[]>
  readonly infos: ReadonlyMap<Call, InfoSelection>
  /** Expressions with the same value at every step, because `@` fixes all their times. */
  readonly invariant: ReadonlySet<Expr>
}

/** Compiles a checked expression. */
export function prepareQuery(expr: Expr): PreparedQuery {
  const preparation = new Preparation()
  preparation.visit(expr)
  const { matchers, infos, invariant } = preparation
  return { expr, type: typeOf(expr), matchers, infos, invariant }
}

/**
 * Functions whose result depends on the evaluation time even when their arguments do not (promql/functions.go,
 * AtModifierUnsafeFunctions).
 */
const TIME_DEPENDENT: ReadonlySet<string> = new Set([
  'days_in_month',
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'hour',
  'minute',
  'month',
  'year',
  'predict_linear',
  'time',
  'timestamp',
])

class Preparation {
  readonly matchers = new Map<VectorSelector, readonly Matcher[]>()
  readonly infos = new Map<Call, InfoSelection>()
  readonly invariant = new Set<Expr>()

  /** True when the expression has the same value at every step. */
  visit(expr: Expr): boolean {
    switch (expr.kind) {
      case 'number':
      case 'string':
        // Nothing would be won by evaluating these once.
        return true
      case 'vector':
        this.#compile(expr)
        return this.#note(expr, expr.at !== undefined)
      case 'matrix':
        this.#compile(expr.selector)
        return expr.selector.at !== undefined
      case 'subquery':
        this.visit(expr.expr)
        return expr.at !== undefined
      case 'paren':
      case 'unary':
        return this.#note(expr, this.visit(expr.expr))
      case 'binary': {
        const left = this.visit(expr.left)
        const right = this.visit(expr.right)
        return this.#note(expr, left && right)
      }
      case 'aggregate':
        return this.#visitAggregate(expr)
      case 'call':
        return this.#visitCall(expr)
      default:
        return expr satisfies never
    }
  }

  #note(expr: Expr, isInvariant: boolean): boolean {
    if (isInvariant) this.invariant.add(expr)
    return isInvariant
  }

  #compile(selector: VectorSelector): void {
    const compiled = selector.matchers.map(({ name, op, value }) => matcher(name, op, value))
    this.matchers.set(selector, compiled)
  }

  #visitAggregate(node: Aggregate): boolean {
    const isParamInvariant = node.param === undefined || this.visit(node.param)
    return this.#note(node, this.visit(node.expr) && isParamInvariant)
  }

  #visitCall(call: Call): boolean {
    if (call.func === 'info') {
      this.infos.set(call, compileInfo(call))
      const first = call.args[0]
      return first !== undefined && this.#note(call, this.visit(first))
    }
    let areInvariant = true
    for (const arg of call.args) areInvariant = this.visit(arg) && areInvariant
    // The time of a sample that `@` chose is always the same; that of a computed value is the evaluation time.
    const isSampleTime = call.func === 'timestamp' && call.args.every(isSelector)
    return this.#note(call, areInvariant && (isSampleTime || !TIME_DEPENDENT.has(call.func)))
  }
}

function isSelector(expr: Expr): boolean {
  return expr.kind === 'paren' ? isSelector(expr.expr) : expr.kind === 'vector'
}
