import type { DurationExpr, DurationNode, DurationOp, NumberLiteral, Span } from './ast.ts'
import type { Cursor } from './cursor.ts'
import type { Token } from './lex.ts'
import { isDurationOutOfRange, parseDurationSeconds, parseNumber } from './number-literal.ts'

const BINARY_LEVELS: Readonly<Record<string, number>> = {
  '+': 1,
  '-': 1,
  '*': 2,
  '/': 2,
  '%': 2,
  '^': 3,
}
const POWER_LEVEL = 3

/** True for a token that is a number or a duration. */
export function isNumeric(token: Token): boolean {
  return token.kind === 'number' || token.kind === 'duration'
}

/** The literal of a number or duration token, which is the next one. */
export function parseNumericLiteral(cursor: Cursor): NumberLiteral {
  const token = cursor.take()
  const isDuration = token.kind === 'duration'
  const { value, fault } = isDuration ? parseDurationSeconds(token.text) : parseNumber(token.text)
  if (fault !== undefined) cursor.addFault(token, fault)
  const { start, end } = token
  return { kind: 'number', value, start, end, ...(isDuration && { isDuration }) }
}

/** A literal with a sign before it. */
export function applySign(sign: Token, literal: NumberLiteral): NumberLiteral {
  const value = sign.word === '-' ? -literal.value : literal.value
  return { ...literal, value, start: sign.start }
}

/** A range or a step, between brackets: it must be more than zero, as far as that can be seen before evaluation. */
export function parsePositiveDuration(cursor: Cursor): DurationNode {
  const duration = parseBinary(cursor, 0)
  if (duration.kind === 'number' && duration.value <= 0) {
    cursor.addFault(duration, 'duration must be greater than 0')
  }
  return duration
}

/**
 * The duration of an offset. A literal, a call and a bracketed negation end it: what follows belongs to the expression around
 * it, so `foo offset -2^2` is `(foo offset -2)^2`. Only `offset (…)` goes on with arithmetic.
 */
export function parseOffsetDuration(cursor: Cursor): DurationNode {
  const token = cursor.peek()
  if (isNumeric(token)) return checkRange(cursor, parseNumericLiteral(cursor))
  if (token.kind === 'preprocessor') return parseCall(cursor)
  if (!cursor.isAt('+', '-')) return parseBinary(cursor, 0)
  const sign = cursor.take()
  const next = cursor.peek()
  if (isNumeric(next)) return checkRange(cursor, applySign(sign, parseNumericLiteral(cursor)), sign)
  if (next.kind === 'preprocessor') return addSign(cursor, sign, parseCall(cursor))
  if (next.word !== '(') {
    const operand = parseBinary(cursor, POWER_LEVEL)
    return continueBinary(cursor, applySignTo(cursor, sign, operand), 0)
  }
  const open = cursor.take()
  const inner = parseBinary(cursor, 0)
  const close = cursor.expect(')')
  return applySignTo(cursor, sign, wrap(cursor, inner, { start: open.start, end: close.end }))
}

function parseBinary(cursor: Cursor, least: number): DurationNode {
  return cursor.nested(() => continueBinary(cursor, parseOperand(cursor), least))
}

function continueBinary(cursor: Cursor, first: DurationNode, least: number): DurationNode {
  let left = first
  for (;;) {
    const token = cursor.peek()
    const level = token.kind === 'operator' ? BINARY_LEVELS[token.word] : undefined
    if (level === undefined || level < least) return left
    cursor.take()
    const right = parseBinary(cursor, level === POWER_LEVEL ? level : level + 1)
    checkExperimental(cursor, left)
    left = combine(cursor, token, left, right)
  }
}

function combine(
  cursor: Cursor,
  token: Token,
  left: DurationNode,
  right: DurationNode,
): DurationNode {
  const op = token.word as DurationOp
  if ((op === '/' || op === '%') && right.kind === 'number' && right.value === 0) {
    cursor.addFault(token, op === '/' ? 'division by zero' : 'modulo by zero')
    return { kind: 'number', value: 0, start: left.start, end: right.end }
  }
  const span = { start: left.start, end: right.end }
  return cursor.built({ kind: 'duration', op, left, right, ...span }, left, right)
}

function parseOperand(cursor: Cursor): DurationNode {
  const token = cursor.peek()
  if (isNumeric(token)) return checkRange(cursor, parseNumericLiteral(cursor))
  if (token.kind === 'preprocessor') return parseCall(cursor)
  if (cursor.isAt('+', '-')) {
    const sign = cursor.take()
    return applySignTo(cursor, sign, parseBinary(cursor, POWER_LEVEL))
  }
  const open = cursor.expect('(')
  const inner = parseBinary(cursor, 0)
  const close = cursor.expect(')')
  checkExperimental(cursor, inner)
  return wrap(cursor, inner, { start: open.start, end: close.end })
}

/** `step()`, `range()`, `min_of(a, b)`, `max_of(a, b)`. */
function parseCall(cursor: Cursor): DurationExpr {
  const name = cursor.isAt('step', 'range', 'min_of', 'max_of') ? cursor.take() : cursor.stop()
  const op = name.word as DurationOp
  cursor.expect('(')
  const operands: DurationNode[] = []
  if (op === 'min_of' || op === 'max_of') {
    operands.push(parseBinary(cursor, 0))
    cursor.expect(',')
    operands.push(parseBinary(cursor, 0))
  }
  const span = { start: name.start, end: cursor.expect(')').end }
  checkExperimental(cursor, span)
  const [left, right] = operands
  const sides = left && right ? { left, right } : {}
  return cursor.built({ kind: 'duration', op, ...sides, ...span }, ...operands)
}

function applySignTo(cursor: Cursor, sign: Token, operand: DurationNode): DurationNode {
  if (operand.kind === 'number') return checkRange(cursor, applySign(sign, operand), sign)
  return sign.word === '-' ? addSign(cursor, sign, operand) : operand
}

function addSign(cursor: Cursor, sign: Token, right: DurationExpr): DurationExpr {
  const op = sign.word as DurationOp
  const span = { start: sign.start, end: right.end }
  return cursor.built({ kind: 'duration', op, right, ...span }, right)
}

/** Keeps the parentheses of a duration; around a literal they become a unary plus, as in Prometheus's tree. */
function wrap(cursor: Cursor, inner: DurationNode, span: Span): DurationExpr {
  if (inner.kind === 'duration') return cursor.built({ ...inner, wrapped: true }, inner)
  return { kind: 'duration', op: '+', right: inner, wrapped: true, ...span }
}

function checkRange(cursor: Cursor, literal: NumberLiteral, at: Span = literal): NumberLiteral {
  if (!isDurationOutOfRange(literal.value)) return literal
  cursor.addFault(at, 'duration out of range')
  const { start, end } = literal
  return { kind: 'number', value: 0, start, end }
}

function checkExperimental(cursor: Cursor, at: Span): void {
  if (cursor.options.durationExpressions === true) return
  cursor.addFault(at, 'experimental duration expression is not enabled')
}
