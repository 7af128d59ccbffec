import type {
  Aggregate,
  Binary,
  BinaryOp,
  Expr,
  MatcherNode,
  QueryFault,
  Unary,
  VectorMatching,
} from './ast.ts'
import { check, isSetOp, typeOf } from './check.ts'
import { Cursor, SyntaxStop } from './cursor.ts'
import { FUNCTIONS } from './functions.ts'
import { quoteString } from '../../model/go-notation.ts'
import type { Token } from './lex.ts'
import { applySign, isNumeric, parseNumericLiteral } from './parse-duration.ts'
import { parseModifiers } from './parse-modifiers.ts'
import { MAX_QUERY_LENGTH, type ParseOptions } from './parse-options.ts'
import { isMetricName, parseLabelList, parseSelector } from './parse-selector.ts'
import { unquote } from '../../model/string-literal.ts'
import { isAggregateOp } from './words.ts'

export type Parsed =
  | { readonly ok: true; readonly expr: Expr }
  | { readonly ok: false; readonly faults: readonly QueryFault[] }

/**
 * Parses and checks a PromQL expression of Prometheus 3 (generated_parser.y and parse.go of promql/parser, version 3.14, read
 * for their rules and wording). Of the faults the first is the one that Prometheus answers with; `formatFault` gives it that
 * form. Types are checked only when the syntax is without fault. Never throws, whatever the query.
 */
export function parse(query: string, options: ParseOptions = {}): Parsed {
  const read = readWhole(query, options, parseRoot)
  if (!read.ok) return read
  const faults = check(read.result)
  return faults.length > 0 ? { ok: false, faults } : { ok: true, expr: read.result }
}

/**
 * Parses a series selector alone (`up{job="a"}`), as it stands in `match[]`. Unlike `parse` it accepts one that selects
 * everything: what may be selected is for the caller to say.
 */
export function parseSeriesSelector(
  query: string,
):
  | { readonly ok: true; readonly matchers: readonly MatcherNode[] }
  | { readonly ok: false; readonly faults: readonly QueryFault[] } {
  const read = readWhole(query, {}, (cursor) => {
    if (!cursor.isAt('{') && !isMetricName(cursor.peek())) cursor.stop()
    const selector = parseSelector(cursor, cursor.isAt('{') ? undefined : cursor.take())
    return selector.matchers
  })
  return read.ok ? { ok: true, matchers: read.result } : read
}

type Read<T> =
  | { readonly ok: true; readonly result: T }
  | { readonly ok: false; readonly faults: readonly QueryFault[] }

function readWhole<T>(query: string, options: ParseOptions, read: (cursor: Cursor) => T): Read<T> {
  if (query.length > MAX_QUERY_LENGTH) {
    const message = `query has ${query.length} characters, more than the limit of ${MAX_QUERY_LENGTH}`
    return { ok: false, faults: [{ start: 0, end: 0, message }] }
  }
  const cursor = new Cursor(query, options)
  try {
    const result = read(cursor)
    if (cursor.peek().kind !== 'end') cursor.stop()
    return cursor.faults.length === 0 ? { ok: true, result } : { ok: false, faults: cursor.faults }
  } catch (thrown) {
    if (!(thrown instanceof SyntaxStop)) throw thrown
    cursor.drain()
    return { ok: false, faults: cursor.faults }
  }
}

function parseRoot(cursor: Cursor): Expr {
  if (cursor.peek().kind === 'end') {
    cursor.addFault({ start: 0, end: 0 }, 'no expression found in input')
    throw new SyntaxStop()
  }
  return parseExpr(cursor, 0)
}

/** How tightly an operator binds; `^` binds to the right, all others to the left. */
const LEVELS: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '>': 3,
  '<=': 3,
  '>=': 3,
  '</': 3,
  '>/': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
}
const POWER_LEVEL = 6

/** The operator that the next token is, when it binds at least as tightly as `least`. */
function binaryOpAt(cursor: Cursor, least: number): BinaryOp | undefined {
  const token = cursor.peek()
  if (token.kind !== 'operator') return undefined
  return (LEVELS[token.word] ?? -1) < least ? undefined : (token.word as BinaryOp)
}

/** An expression whose operators bind at least as tightly as `least` (precedence climbing). */
function parseExpr(cursor: Cursor, least: number): Expr {
  return cursor.nested(() => {
    let left = parseOperand(cursor)
    for (;;) {
      const op = binaryOpAt(cursor, least)
      if (op === undefined) return left
      left = parseBinary(cursor, left, op)
    }
  })
}

function parseBinary(cursor: Cursor, left: Expr, op: BinaryOp): Expr {
  const { start, end } = cursor.take()
  const returnBool = cursor.accept('bool') !== undefined
  const written = parseMatching(cursor)
  const level = LEVELS[op] as number
  const right = parseExpr(cursor, op === '^' ? level : level + 1)
  const areVectors = typeOf(left) === 'vector' && typeOf(right) === 'vector'
  const card = isSetOp(op) && written.card === 'one-to-one' ? 'many-to-many' : written.card
  const hasFill = written.fillLeft !== undefined || written.fillRight !== undefined
  // Between other types than vectors a matching with labels stays in the tree for `check` to find; an empty one is let go.
  const isKept = areVectors || written.labels.length > 0 || hasFill
  const binary: Binary = {
    kind: 'binary',
    op,
    opSpan: { start, end },
    left,
    right,
    returnBool,
    ...(isKept && { matching: { ...written, card } }),
    start: left.start,
    end: right.end,
  }
  if (hasFill && cursor.options.fillModifiers !== true) {
    cursor.addFault(binary, 'binop fill modifiers are experimental and not enabled')
  }
  return cursor.built(binary, left, right)
}

function parseMatching(cursor: Cursor): VectorMatching {
  const keyword = cursor.accept('on') ?? cursor.accept('ignoring')
  let card: VectorMatching['card'] = 'one-to-one'
  let labels: string[] = []
  let include: string[] = []
  if (keyword) {
    labels = parseLabelList(cursor)
    const group = cursor.accept('group_left') ?? cursor.accept('group_right')
    if (group) {
      card = group.word === 'group_left' ? 'many-to-one' : 'one-to-many'
      const isOmitted = canStartExpr(cursor.peek()) || isFill(cursor.peek())
      if (cursor.isAt('(') || !isOmitted) include = parseLabelList(cursor)
    }
  }
  const on = keyword?.word === 'on'
  return { on, labels, card, include, explicit: keyword !== undefined, ...parseFill(cursor) }
}

function isFill({ kind, word }: Token): boolean {
  return kind === 'keyword' && word.startsWith('fill')
}

function parseFill(cursor: Cursor): Pick<VectorMatching, 'fillLeft' | 'fillRight'> {
  if (cursor.accept('fill')) {
    const value = parseFillValue(cursor)
    return { fillLeft: value, fillRight: value }
  }
  const first = cursor.accept('fill_left') ?? cursor.accept('fill_right')
  if (!first) return {}
  const value = parseFillValue(cursor)
  const isLeft = first.word === 'fill_left'
  const other = cursor.accept(isLeft ? 'fill_right' : 'fill_left')
  if (!other) return isLeft ? { fillLeft: value } : { fillRight: value }
  const second = parseFillValue(cursor)
  return isLeft ? { fillLeft: value, fillRight: second } : { fillLeft: second, fillRight: value }
}

function parseFillValue(cursor: Cursor): number {
  cursor.expect('(')
  const sign = cursor.accept('+') ?? cursor.accept('-')
  if (!isNumeric(cursor.peek())) cursor.stop()
  const literal = parseNumericLiteral(cursor)
  cursor.expect(')')
  return (sign ? applySign(sign, literal) : literal).value
}

/** An operand with its signs before and its modifiers after it. A sign binds as loosely as `*`: `-1^2` is `-(1^2)`. */
function parseOperand(cursor: Cursor): Expr {
  const sign = cursor.accept('-') ?? cursor.accept('+')
  if (!sign) return parseModifiers(cursor, parsePrimary(cursor))
  const operand = parseExpr(cursor, POWER_LEVEL)
  if (operand.kind === 'number') return applySign(sign, operand)
  const op: Unary['op'] = sign.word === '-' ? '-' : '+'
  const span = { start: sign.start, end: operand.end }
  return cursor.built({ kind: 'unary', op, expr: operand, ...span }, operand)
}

function parsePrimary(cursor: Cursor): Expr {
  const token = cursor.peek()
  if (isNumeric(token)) return parseNumericLiteral(cursor)
  if (token.kind === 'string') {
    const { text, start, end } = cursor.take()
    return { kind: 'string', value: unquote(text), start, end }
  }
  if (token.word === '(') return parseParen(cursor)
  if (token.word === '{') return parseSelector(cursor, undefined)
  if (!isMetricName(token)) cursor.stop()
  const name = cursor.take()
  if (isAggregateOp(name.word) && cursor.isAt('(', 'by', 'without')) {
    return cursor.within('aggregation', '', () => parseAggregate(cursor, name))
  }
  const mayBeCall = name.kind === 'identifier' || name.kind === 'preprocessor'
  if (mayBeCall && cursor.isAt('(')) return parseCall(cursor, name)
  return parseSelector(cursor, name)
}

function parseParen(cursor: Cursor): Expr {
  const { start } = cursor.take()
  const expr = parseExpr(cursor, 0)
  const { end } = cursor.expect(')')
  return cursor.built({ kind: 'paren', expr, start, end }, expr)
}

function parseCall(cursor: Cursor, name: Token): Expr {
  const { args, end } = parseArgs(cursor)
  const func = name.text
  const nameSpan = { start: name.start, end: name.end }
  const signature = FUNCTIONS.get(func)
  if (!signature) cursor.addFault(name, `unknown function with name ${quoteString(func)}`)
  if (signature?.experimental === true && cursor.options.experimentalFunctions !== true) {
    cursor.addFault(name, `function ${quoteString(func)} is not enabled`)
  }
  return cursor.built({ kind: 'call', func, nameSpan, args, start: name.start, end }, ...args)
}

/** True for a token that an expression can start with. */
function canStartExpr(token: Token): boolean {
  return (
    isNumeric(token) ||
    token.kind === 'string' ||
    ['(', '{', '+', '-'].includes(token.word) ||
    isMetricName(token)
  )
}

/** Arguments in parentheses; the next token must be the opening one. */
function parseArgs(cursor: Cursor): { readonly args: readonly Expr[]; readonly end: number } {
  cursor.expect('(')
  const args: Expr[] = []
  let close = cursor.accept(')')
  if (close) return { args, end: close.end }
  args.push(parseExpr(cursor, 0))
  for (;;) {
    close = cursor.accept(')')
    if (close) return { args, end: close.end }
    const comma = cursor.expect(',')
    if (canStartExpr(cursor.peek())) args.push(parseExpr(cursor, 0))
    else cursor.addFault(comma, 'trailing commas not allowed in function call args')
  }
}

const OPS_WITH_PARAM: ReadonlySet<string> = new Set([
  'topk',
  'bottomk',
  'count_values',
  'quantile',
  'limitk',
  'limit_ratio',
])

interface Grouping {
  readonly grouping: readonly string[]
  readonly without: boolean
}

function parseGrouping(cursor: Cursor): Grouping | undefined {
  const keyword = cursor.accept('by') ?? cursor.accept('without')
  if (!keyword) return undefined
  return { without: keyword.word === 'without', grouping: parseLabelList(cursor) }
}

/** An aggregation whose operator is taken; its grouping stands before or after the arguments. */
function parseAggregate(cursor: Cursor, name: Token): Aggregate {
  const before = parseGrouping(cursor)
  const { args, end: argsEnd } = parseArgs(cursor)
  const after = before ? undefined : parseGrouping(cursor)
  const end = after ? cursor.takenEnd : argsEnd
  const span = { start: name.start, end }
  const op = isAggregateOp(name.word) ? name.word : cursor.stop()
  const fault = explainBadArgs(cursor, op, args.length)
  if (fault !== undefined) cursor.addFault(span, fault)
  const expr = args.at(-1) ?? { kind: 'number', value: NaN, ...span }
  const param = OPS_WITH_PARAM.has(op) ? args[0] : undefined
  const grouping = before ?? after ?? { grouping: [], without: false }
  const aggregate: Aggregate = { kind: 'aggregate', op, expr, ...grouping, ...span }
  return cursor.built(param ? { ...aggregate, param } : aggregate, ...args)
}

function explainBadArgs(cursor: Cursor, op: string, count: number): string | undefined {
  if (count === 0) return 'no arguments for aggregate expression provided'
  const isExperimental = op === 'limitk' || op === 'limit_ratio'
  if (isExperimental && cursor.options.experimentalFunctions !== true) {
    const flag = '--enable-feature=promql-experimental-functions'
    return `${op}() is experimental and must be enabled with ${flag}`
  }
  const wanted = OPS_WITH_PARAM.has(op) ? 2 : 1
  if (count === wanted) return undefined
  const rule = 'wrong number of arguments for aggregate expression provided'
  return `${rule}, expected ${wanted}, got ${count}`
}
