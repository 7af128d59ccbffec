import type { DurationNode, Expr, QueryFault, Span } from './ast.ts'
import { describeToken } from './describe-token.ts'
import { Lexer, type Token } from './lex.ts'
import { MAX_DEPTH, MAX_FAULTS, MAX_NESTING, type ParseOptions } from './parse-options.ts'

/** Unwinds the parser after a fault that it cannot go on from. The fault is recorded already. */
export class SyntaxStop extends Error {
  override readonly name = 'SyntaxStop'
}

/** Where a message says that an unexpected token stands, and what it says should be there. */
interface Context {
  readonly place: string
  readonly expected: string
}

/**
 * The tokens of a query with one token of look-ahead, and the faults found so far. A token is read only when it is asked for:
 * a fault of the meaning of what was read is recorded before a fault of the token after it, as in Prometheus.
 */
export class Cursor {
  readonly query: string
  readonly options: ParseOptions
  readonly #lexer: Lexer
  readonly #faults: QueryFault[] = []
  readonly #contexts: Context[] = []
  readonly #heights = new WeakMap<Expr | DurationNode, number>()
  #ahead: Token | undefined
  #takenEnd = 0
  #nesting = 0

  constructor(query: string, options: ParseOptions) {
    this.query = query
    this.options = options
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
    if (token.kind === 'error') this.addFault(token, token.text)
    return (this.#ahead = token)
  }

  /** Takes the next token. The end and an error are never gone past. */
  take(): Token {
    const token = this.peek()
    if (!this.isAtEnd()) this.#ahead = undefined
    this.#takenEnd = token.end
    return token
  }

  /** True when the next token is one of these symbols or reserved words. */
  isAt(...words: readonly string[]): boolean {
    const { word } = this.peek()
    return word !== '' && words.includes(word)
  }

  isAtEnd(): boolean {
    const { kind } = this.peek()
    return kind === 'end' || kind === 'error'
  }

  /** Takes the next token when it is this symbol or reserved word. */
  accept(word: string): Token | undefined {
    return this.isAt(word) ? this.take() : undefined
  }

  /** Takes the next token, which must be this symbol or reserved word. */
  expect(word: string): Token {
    return this.accept(word) ?? this.stop()
  }

  addFault(span: Span, message: string): void {
    if (this.#faults.length >= MAX_FAULTS) return
    this.#faults.push({ start: span.start, end: span.end, message })
  }

  /** Records that the next token cannot stand here. A broken token has its fault already. */
  addUnexpected(place = '', expected = ''): void {
    const token = this.peek()
    if (token.kind === 'error') return
    const where = place === '' ? '' : ` in ${place}`
    const wanted = expected === '' ? '' : `, expected ${expected}`
    this.addFault(token, `unexpected ${describeToken(token)}${where}${wanted}`)
  }

  /** Records that the next token cannot stand here, in the words of the innermost context, and unwinds. */
  stop(): never {
    const context = this.#contexts.at(-1)
    this.addUnexpected(context?.place, context?.expected)
    throw new SyntaxStop()
  }

  /** Runs `parse`; where it stops, the message names this place. */
  within<T>(place: string, expected: string, parse: () => T): T {
    this.#contexts.push({ place, expected })
    const result = parse()
    this.#contexts.pop()
    return result
  }

  /** Runs `parse` one level deeper, or unwinds when that is too deep. */
  nested<T>(parse: () => T): T {
    if (this.#nesting >= MAX_NESTING) this.#stopTooDeep(this.peek(), MAX_NESTING)
    this.#nesting++
    const result = parse()
    this.#nesting--
    return result
  }

  /** Takes note of a new node, which must pass through here with the nodes under it; unwinds when the tree is too deep. */
  built<T extends Expr | DurationNode>(node: T, ...children: readonly (Expr | DurationNode)[]): T {
    let height = 0
    for (const child of children) height = Math.max(height, this.#heights.get(child) ?? 0)
    if (height >= MAX_DEPTH) this.#stopTooDeep(node, MAX_DEPTH)
    this.#heights.set(node, height + 1)
    return node
  }

  #stopTooDeep(span: Span, limit: number): never {
    this.addFault(span, `expression is nested deeper than ${limit} levels`)
    throw new SyntaxStop()
  }

  /** After unwinding: reads on to the end, so that a broken token further on is reported too. */
  drain(): void {
    while (!this.isAtEnd()) this.take()
  }
}
