import type { QueryFault, Span } from './ast.ts'
import { describeToken, Lexer, type Token, type TokenKind } from './lex.ts'

/** Unwinds the parser after a syntax fault. The fault is recorded already. */
export class SyntaxStop extends Error {
  override readonly name = 'SyntaxStop'
}

/** Expressions and filters inside each other: parentheses, right operands. Bounds the recursion of all that walks a tree. */
const MAX_NESTING = 200

/** Operators of one chain, which are as deep in the tree. */
const MAX_OPERATORS = 500

/** A grammar's list of what may stand somewhere is told when it is this short (goyacc's rule). */
const MAX_EXPECTED = 4

/** The tokens of a query with one token of look-ahead, and the faults found so far. */
export class Cursor {
  readonly query: string
  readonly #lexer: Lexer
  readonly #faults: QueryFault[] = []
  #ahead: Token | undefined
  #takenEnd = 0
  #nesting = 0
  #operators = 0

  constructor(query: string) {
    this.query = query
    this.#lexer = new Lexer(query)
  }

  get faults(): readonly QueryFault[] {
    return this.#faults
  }

  /** Where the token taken last ends. */
  get takenEnd(): number {
    return this.#takenEnd
  }

  peek(): Token {
    if (this.#ahead) return this.#ahead
    const token = this.#lexer.next()
    if (token.kind === 'error') {
      this.#faults.push({ start: token.start, end: token.end, message: token.text, isSyntax: true })
      throw new SyntaxStop()
    }
    return (this.#ahead = token)
  }

  take(): Token {
    const token = this.peek()
    this.#ahead = undefined
    this.#takenEnd = token.end
    return token
  }

  /** True when the next token is one of these symbols or reserved words. */
  isAt(...words: readonly string[]): boolean {
    const { word } = this.peek()
    return word !== '' && words.includes(word)
  }

  isAtKind(kind: TokenKind): boolean {
    return this.peek().kind === kind
  }

  accept(word: string): Token | undefined {
    return this.isAt(word) ? this.take() : undefined
  }

  /** Takes the next token, which must be this symbol or reserved word; `expected` is what a fault names. */
  expect(word: string, ...expected: readonly string[]): Token {
    return this.accept(word) ?? this.stop(...(expected.length > 0 ? expected : [word]))
  }

  acceptKind(kind: TokenKind): Token | undefined {
    return this.isAtKind(kind) ? this.take() : undefined
  }

  expectKind(kind: TokenKind, ...expected: readonly string[]): Token {
    const names = expected.length > 0 ? expected : [kind.toUpperCase()]
    return this.acceptKind(kind) ?? this.stop(...names)
  }

  addFault(span: Span, message: string, isSyntax = false): void {
    this.#faults.push({ start: span.start, end: span.end, message, isSyntax })
  }

  /** Records that the next token cannot stand here, and unwinds. */
  stop(...expected: readonly string[]): never {
    const token = this.peek()
    const wanted =
      expected.length > 0 && expected.length <= MAX_EXPECTED
        ? `, expecting ${expected.join(' or ')}`
        : ''
    this.addFault(token, `syntax error: unexpected ${describeToken(token)}${wanted}`, true)
    throw new SyntaxStop()
  }

  /** Runs `parse` one level deeper, or unwinds when that is too deep. */
  nested<T>(parse: () => T): T {
    if (this.#nesting >= MAX_NESTING) this.#stopTooDeep(MAX_NESTING, 'levels')
    this.#nesting++
    const result = parse()
    this.#nesting--
    return result
  }

  /** Takes note of one more operator, or unwinds when there are too many. */
  countOperator(): void {
    if (++this.#operators > MAX_OPERATORS) this.#stopTooDeep(MAX_OPERATORS, 'operators')
  }

  #stopTooDeep(limit: number, what: string): never {
    this.addFault(this.peek(), `expression has more than ${limit} ${what}`, true)
    throw new SyntaxStop()
  }
}
