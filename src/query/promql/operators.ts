import type { BinaryOp } from '../../lang/promql/ast.ts'

/** Go's math.Pow, which knows answers where ECMAScript says NaN. */
function power(base: number, exponent: number): number {
  if (base === 1) return 1
  if (base === -1 && (exponent === Infinity || exponent === -Infinity)) return 1
  return base ** exponent
}

/** What a comparison says, as a number that is 0 or 1. */
const COMPARE: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '>=': (left, right) => left >= right,
}

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': power,
  atan2: Math.atan2,
}

export type Arithmetic = (left: number, right: number) => number
export type Comparison = (left: number, right: number) => boolean

/** The comparison that an operator stands for, or undefined when it is none. */
export function comparisonOf(op: BinaryOp): Comparison | undefined {
  return COMPARE[op]
}

/** The arithmetic that an operator stands for, or undefined when it is none. */
export function arithmeticOf(op: BinaryOp): Arithmetic | undefined {
  return ARITHMETIC[op]
}

/** True of the operators that trim native histograms. */
export function isTrimOp(op: BinaryOp): boolean {
  return op === '</' || op === '>/'
}

/** The value of `left op right` between scalars; comparisons yield 0 or 1. */
export function scalarOperator(op: BinaryOp): Arithmetic | undefined {
  const compare = COMPARE[op]
  return compare === undefined ? ARITHMETIC[op] : (left, right) => (compare(left, right) ? 1 : 0)
}
