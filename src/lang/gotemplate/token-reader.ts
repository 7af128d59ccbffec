import type { FunctionTable } from './function.ts'
import type { ListNode } from './ast.ts'
import { BUILTINS } from './builtins.ts'
import type { Token, TokenKind } from './lex.ts'
import { Lexer, describeToken } from './lex.ts'
import type { TemplateLimits } from './limits.ts'
import { TemplateError } from './template-error.ts'

/** What texts begin with, parsed once for all of them: actions that are closed, and no definitions. */
export interface Preamble {
  readonly source: string
  readonly root: ListNode
  /** The variables that may be used behind it, with their `$`. */
  readonly variables: readonly string[]
  readonly endLine: number
}

const NO_PREAMBLE: Omit<Preamble, 'root'> = { source: '', variables: ['$'], endLine: 1 }

/** The tokens of a text with look-ahead, and what the parser knows at that point: variables, functions, depth. */
export class TokenReader {
  readonly name: string
  readonly source: string
  /** The variables that may be used here, with their `$`. */
  variables: string[]
  /** Line of the action being read, for the faults of actions that go over lines; 0 outside of one. */
  actionLine = 0
  readonly #functions: FunctionTable
  readonly #limits: TemplateLimits
  readonly #lexer: Lexer
  /** Tokens given back, the next one last. */
  readonly #pending: Token[] = []
  #line = 1
  #depth = 0

  /** The tokens of `source` behind the preamble that it begins with. */
  constructor(
    name: string,
    source: string,
    functions: FunctionTable,
    limits: TemplateLimits,
    preamble: Omit<Preamble, 'root'> = NO_PREAMBLE,
  ) {
    this.name = name
    this.source = source
    this.variables = [...preamble.variables]
    this.#functions = functions
    this.#limits = limits
    this.#lexer = new Lexer(source, preamble.source.length, preamble.endLine)
  }

  next(): Token {
    const token = this.#pending.pop() ?? this.#lexer.next()
    this.#line = token.line
    return token
  }

  peek(): Token {
    const token = this.next()
    this.#pending.push(token)
    return token
  }

  nextNonSpace(): Token {
    let token = this.next()
    while (token.kind === 'space') token = this.next()
    return token
  }

  peekNonSpace(): Token {
    const token = this.nextNonSpace()
    this.#pending.push(token)
    return token
  }

  /** Gives tokens back, in the order in which they were read. */
  back(...tokens: readonly Token[]): void {
    for (const token of tokens.toReversed()) this.#pending.push(token)
  }

  expect(kind: TokenKind, context: string): Token {
    const token = this.nextNonSpace()
    if (token.kind !== kind) throw this.unexpected(token, context)
    return token
  }

  hasFunction(name: string): boolean {
    return this.#functions.has(name) || BUILTINS.has(name)
  }

  /** Goes one block or parenthesis deeper; refuses to go deeper than the limit. */
  enter(): void {
    this.#depth++
    const { maxNesting } = this.#limits
    if (this.#depth > maxNesting) {
      throw this.fault(`nested deeper than ${maxNesting} blocks and parentheses`, 'limit')
    }
  }

  leave(): void {
    this.#depth--
  }

  /** `template: NAME:LINE: …` at the token that was read last. */
  fault(message: string, stage: 'parse' | 'limit' = 'parse'): TemplateError {
    const line = this.#line
    return new TemplateError(stage, `template: ${this.name}:${line}: ${message}`, line)
  }

  unexpected(token: Token, context: string): TemplateError {
    if (token.kind !== 'error') {
      return this.fault(`unexpected ${describeToken(token)} in ${context}`)
    }
    if (this.actionLine === 0 || this.actionLine === token.line) return this.fault(token.text)
    const started = `started at ${this.name}:${this.actionLine}`
    const joint = token.text.endsWith(' action') ? ' ' : ' in action '
    return this.fault(`${token.text}${joint}${started}`)
  }
}
