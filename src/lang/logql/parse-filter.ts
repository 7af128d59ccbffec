import type { MatchOp } from '../../model/matcher.ts'
import type { CompareOp, LabelFilter, MatcherNode } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { readNumber } from './read-number.ts'

const OR_LEVEL = 1
const AND_LEVEL = 2

/**
 * Label filters with `and`, `or`, `,` or nothing between them. A comma and nothing bind everything behind them, whatever comes;
 * that is how Loki's grammar resolves what it leaves open.
 */
export function parseLabelFilter(cursor: Cursor, least = 0): LabelFilter {
  return cursor.nested(() => {
    let left = parseOne(cursor)
    for (;;) {
      const right = parseRight(cursor, least)
      if (!right) return left
      cursor.countOperator()
      left = { ...right, left, start: left.start, end: cursor.takenEnd }
    }
  })
}

function parseRight(
  cursor: Cursor,
  least: number,
): { kind: 'and' | 'or'; right: LabelFilter } | undefined {
  if (cursor.isAtKind('identifier') || cursor.isAt('(')) {
    return { kind: 'and', right: parseLabelFilter(cursor) }
  }
  if (cursor.accept(',')) return { kind: 'and', right: parseLabelFilter(cursor) }
  if (least <= OR_LEVEL && cursor.accept('or')) {
    return { kind: 'or', right: parseLabelFilter(cursor, AND_LEVEL) }
  }
  if (least <= AND_LEVEL && cursor.accept('and')) {
    return { kind: 'and', right: parseLabelFilter(cursor, AND_LEVEL + 1) }
  }
  return undefined
}

function parseOne(cursor: Cursor): LabelFilter {
  if (cursor.accept('(')) {
    const inner = parseLabelFilter(cursor)
    cursor.expect(')')
    return inner
  }
  const name = cursor.expectKind('identifier')
  const op = cursor.peek()
  if (!cursor.isAt('=', '!=', '=~', '!~', '>', '>=', '<', '<=', '==')) cursor.stop()
  cursor.take()
  if (cursor.isAtKind('string') && isMatchOp(op.word)) {
    const { text } = cursor.take()
    const span = { start: name.start, end: cursor.takenEnd }
    return {
      kind: 'string',
      matcher: { name: name.text, op: op.word, value: text, ...span },
      ...span,
    }
  }
  if (op.word === '=' || op.word === '!=') {
    if (cursor.accept('ip')) {
      cursor.expect('(')
      const { text } = cursor.expectKind('string')
      cursor.expect(')')
      return {
        kind: 'ip',
        name: name.text,
        op: op.word,
        text,
        start: name.start,
        end: cursor.takenEnd,
      }
    }
  }
  return parseValueFilter(cursor, name.text, name.start, op.word)
}

function parseValueFilter(cursor: Cursor, name: string, start: number, op: string): LabelFilter {
  const compared = compareOpOf(op)
  if (compared === undefined) cursor.stop('STRING')
  const unit = cursor.acceptKind('duration') ?? cursor.acceptKind('bytes')
  if (unit) {
    const kind = unit.kind === 'duration' ? 'duration' : 'bytes'
    return { kind, name, op: compared, value: unit.value, start, end: cursor.takenEnd }
  }
  const sign = cursor.accept('-') ?? cursor.accept('+')
  if (!cursor.isAtKind('number')) cursor.stop(...(sign ? ['NUMBER'] : []))
  const token = cursor.take()
  const { value, broken } = readNumber(token.text)
  if (broken !== undefined) cursor.addFault(token, broken)
  const signed = sign?.word === '-' ? -value : value
  return { kind: 'number', name, op: compared, value: signed, start, end: cursor.takenEnd }
}

function compareOpOf(op: string): CompareOp | undefined {
  switch (op) {
    case '=':
    case '==':
      return '=='
    case '!=':
    case '>':
    case '>=':
    case '<':
    case '<=':
      return op
    default:
      return undefined
  }
}

export function isMatchOp(word: string): word is MatchOp {
  return word === '=' || word === '!=' || word === '=~' || word === '!~'
}

/** `name="value"` whose name is taken already. */
export function parseMatcherAfter(cursor: Cursor, name: string, start: number): MatcherNode {
  const { word } = cursor.peek()
  if (!isMatchOp(word)) cursor.stop('=', '=~', '!=', '!~')
  cursor.take()
  const { text } = cursor.expectKind('string')
  return { name, op: word, value: text, start, end: cursor.takenEnd }
}
