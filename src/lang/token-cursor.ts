import type { SyntaxFault, TokenPlace } from './syntax-fault.ts'

/** Unwinds the parser after a syntax fault. The fault is recorded already. */
export class SyntaxStop extends Error {
  override readonly name = 'SyntaxStop'
}

export interface CursorToken<Kind extends string> extends TokenPlace {
  readonly kind: Kind | 'error'
  /** Of a token that is an error, its message. */
  readonly text: string
}

/** Expressions and filters inside each other: parentheses, right operands. Bounds the recursion of all that walks a tree. */
const MAX_NESTING = 200

/** Operators of one query, which may be as deep in the tree. */
const MAX_OPERATORS = 500

/** A grammar's list of what may stand somewhere is told when it is this short (goyacc's rule). */
const MAX_EXPECTED = 4

/** The tokens of a query of Loki or Tempo with one token of look-ahead, and the faults found so far, in the words of goyacc. */
export abstract class TokenCursor<Kind extends string, T extends CursorToken<Kind>> {
  readonly #next: () => T
  readonly #faults: SyntaxFault[] = []
  #ahead: T | undefined
  #takenEnd = 0
  #nesting = 0
  #operators = 0

  protected constructor(lexer: { next(): T }) {
    this.#next = () => lexer.next()
  }

  /** As a message names it. */
  protected abstract describe(token: T): string

  /** As a message names what is missing. */
  protected abstract nameOf(kind: Kind): string

  /** True when the next token is one of these symbols or words. */
  abstract isAt(...words: readonly string[]): boolean

  get faults(): readonly SyntaxFault[] {
    return this.#faults
  }

  /** Where the token taken last ends. */
  get takenEnd(): number {
    return this.#takenEnd
  }

  peek(): T {
    if (this.#ahead) return this.#ahead
    const token = this.#next()
    if (token.kind === 'error') this.fail(token, token.text)
    return (this.#ahead = token)
  }

  take(): T {
    const token = this.peek()
    this.#ahead = undefined
    this.#takenEnd = token.end
    return token
  }

  isAtKind(kind: Kind): boolean {
    return this.peek().kind === kind
  }

  accept(word: string): T | undefined {
    return this.isAt(word) ? this.take() : undefined
  }

  /** Takes the next token, which must be this symbol or word; `expected` is what a fault names. */
  expect(word: string, ...expected: readonly string[]): T {
    return this.accept(word) ?? this.stop(...(expected.length > 0 ? expected : [word]))
  }

  acceptKind(kind: Kind): T | undefined {
    return this.isAtKind(kind) ? this.take() : undefined
  }

  expectKind(kind: Kind, ...expected: readonly string[]): T {
    const names = expected.length > 0 ? expected : [this.nameOf(kind)]
    return this.acceptKind(kind) ?? this.stop(...names)
  }

  addFault({ start, end }: TokenPlace, message: string, isSyntax = false): void {
    this.#faults.push({ start, end, message, isSyntax })
  }

  /** Records a syntax fault, and unwinds. */
  fail(at: TokenPlace, message: string): never {
    this.addFault(at, message, true)
    throw new SyntaxStop()
  }

  /** Records that the next token cannot stand here, and unwinds. */
  stop(...expected: readonly string[]): never {
    const token = this.peek()
    const isTold = expected.length > 0 && expected.length <= MAX_EXPECTED
    const wanted = isTold ? `, expecting ${expected.join(' or ')}` : ''
    this.fail(token, `syntax error: unexpected ${this.describe(token)}${wanted}`)
  }

  /** Runs `parse` one level deeper, or unwinds when that is too deep. */
  nested<Result>(parse: () => Result): Result {
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
