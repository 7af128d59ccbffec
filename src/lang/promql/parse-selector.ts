import type { MatchOp } from '../../model/matcher.ts'
import { checkAnchored, RegexError } from '../../model/regex.ts'
import type { MatcherNode, VectorSelector } from './ast.ts'
import { SyntaxStop, type Cursor } from './cursor.ts'
import type { Token } from './lex.ts'
import { quoteString } from '../../model/go-notation.ts'
import { unquote } from '../../model/string-literal.ts'
import { NEVER_LABEL_NAMES, NEVER_METRIC_NAMES } from './words.ts'

const MATCH_OPS: readonly string[] = ['=', '!=', '=~', '!~'] satisfies MatchOp[]

function isMatchOp(word: string): word is MatchOp {
  return MATCH_OPS.includes(word)
}

/** True for a token that can be a metric name; many reserved words can. */
export function isMetricName(token: Token): boolean {
  if (token.kind === 'identifier' || token.kind === 'metric') return true
  return /^[a-z]/.test(token.word) && !NEVER_METRIC_NAMES.has(token.word)
}

/** A selector whose next token is `{`, or that goes on after its metric name, which is taken. */
export function parseSelector(cursor: Cursor, name: Token | undefined): VectorSelector {
  const first = name ?? cursor.peek()
  const braces = cursor.isAt('{') ? parseBraces(cursor) : undefined
  const matchers = braces?.matchers ?? []
  const span = { start: first.start, end: braces?.end ?? first.end }
  if (name) {
    const { text, start, end } = name
    matchers.push({ name: '__name__', op: '=', value: text, start, end })
    return { kind: 'vector', name: text, matchers, offsetMs: 0, ...span }
  }
  const quoted = braces?.name
  const named = quoted === undefined ? {} : { name: quoted, nameInBraces: true }
  return { kind: 'vector', ...named, matchers, offsetMs: 0, ...span }
}

interface Braces {
  readonly matchers: MatcherNode[]
  /** The first metric name quoted inside. */
  readonly name?: string
  readonly end: number
}

function parseBraces(cursor: Cursor): Braces {
  cursor.expect('{')
  const matchers: MatcherNode[] = []
  let name: string | undefined
  let close = cursor.accept('}')
  while (!close) {
    const found = parseMatcher(cursor)
    if (found?.isName === true) name ??= found.matcher.value
    if (found) matchers.push(found.matcher)
    close = endOfItem(cursor, found !== undefined, 'label matching', '}')
  }
  return { matchers, ...(name !== undefined && { name }), end: close.end }
}

/**
 * After one item of a list: takes the comma and, also after a comma, the closing token, which it returns. Something else is
 * a fault (unless the item was one already) and is passed over.
 */
function endOfItem(
  cursor: Cursor,
  isSound: boolean,
  place: string,
  closing: string,
): Token | undefined {
  if (isSound && !cursor.isAt(',', closing)) cursor.addUnexpected(place, `"," or "${closing}"`)
  while (!cursor.isAt(',', closing)) {
    if (cursor.isAtEnd()) throw new SyntaxStop()
    cursor.take()
  }
  cursor.accept(',')
  return cursor.accept(closing)
}

interface FoundMatcher {
  readonly matcher: MatcherNode
  /** A string alone: the metric name. */
  readonly isName: boolean
}

/** One matcher, or undefined and a fault; the token at fault is not taken. */
function parseMatcher(cursor: Cursor): FoundMatcher | undefined {
  const first = cursor.peek()
  const isString = first.kind === 'string'
  if (!isString && first.kind !== 'identifier') {
    cursor.addUnexpected('label matching', 'identifier or "}"')
    return undefined
  }
  cursor.take()
  const { start } = first
  const text = isString ? unquote(first.text) : first.text
  const { word } = cursor.peek()
  if (!isMatchOp(word)) {
    if (isString) {
      const matcher = { name: '__name__', op: '=', value: text, start, end: first.end } as const
      return { matcher, isName: true }
    }
    cursor.addUnexpected('label matching', 'label matching operator')
    return undefined
  }
  cursor.take()
  const last = cursor.peek()
  if (last.kind !== 'string') {
    cursor.addUnexpected('label matching', 'string')
    return undefined
  }
  cursor.take()
  const matcher = { name: text, op: word, value: unquote(last.text), start, end: last.end }
  checkPattern(cursor, matcher)
  return { matcher, isName: false }
}

function checkPattern(cursor: Cursor, matcher: MatcherNode): void {
  if (matcher.op === '=' || matcher.op === '!=') return
  try {
    checkAnchored(matcher.value)
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    cursor.addFault(matcher, thrown.message)
  }
}

/** The labels in parentheses of `by`, `without`, `on`, `ignoring`, `group_left` and `group_right`. */
export function parseLabelList(cursor: Cursor): string[] {
  if (!cursor.accept('(')) {
    cursor.addUnexpected('grouping opts', '"("')
    throw new SyntaxStop()
  }
  const labels: string[] = []
  let close = cursor.accept(')')
  while (!close) {
    const label = parseLabel(cursor)
    if (label !== undefined) labels.push(label)
    close = endOfItem(cursor, label !== undefined, 'grouping opts', ')')
  }
  return labels
}

function parseLabel(cursor: Cursor): string | undefined {
  const token = cursor.peek()
  const isWord = /^[a-z]/.test(token.word) && !NEVER_LABEL_NAMES.has(token.word)
  if (
    token.kind !== 'string' &&
    token.kind !== 'identifier' &&
    token.kind !== 'metric' &&
    !isWord
  ) {
    cursor.addUnexpected('grouping opts', 'label')
    return undefined
  }
  cursor.take()
  const label = token.kind === 'string' ? unquote(token.text) : token.text
  if (label === '') {
    cursor.addFault(token, `invalid label name for grouping: ${quoteString(label)}`)
  }
  return label
}
