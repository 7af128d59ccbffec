import type { Field, FieldExpression, FieldOp, Span, Static, StaticValue } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { findIntrinsic, findScopedIntrinsic } from './field-names.ts'
import type { Token } from './lex.ts'

/** Tempo's own order (pkg/traceql/expr.y): `&&` and `||` bind alike. */
const PRECEDENCE: ReadonlyMap<string, number> = new Map<FieldOp, number>([
  ['&&', 1],
  ['||', 1],
  ['=', 2],
  ['!=', 2],
  ['<', 2],
  ['<=', 2],
  ['>', 2],
  ['>=', 2],
  ['=~', 2],
  ['!~', 2],
  ['+', 3],
  ['-', 3],
  ['*', 5],
  ['/', 5],
  ['%', 5],
  ['^', 6],
])
const POWER = 6
/** A minus takes what binds closer than addition (`-a * b` is `-(a * b)`), a `!` what binds closer than itself. */
const NEGATED = 4
const INVERTED = 5

/** `nil` may only stand beside `=` and `!=`; it is no value. */
interface Nil extends Span {
  readonly kind: 'nil'
}

/** What a span is asked: an expression inside braces, or of an aggregate. */
export function parseField(cursor: Cursor): FieldExpression {
  return notNil(cursor, parseBinary(cursor, 1))
}

/** An attribute or an intrinsic. */
export function parseFieldName(cursor: Cursor): Field {
  return acceptFieldName(cursor) ?? cursor.stop()
}

/** A value as it stands in a hint. */
export function parseStatic(cursor: Cursor): StaticValue {
  return acceptStatic(cursor)?.value ?? cursor.stop()
}

function notNil(cursor: Cursor, expression: FieldExpression | Nil): FieldExpression {
  if (expression.kind !== 'nil') return expression
  return cursor.fail(expression, 'syntax error: unexpected nil')
}

function parseBinary(cursor: Cursor, least: number): FieldExpression | Nil {
  let left = cursor.nested(() => parseOperand(cursor))
  for (;;) {
    const token = cursor.peek()
    const op = fieldOpOf(token)
    const precedence = op === undefined ? 0 : (PRECEDENCE.get(op) ?? 0)
    if (op === undefined || precedence < least) return left
    cursor.take()
    cursor.countOperator()
    const next = precedence === POWER ? precedence : precedence + 1
    const right = cursor.nested(() => parseBinary(cursor, next))
    left = combine(cursor, op, left, right)
  }
}

function fieldOpOf({ kind, text }: Token): FieldOp | undefined {
  if (kind !== 'symbol') return undefined
  for (const op of PRECEDENCE.keys()) if (op === text) return isFieldOp(op) ? op : undefined
  return undefined
}

function isFieldOp(text: string): text is FieldOp {
  return PRECEDENCE.has(text)
}

function combine(
  cursor: Cursor,
  op: FieldOp,
  left: FieldExpression | Nil,
  right: FieldExpression | Nil,
): FieldExpression {
  const span = { start: left.start, end: cursor.takenEnd }
  if ((op === '=' || op === '!=') && (left.kind === 'nil' || right.kind === 'nil')) {
    const operand = left.kind === 'nil' ? right : left
    if (operand.kind === 'nil')
      return { kind: 'static', value: { type: 'boolean', value: false }, ...span }
    return { kind: 'exists', operand, isNegated: op === '=', ...span }
  }
  return {
    kind: 'binary',
    op,
    left: notNil(cursor, left),
    right: notNil(cursor, right),
    ...span,
  }
}

function parseOperand(cursor: Cursor): FieldExpression | Nil {
  const { start } = cursor.peek()
  if (cursor.accept('(')) {
    const inner = parseField(cursor)
    cursor.expect(')')
    return inner
  }
  if (cursor.accept('-')) {
    const operand = notNil(
      cursor,
      cursor.nested(() => parseBinary(cursor, NEGATED)),
    )
    return { kind: 'unary', op: '-', operand, start, end: cursor.takenEnd }
  }
  if (cursor.accept('!')) {
    const operand = notNil(
      cursor,
      cursor.nested(() => parseBinary(cursor, INVERTED)),
    )
    return { kind: 'unary', op: '!', operand, start, end: cursor.takenEnd }
  }
  if (cursor.isAt('nil')) {
    const token = cursor.take()
    return { kind: 'nil', start: token.start, end: token.end }
  }
  return acceptFieldName(cursor) ?? acceptStatic(cursor) ?? cursor.stop()
}

function acceptFieldName(cursor: Cursor): Field | undefined {
  const token = cursor.peek()
  const { start } = token
  switch (token.kind) {
    case 'attribute': {
      const { text, scope, isParent, end } = cursor.take()
      return { kind: 'attribute', scope, name: text, isParent, start, end }
    }
    case 'scope': {
      cursor.take()
      const word = cursor.expectKind('word')
      const name = findScopedIntrinsic(token.text, word.text)
      if (name === undefined) cursor.fail(word, `syntax error: unexpected ${word.text}`)
      return { kind: 'intrinsic', name, start, end: word.end }
    }
    case 'word': {
      const name = findIntrinsic(token.text)
      if (name === undefined) return undefined
      return { kind: 'intrinsic', name, start, end: cursor.take().end }
    }
    default:
      return undefined
  }
}

function acceptStatic(cursor: Cursor): Static | undefined {
  const token = cursor.peek()
  const value = valueOf(cursor, token)
  if (value === undefined) return undefined
  cursor.take()
  return { kind: 'static', value, start: token.start, end: token.end }
}

function valueOf(cursor: Cursor, token: Token): StaticValue | undefined {
  switch (token.kind) {
    case 'string':
      return { type: 'string', value: token.text }
    case 'int':
      return { type: 'int', value: BigInt(token.text) }
    case 'float':
      return { type: 'float', value: Number(token.text) }
    case 'duration':
      return { type: 'duration', value: token.durationNs }
    case 'word':
      return valueOfWord(cursor, token)
    default:
      return undefined
  }
}

function valueOfWord(cursor: Cursor, token: Token): StaticValue | undefined {
  switch (token.text) {
    case 'true':
    case 'false':
      return { type: 'boolean', value: token.text === 'true' }
    case 'error':
    case 'ok':
    case 'unset':
      return { type: 'status', value: token.text }
    case 'unspecified':
    case 'internal':
    case 'server':
    case 'client':
    case 'producer':
    case 'consumer':
      return { type: 'kind', value: token.text }
    case 'minInt':
      return { type: 'int', value: -(2n ** 63n) }
    case 'maxInt':
      return { type: 'int', value: 2n ** 63n - 1n }
    default:
      return cursor.fail(token, `unknown identifier: ${token.text}`)
  }
}
