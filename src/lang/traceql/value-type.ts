import type { ArithmeticOp, CompareOp, FieldExpression, FieldOp, IntrinsicName } from './ast.ts'

/** What an expression gives, as far as it is known before a span is seen; `attribute`: whatever the attribute holds. */
export type ValueType =
  | 'attribute'
  | 'nil'
  | 'string'
  | 'int'
  | 'float'
  | 'boolean'
  | 'duration'
  | 'status'
  | 'kind'

const INTRINSIC_TYPES: Readonly<Record<IntrinsicName, ValueType>> = {
  duration: 'duration',
  name: 'string',
  status: 'status',
  statusMessage: 'string',
  kind: 'kind',
  parent: 'nil',
  rootName: 'string',
  rootServiceName: 'string',
  traceDuration: 'duration',
  nestedSetLeft: 'int',
  nestedSetRight: 'int',
  nestedSetParent: 'int',
  'trace:id': 'string',
  'span:id': 'string',
  'span:parentID': 'string',
  'span:childCount': 'int',
  'event:name': 'string',
  'event:timeSinceStart': 'duration',
  'link:traceID': 'string',
  'link:spanID': 'string',
  'instrumentation:name': 'string',
  'instrumentation:version': 'string',
}

const ARITHMETIC: ReadonlySet<string> = new Set<ArithmeticOp>(['+', '-', '*', '/', '%', '^'])
const ORDER: ReadonlySet<string> = new Set<CompareOp>(['=', '!=', '<', '<=', '>', '>='])

/** Whether values of the type are numbers; a duration is one, of nanoseconds. */
export function isNumeric(type: ValueType): boolean {
  return type === 'int' || type === 'float' || type === 'duration'
}

/** Whether the types can stand on both sides of an operator (Tempo's isMatchingOperand). */
export function canCombine(left: ValueType, right: ValueType): boolean {
  if (left === 'attribute' || right === 'attribute' || left === 'nil' || right === 'nil')
    return true
  return left === right || (isNumeric(left) && isNumeric(right))
}

/** Whether the operator takes values of the type (Tempo's binaryTypeValid). */
export function takes(op: FieldOp, type: ValueType): boolean {
  switch (type) {
    case 'attribute':
      return true
    case 'boolean':
      return ['&&', '||', '=', '!='].includes(op)
    case 'int':
    case 'float':
    case 'duration':
      return ARITHMETIC.has(op) || ORDER.has(op)
    case 'string':
      return op === '=~' || op === '!~' || ORDER.has(op)
    default:
      return op === '=' || op === '!='
  }
}

/** The type of what an expression gives. */
export function typeOf(expression: FieldExpression): ValueType {
  switch (expression.kind) {
    case 'static':
      return expression.value.type
    case 'attribute':
      return 'attribute'
    case 'intrinsic':
      return INTRINSIC_TYPES[expression.name]
    case 'exists':
      return 'boolean'
    case 'unary':
      return typeOf(expression.operand)
    default: {
      if (!ARITHMETIC.has(expression.op)) return 'boolean'
      const left = typeOf(expression.left)
      return left === 'attribute' ? typeOf(expression.right) : left
    }
  }
}

/** Whether an expression asks the span for anything. */
export function asksSpan(expression: FieldExpression): boolean {
  switch (expression.kind) {
    case 'static':
      return false
    case 'attribute':
    case 'intrinsic':
      return true
    case 'exists':
    case 'unary':
      return asksSpan(expression.operand)
    default:
      return asksSpan(expression.left) || asksSpan(expression.right)
  }
}
