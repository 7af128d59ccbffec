import type { ArithmeticOp, StaticValue } from './ast.ts'

/** A number of a pipeline, outside of braces. */
export type NumberValue = Extract<StaticValue, { readonly type: 'int' | 'float' | 'duration' }>

/** Arithmetic between numbers that are known: integers stay integers (`1 / 2` is 0). A text tells why there is no result. */
export function foldNumbers(
  op: ArithmeticOp,
  left: NumberValue,
  right: NumberValue,
): NumberValue | string {
  if (left.type === 'duration' || right.type === 'duration')
    return 'duration cannot be used in scalar arithmetic'
  if (left.type === 'int' && right.type === 'int') {
    const value = foldInts(op, left.value, right.value)
    return typeof value === 'string' ? value : { type: 'int', value: BigInt.asIntN(64, value) }
  }
  return { type: 'float', value: foldFloats(op, Number(left.value), Number(right.value)) }
}

function foldInts(op: ArithmeticOp, left: bigint, right: bigint): bigint | string {
  switch (op) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return right === 0n ? 'division by zero' : left / right
    case '%':
      return right === 0n ? 'modulo by zero' : left % right
    default:
      return BigInt(Math.trunc(Number(left) ** Number(right)))
  }
}

/** One operation of floating numbers, as a pipeline and a series have it. */
export function foldFloats(op: ArithmeticOp, left: number, right: number): number {
  switch (op) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
    default:
      return left ** right
  }
}

/** The number with its sign turned; a duration stays a duration. */
export function negate(number: NumberValue): NumberValue {
  switch (number.type) {
    case 'int':
      return { type: 'int', value: -number.value }
    case 'duration':
      return { type: 'duration', value: -number.value }
    default:
      return { type: 'float', value: -number.value }
  }
}
