import { compileFinder } from '../../model/find-regex.ts'
import { matcher, matchesEmpty } from '../../model/matcher.ts'
import { checkAnchored, RegexError } from '../../model/regex.ts'
import type {
  Aggregate,
  Binary,
  Expr,
  LogExpr,
  MatcherNode,
  RangeAggregate,
  RangeOp,
  Span,
  Unwrap,
} from './ast.ts'
import { checkAddresses, checkMatchers, checkStage, checkStageToRun } from './check-stage.ts'
import { parseGoFloat } from './quantity.ts'

const EMPTY_SELECTOR =
  'queries require at least one regexp or equality matcher that does not have an empty-compatible value. ' +
  'For instance, app=~".*" does not meet this requirement, but app=~".+" will'

/** Where a fault of meaning stands, and what it is. */
export interface MeaningFault extends Span {
  readonly message: string
}

/** What a check is told. */
export interface CheckOptions {
  /** A selector may accept every stream (`{}`), which Loki takes where only matchers are asked for. */
  readonly allowsAll?: boolean
  /** Also finds what Loki refuses only when it runs a query: templates, addresses, extractions. */
  readonly isToRun?: boolean
}

/** All faults of meaning in a query that could be read. */
export function check(expr: Expr, options: CheckOptions): MeaningFault[] {
  const checker = new Checker(options)
  checker.visit(expr)
  return checker.faults
}

const GROUPED_OPS: ReadonlySet<RangeOp> = new Set<RangeOp>([
  ...(['avg_over_time', 'stddev_over_time', 'stdvar_over_time', 'quantile_over_time'] as const),
  ...(['max_over_time', 'min_over_time', 'first_over_time', 'last_over_time'] as const),
])

const UNWRAPPED_OPS: ReadonlySet<RangeOp> = new Set<RangeOp>([
  ...GROUPED_OPS,
  ...(['sum_over_time', 'rate', 'rate_counter', 'absent_over_time'] as const),
])

const LINE_OPS: ReadonlySet<RangeOp> = new Set<RangeOp>([
  ...(['bytes_over_time', 'bytes_rate', 'count_over_time', 'rate', 'absent_over_time'] as const),
])

class Checker {
  readonly faults: MeaningFault[] = []
  readonly #options: CheckOptions

  constructor(options: CheckOptions) {
    this.#options = options
  }

  #add({ start, end }: Span, message: string): void {
    this.faults.push({ start, end, message })
  }

  visit(expr: Expr): void {
    switch (expr.kind) {
      case 'log':
        return this.#visitLog(expr)
      case 'range_aggregate':
        return this.#visitRange(expr)
      case 'aggregate':
        return this.#visitAggregate(expr)
      case 'binary':
        return this.#visitBinary(expr)
      case 'number':
      case 'vector':
        if (expr.broken !== undefined) this.#add(expr, expr.broken)
        return
      case 'label_replace': {
        const fault = explainRegex(expr.regex)
        if (fault !== undefined) {
          this.#add(expr.regexSpan, `invalid regex in label_replace: ${fault}`)
        }
        return this.#visitMetric(expr.expr)
      }
      default:
        return expr satisfies never
    }
  }

  /** An operand that must yield numbers. */
  #visitMetric(expr: Expr): void {
    if (expr.kind === 'log')
      this.#add(expr, 'syntax error: unexpected log selector, expecting a metric')
    else this.visit(expr)
  }

  #visitLog({ selector, stages }: LogExpr): void {
    let accepts = 0
    for (const node of selector.matchers) accepts += this.#visitMatcher(node) ? 0 : 1
    if (accepts === 0 && this.#options.allowsAll !== true) this.#add(selector, EMPTY_SELECTOR)
    for (const stage of stages) {
      const later = this.#options.isToRun === true ? checkStageToRun(stage) : []
      for (const fault of [...checkStage(stage), ...later]) this.#add(fault, fault.message)
    }
  }

  /** Whether the matcher accepts an absent label. */
  #visitMatcher(node: MatcherNode): boolean {
    try {
      return matchesEmpty(matcher(node.name, node.op, node.value))
    } catch (thrown) {
      if (!(thrown instanceof RegexError)) throw thrown
      this.#add(node, thrown.message)
      return false
    }
  }

  #visitUnwrap(unwrap: Unwrap): void {
    for (const filter of unwrap.filters) {
      const later = this.#options.isToRun === true ? checkAddresses(filter) : []
      for (const fault of [...checkMatchers(filter), ...later]) this.#add(fault, fault.message)
    }
  }

  #visitRange(expr: RangeAggregate): void {
    const { op, param, grouping, range } = expr
    this.#visitLog(range.log)
    if (range.unwrap) this.#visitUnwrap(range.unwrap)
    if (param === undefined) {
      if (op === 'quantile_over_time') this.#add(expr, `parameter required for operation ${op}`)
    } else if (op !== 'quantile_over_time') {
      this.#add(expr, `parameter ${param} not supported for operation ${op}`)
    } else {
      const read = parseGoFloat(param)
      if ('fault' in read) this.#add(expr, `invalid parameter for operation ${op}: ${read.fault}`)
    }
    if (grouping && !GROUPED_OPS.has(op)) {
      this.#add(expr, `grouping not allowed for ${op} aggregation`)
    }
    const isAllowed = range.unwrap ? UNWRAPPED_OPS.has(op) : LINE_OPS.has(op)
    if (!isAllowed) {
      this.#add(expr, `invalid aggregation ${op} ${range.unwrap ? 'with' : 'without'} unwrap`)
    }
  }

  #visitAggregate(expr: Aggregate): void {
    const fault = explainBadParam(expr)
    if (fault !== undefined) this.#add(expr, fault)
    const { op, grouping } = expr
    if (op === 'approx_topk' && grouping) {
      this.#add(expr, `grouping not allowed for ${op} aggregation`)
    }
    if ((op === 'sort' || op === 'sort_desc') && (grouping?.labels.length ?? 0) > 0) {
      this.#add(expr, "sort and sort_desc doesn't allow grouping by ")
    }
    this.#visitMetric(expr.expr)
  }

  #visitBinary({ op, left, right }: Binary): void {
    for (const [side, operand] of [
      ['left', left],
      ['right', right],
    ] as const) {
      if (operand.kind === 'log') {
        const type = operand.stages.length > 0 ? 'PipelineExpr' : 'MatchersExpr'
        const what = `unexpected type for ${side} leg of binary operation (${op}): *syntax.${type}`
        this.#add(operand, what)
        continue
      }
      const constant =
        op === 'or' || op === 'and' || op === 'unless' ? constantOf(operand) : undefined
      if (constant !== undefined) {
        const what = `unexpected literal for ${side} leg of logical/set binary operation (${op})`
        this.#add(operand, `${what}: ${constant.toFixed(6)}`)
      }
      this.visit(operand)
    }
  }
}

function explainBadParam({ op, param }: Aggregate): string | undefined {
  const wantsParam = op === 'topk' || op === 'bottomk' || op === 'approx_topk'
  if (!wantsParam) {
    return param === undefined ? undefined : `unsupported parameter for operation ${op}(${param},`
  }
  if (param === undefined) return `parameter required for operation ${op}`
  if (!/^[0-9]+$/.test(param) || !Number.isSafeInteger(Number(param))) {
    return `invalid parameter ${op}(${param},`
  }
  if (Number(param) <= 0) return `invalid parameter (must be greater than 0) ${op}(${param}`
  return undefined
}

function explainRegex(source: string): string | undefined {
  try {
    compileFinder(source, '')
    checkAnchored(source)
    return undefined
  } catch (thrown) {
    if (thrown instanceof RegexError) return thrown.message
    throw thrown
  }
}

/** The value of an expression of nothing but numbers and arithmetic, which Loki computes while it reads; undefined of others. */
export function constantOf(expr: Expr): number | undefined {
  if (expr.kind === 'number') return expr.value
  if (expr.kind !== 'binary') return undefined
  const left = constantOf(expr.left)
  const right = constantOf(expr.right)
  if (left === undefined || right === undefined) return undefined
  return applyOp(expr.op, left, right)
}

/**
 * An operation on two numbers in Loki's arithmetic: division and remainder by zero are NaN, a comparison is 1 or 0. Undefined
 * for the set operations.
 */
export function applyOp(op: Binary['op'], left: number, right: number): number | undefined {
  switch (op) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return right === 0 ? NaN : left / right
    case '%':
      return right === 0 ? NaN : left % right
    case '^':
      return power(left, right)
    case '==':
      return Number(left === right)
    case '!=':
      return Number(left !== right)
    case '>':
      return Number(left > right)
    case '>=':
      return Number(left >= right)
    case '<':
      return Number(left < right)
    case '<=':
      return Number(left <= right)
    case 'and':
    case 'or':
    case 'unless':
      return undefined
    default:
      return op satisfies never
  }
}

/** Go's math.Pow: 1 to any power is 1, and -1 to an infinite one, where JavaScript has NaN. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Infinity)) return 1
  return base ** exponent
}
