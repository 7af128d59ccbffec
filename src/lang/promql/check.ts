import { matcher, matchesEmpty } from '../../model/matcher.ts'
import type { Aggregate, Binary, Call, Expr, QueryFault, Span, ValueType } from './ast.ts'
import { FUNCTIONS, type FunctionSignature } from './functions.ts'
import { quoteString } from '../../model/go-notation.ts'

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '>', '<=', '>='])
const SET_OPS: ReadonlySet<string> = new Set(['and', 'or', 'unless'])

function isComparison(op: string): boolean {
  return COMPARISONS.has(op)
}

export function isSetOp(op: string): boolean {
  return SET_OPS.has(op)
}

/** What an expression yields, without checking it. A call of an unknown function counts as a vector. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar'
    case 'string':
      return 'string'
    case 'vector':
    case 'aggregate':
      return 'vector'
    case 'matrix':
    case 'subquery':
      return 'matrix'
    case 'paren':
    case 'unary':
      return typeOf(expr.expr)
    case 'binary': {
      const isScalar = typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar'
      return isScalar ? 'scalar' : 'vector'
    }
    case 'call':
      return FUNCTIONS.get(expr.func)?.returnType ?? 'vector'
    default:
      return expr satisfies never
  }
}

/** The name of a type in messages and in Prometheus's documentation. */
function describeType(type: ValueType): string {
  if (type === 'vector') return 'instant vector'
  return type === 'matrix' ? 'range vector' : type
}

/**
 * Checks types and the other rules that a tree must keep (checkAST in promql/parser/parse.go), in Prometheus's words and
 * order. An empty list means that the expression can be evaluated.
 */
export function check(expr: Expr): QueryFault[] {
  const checker = new Checker()
  checker.check(expr)
  return checker.faults
}

class Checker {
  readonly faults: QueryFault[] = []

  #add(span: Span, message: string): void {
    this.faults.push({ start: span.start, end: span.end, message })
  }

  /** Checks a tree and returns its type. */
  check(expr: Expr): ValueType {
    switch (expr.kind) {
      case 'number':
        return 'scalar'
      case 'string':
        return 'string'
      case 'vector':
        this.#checkSelector(expr, false)
        return 'vector'
      case 'matrix':
        this.#checkSelector(expr.selector, false)
        return 'matrix'
      case 'subquery':
        this.#checkSubquery(expr)
        return 'matrix'
      case 'paren':
        return this.check(expr.expr)
      case 'unary':
        return this.#checkUnary(expr)
      case 'binary':
        return this.#checkBinary(expr)
      case 'aggregate':
        this.#checkAggregate(expr)
        return 'vector'
      case 'call':
        return this.#checkCall(expr)
      default:
        return expr satisfies never
    }
  }

  #expect(expr: Expr, wanted: ValueType, place: string): void {
    const type = this.check(expr)
    if (type === wanted) return
    this.#add(expr, `expected type ${describeType(wanted)} in ${place}, got ${describeType(type)}`)
  }

  #checkSelector(expr: Extract<Expr, { kind: 'vector' }>, mayBeEmpty: boolean): void {
    if (expr.name !== undefined && expr.nameInBraces !== true) {
      for (const { name, value } of expr.matchers.slice(0, -1)) {
        if (name !== '__name__') continue
        const names = `${quoteString(expr.name)} or ${quoteString(value)}`
        this.#add(expr, `metric name must not be set twice: ${names}`)
      }
      return
    }
    if (mayBeEmpty) return
    const selects = expr.matchers.some((m) => !matchesEmpty(matcher(m.name, m.op, m.value)))
    if (!selects) this.#add(expr, 'vector selector must contain at least one non-empty matcher')
  }

  #checkSubquery(expr: Extract<Expr, { kind: 'subquery' }>): void {
    const type = this.check(expr.expr)
    if (type === 'vector') return
    this.#add(expr, `subquery is only allowed on instant vector, got ${type} instead`)
  }

  #checkUnary(expr: Extract<Expr, { kind: 'unary' }>): ValueType {
    const type = this.check(expr.expr)
    if (type !== 'scalar' && type !== 'vector') {
      const got = quoteString(describeType(type))
      const rule = 'unary expression only allowed on expressions of type scalar or instant vector'
      this.#add(expr, `${rule}, got ${got}`)
    }
    return type
  }

  #checkAggregate(expr: Aggregate): void {
    this.#expect(expr.expr, 'vector', 'aggregation expression')
    if (!expr.param) return
    const wanted = expr.op === 'count_values' ? 'string' : 'scalar'
    this.#expect(expr.param, wanted, 'aggregation parameter')
  }

  #checkBinary(expr: Binary): ValueType {
    const left = this.check(expr.left)
    const right = this.check(expr.right)
    const areScalars = left === 'scalar' && right === 'scalar'
    if (expr.returnBool && !isComparison(expr.op)) {
      this.#add(expr.opSpan, 'bool modifier can only be used on comparison operators')
    }
    if (isComparison(expr.op) && !expr.returnBool && areScalars) {
      this.#add(expr.opSpan, 'comparisons between scalars must use BOOL modifier')
    }
    this.#checkJoinedLabels(expr)
    for (const [side, type] of [[expr.left, left] as const, [expr.right, right] as const]) {
      if (type === 'scalar' || type === 'vector') continue
      this.#add(side, 'binary expression must contain only scalar and instant vector types')
    }
    if (left === 'vector' && right === 'vector') this.#checkSetMatching(expr)
    else this.#checkNoMatching(expr)
    if ((left === 'scalar' || right === 'scalar') && isSetOp(expr.op)) {
      this.#add(
        expr,
        `set operator ${quoteString(expr.op)} not allowed in binary scalar expression`,
      )
    }
    return areScalars ? 'scalar' : 'vector'
  }

  #checkJoinedLabels(expr: Binary): void {
    const { matching } = expr
    if (!matching?.on) return
    for (const label of matching.labels) {
      for (const included of matching.include) {
        if (label !== included) continue
        const shown = quoteString(label)
        this.#add(expr.opSpan, `label ${shown} must not occur in ON and GROUP clause at once`)
      }
    }
  }

  #checkNoMatching(expr: Binary): void {
    const { matching } = expr
    if (!matching) return
    if (matching.labels.length > 0) {
      this.#add(expr, 'vector matching only allowed between instant vectors')
    }
    if (matching.fillLeft !== undefined || matching.fillRight !== undefined) {
      this.#add(expr, 'filling in missing series only allowed between instant vectors')
    }
  }

  #checkSetMatching(expr: Binary): void {
    const { matching } = expr
    if (!matching || !isSetOp(expr.op)) return
    if (matching.card === 'many-to-one' || matching.card === 'one-to-many') {
      this.#add(expr, `no grouping allowed for ${quoteString(expr.op)} operation`)
    }
    if (matching.card !== 'many-to-many') {
      this.#add(expr, 'set operations must always be many-to-many')
    }
    if (matching.fillLeft !== undefined || matching.fillRight !== undefined) {
      this.#add(expr, 'filling in missing series not allowed for set operators')
    }
  }

  #checkCall(expr: Call): ValueType {
    const signature = FUNCTIONS.get(expr.func)
    if (!signature) {
      this.#add(expr.nameSpan, `unknown function with name ${quoteString(expr.func)}`)
      return 'vector'
    }
    this.#checkArgCount(expr, signature)
    const labelSelector = expr.func === 'info' ? expr.args[1] : undefined
    if (labelSelector) this.#checkInfoSelector(expr, labelSelector)
    const { argTypes, variadic } = signature
    for (const [i, arg] of expr.args.entries()) {
      if (i >= argTypes.length && variadic === 0) break
      const wanted = argTypes[Math.min(i, argTypes.length - 1)] as ValueType
      if (arg === labelSelector && arg.kind === 'vector') this.#checkSelector(arg, true)
      else this.#expect(arg, wanted, `call to function ${quoteString(expr.func)}`)
    }
    return signature.returnType
  }

  #checkArgCount(expr: Call, { argTypes, variadic }: FunctionSignature): void {
    const got = `in call to ${quoteString(expr.func)}, got ${expr.args.length}`
    const count = expr.args.length
    if (variadic === 0) {
      if (count !== argTypes.length) {
        this.#add(expr, `expected ${argTypes.length} argument(s) ${got}`)
      }
      return
    }
    const least = argTypes.length - 1
    const most = variadic > 0 ? least + variadic : Infinity
    if (count < least) this.#add(expr, `expected at least ${least} argument(s) ${got}`)
    else if (count > most) this.#add(expr, `expected at most ${most} argument(s) ${got}`)
  }

  /** The second argument of `info` names labels of info metrics, not series: it may select nothing, but has no name. */
  #checkInfoSelector(expr: Call, arg: Expr): void {
    const type = typeOf(arg)
    if (type !== 'vector') {
      const wanted = 'expected type instant vector in call to function "info"'
      this.#add(expr, `${wanted}, got ${describeType(type)}`)
    }
    if (arg.kind !== 'vector') this.#add(arg, 'expected label selectors only')
    else if (arg.name !== undefined && arg.nameInBraces !== true) {
      this.#add(arg, 'expected label selectors only, got vector selector instead')
    }
  }
}
