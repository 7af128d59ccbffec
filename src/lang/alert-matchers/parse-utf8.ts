import { matcher, type Matcher, type MatchOp } from '../../model/matcher.ts'
import { RegexError } from '../../model/regex.ts'
import { MatcherLexer, textOf, type Token, type TokenKind } from './lex.ts'
import { MatcherSyntaxError } from './syntax-error.ts'

const OPERATORS: Readonly<Partial<Record<TokenKind, MatchOp>>> = {
  equals: '=',
  notEquals: '!=',
  matches: '=~',
  notMatches: '!~',
}

/**
 * Reads zero or more matchers, with or without braces around them (matcher/parse/parse.go): names and values are any UTF-8,
 * quoted where they hold reserved characters. Throws `MatcherSyntaxError` with columns, worded as the original.
 */
export function readUtf8Matchers(input: string): Matcher[] {
  const lexer = new MatcherLexer(input)
  const matchers: Matcher[] = []
  if (lexer.peek().kind === 'end') return matchers
  const hasOpenBrace = lexer.peek().kind === 'openBrace'
  if (hasOpenBrace) lexer.next()
  if (!endsHere(lexer)) readList(lexer, matchers)
  readCloseBrace(lexer, hasOpenBrace)
  readEnd(lexer)
  return matchers
}

function endsHere(lexer: MatcherLexer, message?: string): boolean {
  const { kind } = message === undefined ? lexer.peek() : withReason(() => lexer.peek(), message)
  return kind === 'end' || kind === 'closeBrace'
}

function readList(lexer: MatcherLexer, matchers: Matcher[]): void {
  for (;;) {
    matchers.push(readMatcher(lexer))
    if (endsHere(lexer, AFTER_MATCHER)) return
    expect(lexer, ['comma'], AFTER_MATCHER)
    if (endsHere(lexer, AFTER_COMMA)) return
    const { kind } = lexer.peek()
    if (kind !== 'quoted' && kind !== 'unquoted') throw unexpected(lexer.peek(), AFTER_COMMA)
  }
}

const AFTER_MATCHER = 'expected a comma or close brace'
const AFTER_COMMA = 'expected a matcher or close brace after comma'

function readMatcher(lexer: MatcherLexer): Matcher {
  const name = textOf(expect(lexer, ['quoted', 'unquoted'], 'expected label name'))
  const operator = expect(
    lexer,
    ['equals', 'notEquals', 'matches', 'notMatches'],
    "expected an operator such as '=', '!=', '=~' or '!~'",
  )
  const value = textOf(expect(lexer, ['quoted', 'unquoted'], 'expected label value'))
  try {
    return matcher(name, OPERATORS[operator.kind] ?? '=', value)
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    throw new MatcherSyntaxError(`failed to create matcher: ${thrown.message}`)
  }
}

function readCloseBrace(lexer: MatcherLexer, hasOpenBrace: boolean): void {
  const token = lexer.peek()
  if (hasOpenBrace && token.kind !== 'closeBrace') {
    const what = token.kind === 'end' ? 'end of input' : place(token)
    throw new MatcherSyntaxError(`0:${lexer.column}: ${what}: expected close brace`)
  }
  if (token.kind !== 'closeBrace') return
  lexer.next()
  if (!hasOpenBrace) throw new MatcherSyntaxError(`0:${token.end}: }: expected opening brace`)
}

function readEnd(lexer: MatcherLexer): void {
  const token = lexer.next()
  if (token.kind === 'end') return
  const message = 'expected end of input'
  throw new MatcherSyntaxError(`${token.start}:${token.end}: ${token.text}: ${message}`)
}

function expect(lexer: MatcherLexer, kinds: readonly TokenKind[], message: string): Token {
  const token = withReason(() => lexer.peek(), message)
  if (!kinds.includes(token.kind)) throw unexpected(token, message)
  return lexer.next()
}

/** A fault of the lexer says, behind itself, what was expected there. */
function withReason(peek: () => Token, message: string): Token {
  try {
    return peek()
  } catch (thrown) {
    if (!(thrown instanceof MatcherSyntaxError)) throw thrown
    throw new MatcherSyntaxError(`${thrown.message}: ${message}`)
  }
}

function unexpected(token: Token, message: string): MatcherSyntaxError {
  return new MatcherSyntaxError(
    token.kind === 'end' ? `end of input: ${message}` : `${place(token)}: ${message}`,
  )
}

function place(token: Token): string {
  return `${token.start}:${token.end}: unexpected ${token.text}`
}
