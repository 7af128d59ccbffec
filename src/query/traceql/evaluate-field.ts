import type { BinaryField, FieldExpression, FieldOp, StaticValue } from '../../lang/traceql/ast.ts'
import { foldFloats } from '../../lang/traceql/scalar-value.ts'
import { canCombine, takes, type ValueType } from '../../lang/traceql/value-type.ts'
import { compileAnchored } from '../../model/regex.ts'
import { elementsOf, type FieldValue, isEqual, isList, toFloat } from './field-value.ts'
import type { TraceView } from './trace-view.ts'

/** What an expression gives for a span; undefined (nil): the span lacks what it asks for, or it has no result. */
export type FieldEvaluator = (trace: TraceView, row: number) => FieldValue | undefined

const TRUE: StaticValue = { type: 'boolean', value: true }
const FALSE: StaticValue = { type: 'boolean', value: false }
const ARITHMETIC: ReadonlySet<FieldOp> = new Set<FieldOp>(['+', '-', '*', '/', '%', '^'])

/**
 * Prepares an expression for many spans, with the meaning of Tempo (pkg/traceql/ast_execute.go): what is missing equals nothing and
 * differs from nothing; types that do not fit each other give false; a list fits when one of its elements does, and for `!=` and `!~` when
 * all do. Where Tempo ends the whole query (division by zero, `!` before what is no boolean), there is no result for that span.
 */
export function compileField(expression: FieldExpression): FieldEvaluator {
  switch (expression.kind) {
    case 'static': {
      const { value } = expression
      return () => value
    }
    case 'attribute':
    case 'intrinsic':
      return (trace, row) => trace.fieldOf(row, expression)
    case 'exists': {
      const operand = compileField(expression.operand)
      const { isNegated } = expression
      return (trace, row) => ((operand(trace, row) === undefined) === isNegated ? TRUE : FALSE)
    }
    case 'unary': {
      const operand = compileField(expression.operand)
      const turn = expression.op === '!' ? invert : negate
      return (trace, row) => turn(operand(trace, row))
    }
    default:
      return compileBinary(expression)
  }
}

/** Whether a span fulfils a condition. */
export function compileCondition(
  expression: FieldExpression,
): (trace: TraceView, row: number) => boolean {
  const evaluate = compileField(expression)
  return (trace, row) => evaluate(trace, row)?.value === true
}

function invert(value: FieldValue | undefined): FieldValue | undefined {
  if (value?.type !== 'boolean') return undefined
  return value.value ? FALSE : TRUE
}

function negate(value: FieldValue | undefined): FieldValue | undefined {
  switch (value?.type) {
    case 'int':
    case 'duration':
      return { type: value.type, value: -value.value }
    case 'float':
      return { type: 'float', value: -value.value }
    default:
      return undefined
  }
}

function compileBinary({ op, left, right }: BinaryField): FieldEvaluator {
  const onLeft = compileField(left)
  const onRight = compileField(right)
  if (op === '&&' || op === '||') {
    const decides = op === '||'
    return (trace, row) => {
      const first = onLeft(trace, row)
      if (first?.type === 'boolean' && first.value === decides) return first
      return combine(op, first, onRight(trace, row), isRegexNever)
    }
  }
  const matches = op === '=~' || op === '!~' ? compileMatch(right) : isRegexNever
  return (trace, row) => combine(op, onLeft(trace, row), onRight(trace, row), matches)
}

type Match = (text: string) => boolean

function isRegexNever(): boolean {
  return false
}

/** The checker lets nothing but a text stand on the right of `=~`. */
function compileMatch(right: FieldExpression): Match {
  if (right.kind !== 'static' || right.value.type !== 'string') return isRegexNever
  const regex = compileAnchored(right.value.value)
  return (text) => regex.test(text)
}

function combine(
  op: FieldOp,
  left: FieldValue | undefined,
  right: FieldValue | undefined,
  matches: Match,
): FieldValue | undefined {
  if (left === undefined || right === undefined) return FALSE
  if (isList(left) || isList(right)) return combineLists(op, left, right, matches)
  if (!fits(op, left.type, right.type)) return FALSE
  return ARITHMETIC.has(op)
    ? calculate(op, left, right)
    : toBoolean(holds(op, left, right, matches))
}

function fits(op: FieldOp, left: ValueType, right: ValueType): boolean {
  return canCombine(left, right) && takes(op, left) && takes(op, right)
}

function toBoolean(value: boolean): FieldValue {
  return value ? TRUE : FALSE
}

function combineLists(
  op: FieldOp,
  left: FieldValue,
  right: FieldValue,
  matches: Match,
): FieldValue | undefined {
  if (ARITHMETIC.has(op)) return undefined
  if (isList(left) && isList(right)) return undefined
  const all = op === '!=' || op === '!~'
  const test = (l: StaticValue, r: StaticValue): boolean =>
    fits(op, l.type, r.type) && holds(op, l, r, matches)
  const results =
    isList(left) && !isList(right)
      ? elementsOf(left).map((element) => test(element, right))
      : isList(right) && !isList(left)
        ? elementsOf(right).map((element) => test(left, element))
        : []
  return toBoolean(all ? results.every(Boolean) : results.some(Boolean))
}

function holds(op: FieldOp, left: StaticValue, right: StaticValue, matches: Match): boolean {
  switch (op) {
    case '=':
      return isEqual(left, right)
    case '!=':
      return !isEqual(left, right)
    case '=~':
      return left.type === 'string' && matches(left.value)
    case '!~':
      return left.type === 'string' && !matches(left.value)
    case '&&':
      return left.value === true && right.value === true
    case '||':
      return left.value === true || right.value === true
    default:
      return isOrdered(op, left, right)
  }
}

function isOrdered(op: FieldOp, left: StaticValue, right: StaticValue): boolean {
  const [l, r] =
    left.type === 'string' && right.type === 'string'
      ? [left.value, right.value]
      : [exactly(left), exactly(right)]
  switch (op) {
    case '<':
      return l < r
    case '<=':
      return l <= r
    case '>':
      return l > r
    default:
      return l >= r
  }
}

/** JavaScript compares integers of 64 bits and floats with each other exactly. */
function exactly(value: StaticValue): bigint | number {
  return value.type === 'int' || value.type === 'duration' ? value.value : toFloat(value)
}

function calculate(op: FieldOp, left: StaticValue, right: StaticValue): FieldValue | undefined {
  if (left.type === 'int' && right.type === 'int') return calculateInts(op, left.value, right.value)
  switch (op) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
      return { type: 'float', value: foldFloats(op, toFloat(left), toFloat(right)) }
    default:
      return undefined
  }
}

function calculateInts(op: FieldOp, left: bigint, right: bigint): FieldValue | undefined {
  const wrap = (value: bigint): FieldValue => ({ type: 'int', value: BigInt.asIntN(64, value) })
  switch (op) {
    case '+':
      return wrap(left + right)
    case '-':
      return wrap(left - right)
    case '*':
      return wrap(left * right)
    case '/':
      return right === 0n ? undefined : wrap(left / right)
    case '%':
      return right === 0n ? undefined : wrap(left % right)
    default: {
      const power = Number(left) ** Number(right)
      return Number.isFinite(power) ? wrap(BigInt(Math.trunc(power))) : undefined
    }
  }
}
