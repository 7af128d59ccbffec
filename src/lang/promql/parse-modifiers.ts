import type { AtModifier, DurationNode, Expr, Subquery, TimeShift, VectorSelector } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { formatFixed } from '../../model/go-notation.ts'
import type { Token } from './lex.ts'
import { roundAwayFromZero, secondsToMs } from './number-literal.ts'
import {
  applySign,
  isNumeric,
  parseNumericLiteral,
  parseOffsetDuration,
  parsePositiveDuration,
} from './parse-duration.ts'
import { foldDuration } from './resolve-durations.ts'

/** Greater than every int64, as a float64. */
const INT64_BOUND = 2 ** 63

/** What may follow an expression, as often as it is written: `[…]`, `offset`, `@`, `anchored`, `smoothed`. */
export function parseModifiers(cursor: Cursor, operand: Expr): Expr {
  let expr = operand
  for (;;) {
    const { word } = cursor.peek()
    if (word === '[') expr = parseRange(cursor, expr)
    else if (word === 'offset') expr = parseOffset(cursor, expr)
    else if (word === '@') expr = parseAt(cursor, expr)
    else if (word === 'anchored' || word === 'smoothed') expr = parseExtension(cursor, expr, word)
    else return expr
  }
}

const DURATION_EXPECTED = 'number, duration, step(), or range()'

function parseRange(cursor: Cursor, expr: Expr): Expr {
  const open = cursor.take()
  const range = cursor.within('subquery or range selector', DURATION_EXPECTED, () =>
    parsePositiveDuration(cursor),
  )
  return cursor.within('subquery or range', '":" or "]"', () => {
    if (!cursor.accept(':')) return selectRange(cursor, expr, range, open, cursor.expect(']'))
    if (cursor.isAt(']')) return selectSubquery(cursor, expr, range, undefined)
    const expected = 'number, duration, step(), range(), or "]"'
    const step = cursor.within('subquery selector', expected, () => parsePositiveDuration(cursor))
    return cursor.within('subquery selector', '"]"', () =>
      selectSubquery(cursor, expr, range, step),
    )
  })
}

function selectRange(
  cursor: Cursor,
  expr: Expr,
  range: DurationNode,
  open: Token,
  close: Token,
): Expr {
  const fault = explainBadRange(expr)
  if (fault !== undefined) cursor.addFault({ start: open.start, end: close.end }, fault)
  if (expr.kind !== 'vector') return expr
  const span = { start: expr.start, end: close.end }
  const rangeMs = millisecondsOf(range)
  const rangeExpr = range.kind === 'duration' ? { rangeExpr: range } : {}
  return { kind: 'matrix', selector: expr, rangeMs, ...rangeExpr, ...span }
}

function explainBadRange(expr: Expr): string | undefined {
  if (expr.kind !== 'vector') return 'ranges only allowed for vector selectors'
  if (hasOffset(expr)) return 'no offset modifiers allowed before range'
  return expr.at ? 'no @ modifiers allowed before range' : undefined
}

function selectSubquery(
  cursor: Cursor,
  expr: Expr,
  range: DurationNode,
  step: DurationNode | undefined,
): Subquery {
  const end = cursor.expect(']').end
  const subquery: Subquery = {
    kind: 'subquery',
    expr,
    rangeMs: millisecondsOf(range),
    ...(step && { stepMs: millisecondsOf(step) }),
    offsetMs: 0,
    ...(range.kind === 'duration' && { rangeExpr: range }),
    ...(step?.kind === 'duration' && { stepExpr: step }),
    start: expr.start,
    end,
  }
  return cursor.built(subquery, expr)
}

/** The value of a duration; 0 as long as it depends on the evaluation. */
function millisecondsOf(duration: DurationNode): number {
  if (duration.kind === 'number') return secondsToMs(duration.value)
  const seconds = foldDuration(duration)
  return seconds === undefined ? 0 : secondsToMs(seconds)
}

/** What carries an offset and an `@`: a selector, that of a range selector, or a subquery. */
type Shifted = VectorSelector | Subquery

function shiftedOf(expr: Expr): Shifted | undefined {
  if (expr.kind === 'matrix') return expr.selector
  return expr.kind === 'vector' || expr.kind === 'subquery' ? expr : undefined
}

function hasOffset(shifted: Shifted): boolean {
  return shifted.offsetMs !== 0 || shifted.offsetExpr !== undefined
}

/** What one modifier sets. */
type Change = Partial<TimeShift> & Pick<VectorSelector, 'extension'>

/** The expression with a change of its selector or subquery, ending at `end`. */
function withChange(cursor: Cursor, expr: Expr, change: Change, end: number): Expr {
  if (expr.kind === 'matrix') return { ...expr, selector: { ...expr.selector, ...change }, end }
  if (expr.kind === 'subquery') return cursor.built({ ...expr, ...change, end }, expr.expr)
  return expr.kind === 'vector' ? { ...expr, ...change, end } : expr
}

function parseOffset(cursor: Cursor, expr: Expr): Expr {
  cursor.take()
  const duration = cursor.within('offset', DURATION_EXPECTED, () => parseOffsetDuration(cursor))
  const shifted = shiftedOf(expr)
  if (!shifted) {
    const rule = 'must be preceded by an instant vector selector or range vector selector'
    cursor.addFault(expr, `offset modifier ${rule} or a subquery`)
    return expr
  }
  if (hasOffset(shifted)) cursor.addFault(expr, 'offset may not be set multiple times')
  const offsetMs = millisecondsOf(duration)
  const offsetExpr = duration.kind === 'duration' ? { offsetExpr: duration } : {}
  return withChange(cursor, expr, { offsetMs, ...offsetExpr }, cursor.takenEnd)
}

function parseAt(cursor: Cursor, expr: Expr): Expr {
  cursor.take()
  const { seconds, at, end } = cursor.within('@', 'timestamp', () => parseAtTime(cursor))
  if (seconds !== undefined && !(Math.abs(seconds) < INT64_BOUND)) {
    const shown = formatFixed(seconds, 6)
    cursor.addFault(expr, `timestamp out of bounds for @ modifier: ${shown}`)
  }
  const shifted = shiftedOf(expr)
  if (!shifted) {
    const rule = 'must be preceded by an instant vector selector or range vector selector'
    cursor.addFault(expr, `@ modifier ${rule} or a subquery`)
    return expr
  }
  if (shifted.at) cursor.addFault(expr, '@ <timestamp> may not be set multiple times')
  return withChange(cursor, expr, { at }, end)
}

interface AtTime {
  readonly seconds?: number
  readonly at: AtModifier
  readonly end: number
}

function parseAtTime(cursor: Cursor): AtTime {
  const name = cursor.accept('start') ?? cursor.accept('end')
  if (name) {
    cursor.expect('(')
    const { end } = cursor.expect(')')
    return { at: { kind: name.word === 'start' ? 'start' : 'end' }, end }
  }
  const sign = cursor.accept('+') ?? cursor.accept('-')
  if (!isNumeric(cursor.peek())) cursor.stop()
  const literal = parseNumericLiteral(cursor)
  const seconds = (sign ? applySign(sign, literal) : literal).value
  const timestampMs = roundAwayFromZero(seconds * 1000)
  return { seconds, at: { kind: 'timestamp', timestampMs }, end: literal.end }
}

function parseExtension(cursor: Cursor, expr: Expr, word: 'anchored' | 'smoothed'): Expr {
  const { end } = cursor.take()
  if (cursor.options.extendedRangeSelectors !== true) {
    cursor.addFault(expr, `${word} modifier is experimental and not enabled`)
    return expr
  }
  if (expr.kind === 'subquery') {
    cursor.addFault(expr, `${word} modifier is not supported for subqueries`)
    return expr
  }
  const shifted = shiftedOf(expr)
  if (!shifted) {
    cursor.addFault(expr, `${word} modifier not implemented`)
    return expr
  }
  if ('extension' in shifted && shifted.extension !== word) {
    cursor.addFault(expr, 'anchored and smoothed modifiers cannot be used together')
  }
  return withChange(cursor, expr, { extension: word }, end)
}
