import type {
  AtModifier,
  DurationNode,
  Expr,
  MatcherNode,
  TimeShift,
  ValueType,
  VectorMatching,
  VectorSelector,
} from './ast.ts'
import { FUNCTIONS } from './functions.ts'
import { formatFloat } from '../../model/go-notation.ts'

/** A value as JSON writes it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/**
 * The tree as `/api/v1/parse_query` answers it (web/api/v1/translate_ast.go): every node an object with its `type`, times in
 * milliseconds, numbers as text, absent parts null.
 */
export function toJson(expr: Expr): JsonValue {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatFloat(expr.value) }
    case 'string':
      return { type: 'stringLiteral', val: expr.value }
    case 'vector':
      return { type: 'vectorSelector', ...selectorToJson(expr) }
    case 'matrix': {
      const range = { range: expr.rangeMs, rangeExpr: durationToJson(expr.rangeExpr) }
      return { type: 'matrixSelector', ...selectorToJson(expr.selector), ...range }
    }
    case 'subquery':
      return {
        type: 'subquery',
        expr: toJson(expr.expr),
        range: expr.rangeMs,
        rangeExpr: durationToJson(expr.rangeExpr),
        step: expr.stepMs ?? 0,
        stepExpr: durationToJson(expr.stepExpr),
        ...shiftToJson(expr),
      }
    case 'paren':
      return { type: 'parenExpr', expr: toJson(expr.expr) }
    case 'unary':
      return { type: 'unaryExpr', op: expr.op, expr: toJson(expr.expr) }
    case 'binary':
      return {
        type: 'binaryExpr',
        op: expr.op,
        lhs: toJson(expr.left),
        rhs: toJson(expr.right),
        matching: matchingToJson(expr.matching),
        bool: expr.returnBool,
      }
    case 'aggregate':
      return {
        type: 'aggregation',
        op: expr.op,
        expr: toJson(expr.expr),
        param: expr.param ? toJson(expr.param) : null,
        grouping: expr.grouping,
        without: expr.without,
      }
    case 'call':
      return { type: 'call', func: functionToJson(expr.func), args: expr.args.map(toJson) }
    default:
      return expr satisfies never
  }
}

type JsonObject = { readonly [key: string]: JsonValue }

function selectorToJson(expr: VectorSelector): JsonObject {
  return {
    name: expr.nameInBraces === true ? '' : (expr.name ?? ''),
    matchers: expr.matchers.map(matcherToJson),
    ...shiftToJson(expr),
    anchored: expr.extension === 'anchored',
    smoothed: expr.extension === 'smoothed',
  }
}

function matcherToJson({ name, op, value }: MatcherNode): JsonObject {
  return { type: op, name, value }
}

function shiftToJson({ offsetMs, offsetExpr, at }: TimeShift): JsonObject {
  return {
    // Prometheus holds either the value or the expression.
    offset: offsetExpr ? 0 : offsetMs,
    offsetExpr: durationToJson(offsetExpr),
    ...atToJson(at),
  }
}

function atToJson(at: AtModifier | undefined): JsonObject {
  if (at?.kind === 'timestamp') return { timestamp: at.timestampMs, startOrEnd: null }
  return { timestamp: null, startOrEnd: at?.kind ?? null }
}

function durationToJson(duration: DurationNode | undefined): JsonValue {
  if (!duration) return null
  if (duration.kind === 'number') {
    const val = formatFloat(duration.value)
    return { type: 'numberLiteral', val, duration: duration.isDuration === true }
  }
  return {
    type: 'durationExpr',
    op: duration.op,
    lhs: durationToJson(duration.left),
    rhs: durationToJson(duration.right),
    wrapped: duration.wrapped === true,
  }
}

function matchingToJson(matching: VectorMatching | undefined): JsonValue {
  if (!matching) return null
  const { card, labels, on, include, fillLeft, fillRight } = matching
  const fillValues = { lhs: fillLeft ?? null, rhs: fillRight ?? null }
  return { card, labels, on, include, fillValues }
}

function functionToJson(name: string): JsonObject {
  const signature = FUNCTIONS.get(name)
  const argTypes: readonly ValueType[] = signature?.argTypes ?? []
  const returnType = signature?.returnType ?? 'vector'
  return { name, argTypes, variadic: signature?.variadic ?? 0, returnType }
}
