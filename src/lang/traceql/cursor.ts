import type { QueryFault, Span } from './ast.ts'
import { describeToken, Lexer, type Token, type TokenKind } from './lex.ts'

/** Unwinds the parser after a syntax fault. The fault is recorded already. */
export class SyntaxStop extends Error {
  override readonly name = 'SyntaxStop'
}

/** Expressions inside each other: bounds the recursion of all that walks a tree. */
const MAX_NESTING = 200

/** Operators of one query, which may be as deep in the tree. */
const MAX_OPERATORS = 500

/** A grammar's list of what may stand somewhere is told when it is this short (goyacc's rule). */
const MAX_EXPECTED = 4

/** The tokens of a query with one token of look-ahead, and the faults found so far. */
export class Cursor {
  readonly #lexer: Lexer
  readonly #faults: QueryFault[] = []
  #ahead: Token | undefined
  #takenEnd = 0
  #nesting = 0
  #operators = 0

  constructor(query: string) {
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
    if (token.kind === 'error') this.fail(token, token.text)
    return (this.#ahead = token)
  }

  take(): Token {
    const token = this.peek()
    this.#ahead = undefined
    this.#takenEnd = token.end
    return token
  }

  /** True when the next token is this symbol or word. */
  isAt(text: string): boolean {
    const token = this.peek()
    return token.text === text && (token.kind === 'symbol' || token.kind === 'word')
  }

  accept(text: string): Token | undefined {
    return this.isAt(text) ? this.take() : undefined
  }

  /** Takes the next token, which must be this symbol or word. */
  expect(text: string): Token {
    return this.accept(text) ?? this.stop(text)
  }

  acceptKind(kind: TokenKind): Token | undefined {
    return this.peek().kind === kind ? this.take() : undefined
  }

  expectKind(kind: TokenKind): Token {
    return this.acceptKind(kind) ?? this.stop(kind === 'int' ? 'INTEGER' : kind.toUpperCase())
  }

  /** Records that the next token cannot stand here, and unwinds. */
  stop(...expected: readonly string[]): never {
    const token = this.peek()
    const wanted =
      expected.length > 0 && expected.length <= MAX_EXPECTED
        ? `, expecting ${expected.join(' or ')}`
        : ''
    this.fail(token, `syntax error: unexpected ${describeToken(token)}${wanted}`)
  }

  /** Records a syntax fault, and unwinds. */
  fail(at: Span, message: string): never {
    this.#faults.push({ start: at.start, end: at.end, message, isSyntax: true })
    throw new SyntaxStop()
  }

  /** Runs `parse` one level deeper, or unwinds when that is too deep. */
  nested<T>(parse: () => T): T {
    if (this.#nesting >= MAX_NESTING)
      this.fail(this.peek(), `expression has more than ${MAX_NESTING} levels`)
    this.#nesting++
    const result = parse()
    this.#nesting--
    return result
  }

  /** Takes note of one more operator, or unwinds when there are too many. */
  countOperator(): void {
    if (++this.#operators > MAX_OPERATORS)
      this.fail(this.peek(), `expression has more than ${MAX_OPERATORS} operators`)
  }
}
