import type {
  Aggregate,
  BinaryOp,
  Expr,
  Grouping,
  LogExpr,
  LogRange,
  QueryFault,
  RangeAggregate,
  Stage,
  Unwrap,
  VectorMatching,
} from './ast.ts'
import { check, type CheckOptions } from './check.ts'
import { SyntaxStop } from '../token-cursor.ts'
import { Cursor } from './cursor.ts'
import { parseLog, parseSelector, parseStages } from './parse-log.ts'
import { readNumber } from './read-number.ts'
import { isAggregateOp, isRangeOp } from './words.ts'

/** Loki's bound on a query's length, in UTF-16 units here. */
const MAX_QUERY_LENGTH = 131_072

export type ParseResult =
  | { readonly expr: Expr; readonly faults: readonly [] }
  | { readonly expr?: undefined; readonly faults: readonly [QueryFault, ...QueryFault[]] }

/**
 * Reads a LogQL query. Either the expression, or what is wrong with it: one fault of syntax, or all faults of meaning.
 * Never throws.
 */
export function parse(query: string, options: CheckOptions = {}): ParseResult {
  if (query.length >= MAX_QUERY_LENGTH) {
    const message = `input size too long (${query.length} > ${MAX_QUERY_LENGTH})`
    return { faults: [{ start: 0, end: query.length, message, isSyntax: false }] }
  }
  const cursor = new Cursor(query)
  let expr: Expr | undefined
  try {
    expr = parseExpr(cursor, 0)
    if (!cursor.isAtKind('end')) cursor.stop()
  } catch (thrown) {
    if (!(thrown instanceof SyntaxStop)) throw thrown
    expr = undefined
  }
  if (expr && cursor.faults.length === 0) {
    for (const fault of check(expr, options)) cursor.addFault(fault, fault.message)
  }
  const [first, ...others] = cursor.faults
  if (first) return { faults: [first, ...others] }
  return expr ? { expr, faults: [] } : { faults: [unreadable(query)] }
}

function unreadable(query: string): QueryFault {
  return { start: 0, end: query.length, message: 'syntax error', isSyntax: true }
}

const LEVELS: Readonly<Record<BinaryOp, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  '^': 6,
}

function isBinaryOp(word: string): word is BinaryOp {
  return Object.hasOwn(LEVELS, word)
}

/** An expression whose operators bind at least as tightly as `least` (precedence climbing; `^` binds to the right). */
function parseExpr(cursor: Cursor, least: number): Expr {
  return cursor.nested(() => {
    let left = parseOperand(cursor)
    for (;;) {
      const { word: op } = cursor.peek()
      if (!isBinaryOp(op) || LEVELS[op] < least) return left
      const { start, end } = cursor.take()
      cursor.countOperator()
      const returnBool = cursor.accept('bool') !== undefined
      const matching = parseMatching(cursor)
      const right = parseExpr(cursor, op === '^' ? LEVELS[op] : LEVELS[op] + 1)
      const span = { start: left.start, end: cursor.takenEnd }
      left = {
        kind: 'binary',
        op,
        opSpan: { start, end },
        left,
        right,
        returnBool,
        matching,
        ...span,
      }
    }
  })
}

function parseMatching(cursor: Cursor): VectorMatching {
  const none = { on: false, labels: [], include: [], explicit: false, card: 'one-to-one' } as const
  if (!cursor.isAt('on', 'ignoring')) return none
  const on = cursor.take().word === 'on'
  const labels = parseLabels(cursor)
  const matching = { ...none, on, labels, explicit: true }
  if (!cursor.isAt('group_left', 'group_right')) return matching
  const card = cursor.take().word === 'group_left' ? 'many-to-one' : 'one-to-many'
  // A parenthesis behind it is the list of labels; what follows the operator may begin with one, too, but never alone.
  const include = cursor.isAt('(') ? parseLabels(cursor) : []
  return { ...matching, card, include }
}

/** `(a, b)`, maybe empty. */
function parseLabels(cursor: Cursor): string[] {
  cursor.expect('(')
  if (cursor.accept(')')) return []
  if (!cursor.isAtKind('identifier')) cursor.stop('IDENTIFIER', ')')
  const labels = [cursor.take().text]
  while (cursor.accept(',')) labels.push(cursor.expectKind('identifier').text)
  cursor.expect(')', ',', ')')
  return labels
}

function parseGrouping(cursor: Cursor): Grouping | undefined {
  if (!cursor.isAt('by', 'without')) return undefined
  const without = cursor.take().word === 'without'
  return { without, labels: parseLabels(cursor) }
}

function parseOperand(cursor: Cursor): Expr {
  const token = cursor.peek()
  if (token.word === '(') {
    cursor.take()
    const inner = parseExpr(cursor, 0)
    cursor.expect(')')
    return inner
  }
  if (token.word === '{') return parseLog(cursor)
  if (token.kind === 'number' || token.word === '+' || token.word === '-')
    return parseNumber(cursor)
  if (isRangeOp(token.word)) return parseRangeAggregate(cursor)
  if (isAggregateOp(token.word)) return parseAggregate(cursor)
  if (token.word === 'label_replace') return parseLabelReplace(cursor)
  if (token.word === 'vector') return parseVector(cursor)
  return cursor.stop()
}

function parseNumber(cursor: Cursor): Expr {
  const { start } = cursor.peek()
  const sign = cursor.accept('-') ?? cursor.accept('+')
  const { text } = cursor.expectKind('number')
  const { value, broken } = readNumber(text)
  const span = { start, end: cursor.takenEnd }
  const literal = { kind: 'number', value: sign?.word === '-' ? -value : value, ...span } as const
  return broken === undefined ? literal : { ...literal, broken }
}

function parseVector(cursor: Cursor): Expr {
  const { start } = cursor.take()
  cursor.expect('(')
  const { text } = cursor.expectKind('number')
  cursor.expect(')')
  const { value, broken } = readNumber(text, 'vectorExpr')
  const vector = { kind: 'vector', value, start, end: cursor.takenEnd } as const
  return broken === undefined ? vector : { ...vector, broken }
}

function parseLabelReplace(cursor: Cursor): Expr {
  const { start } = cursor.take()
  cursor.expect('(')
  const expr = parseExpr(cursor, 0)
  const texts = []
  for (let i = 0; i < 4; i++) {
    cursor.expect(',')
    texts.push(cursor.expectKind('string'))
  }
  cursor.expect(')')
  const [target, replacement, source, regex] = texts.map((token) => token.text)
  return {
    kind: 'label_replace',
    expr,
    target: target ?? '',
    replacement: replacement ?? '',
    source: source ?? '',
    regex: regex ?? '',
    regexSpan: { start: texts[3]?.start ?? start, end: texts[3]?.end ?? start },
    start,
    end: cursor.takenEnd,
  }
}

/** The number before the comma of `topk(10, …)`. */
function parseParam(cursor: Cursor): string | undefined {
  if (!cursor.isAtKind('number')) return undefined
  const { text } = cursor.take()
  cursor.expect(',')
  return text
}

function parseAggregate(cursor: Cursor): Expr {
  const { start, word } = cursor.take()
  const op = isAggregateOp(word) ? word : cursor.stop()
  const before = parseGrouping(cursor)
  cursor.expect('(')
  // `sum(1)` is no call with a parameter: only a comma behind the number makes it one.
  const first = parseExpr(cursor, 0)
  const text = cursor.query.slice(first.start, first.end)
  const hasParam =
    /^[0-9.]/.test(text) && first.kind === 'number' && cursor.accept(',') !== undefined
  const expr = hasParam ? parseExpr(cursor, 0) : first
  cursor.expect(')')
  const grouping = before ?? parseGrouping(cursor)
  const aggregate: Aggregate = { kind: 'aggregate', op, expr, start, end: cursor.takenEnd }
  return {
    ...aggregate,
    ...(hasParam && { param: text }),
    ...(grouping && { grouping }),
  }
}

function parseRangeAggregate(cursor: Cursor): Expr {
  const { start, word } = cursor.take()
  const op = isRangeOp(word) ? word : cursor.stop()
  cursor.expect('(')
  const param = parseParam(cursor)
  const range = parseRange(cursor)
  cursor.expect(')')
  const grouping = parseGrouping(cursor)
  const aggregate: RangeAggregate = {
    kind: 'range_aggregate',
    op,
    range,
    start,
    end: cursor.takenEnd,
  }
  return { ...aggregate, ...(param !== undefined && { param }), ...(grouping && { grouping }) }
}

/** A range whose brackets may stand behind the selector, the pipeline, or the parenthesis around them. */
interface RangeParts {
  readonly log: LogExpr
  readonly unwrap: Unwrap | undefined
  readonly time: { readonly rangeMs: number; readonly offsetMs: number } | undefined
}

function parseRange(cursor: Cursor): LogRange {
  const { start } = cursor.peek()
  const { log, unwrap, time } = parseRangeParts(cursor)
  if (!time) cursor.stop('RANGE')
  return { log, ...time, ...(unwrap && { unwrap }), start, end: cursor.takenEnd }
}

function parseRangeParts(cursor: Cursor): RangeParts {
  if (!cursor.accept('(')) {
    const selector = parseSelector(cursor)
    const { stages, unwrap } = parseStages(cursor)
    const log = {
      kind: 'log',
      selector,
      stages,
      start: selector.start,
      end: cursor.takenEnd,
    } as const
    return parseTime(cursor, log, unwrap)
  }
  const inner = cursor.nested(() => parseRangeParts(cursor))
  cursor.expect(')')
  return inner.time ? inner : parseTime(cursor, inner.log, inner.unwrap)
}

/** The brackets, the offset, and the stages behind them where none stood before. */
function parseTime(cursor: Cursor, log: LogExpr, unwrap: Unwrap | undefined): RangeParts {
  const range = cursor.acceptKind('range')
  if (!range) return { log, unwrap, time: undefined }
  const offset = cursor.accept('offset') ? cursor.expectKind('duration').value : 0
  const time = { rangeMs: range.value, offsetMs: offset / 1e6 }
  if (log.stages.length > 0 || unwrap) return { log, unwrap, time }
  const later: { stages: Stage[]; unwrap: Unwrap | undefined } = parseStages(cursor)
  return { log: { ...log, stages: later.stages }, unwrap: later.unwrap, time }
}
