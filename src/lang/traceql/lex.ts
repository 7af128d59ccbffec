import { quoteString } from '../../model/go-notation.ts'
import { unquote } from '../../model/string-literal.ts'
import { parseQueryDurationNs } from '../logql/quantity.ts'
import type { AttributeScope, Span } from './ast.ts'

export type TokenKind =
  | 'word'
  | 'symbol'
  /** `span:`, `trace:` and so on, before the name of an intrinsic. */
  | 'scope'
  | 'attribute'
  | 'string'
  | 'int'
  | 'float'
  | 'duration'
  | 'end'
  | 'error'

export interface Token extends Span {
  readonly kind: TokenKind
  /** A symbol, a word or number as written, the value of a string, the name of an attribute, the message of an error. */
  readonly text: string
  /** Of a duration, nanoseconds. */
  readonly durationNs: bigint
  /** Of an attribute. */
  readonly scope: AttributeScope
  readonly isParent: boolean
}

const SYMBOLS = [
  ...['!>>', '!<<', '&>>', '&<<'],
  ...['!=', '=~', '!~', '>=', '<=', '&&', '||', '>>', '<<', '!>', '!<', '&~', '&>', '&<'],
  ...[',', '{', '}', '(', ')', '=', '>', '<', '+', '-', '/', '%', '*', '^', '!', '|', '~'],
] as const

const BLANK = /(?:\s+|\/\/[^\n]*|\/\*[^]*?\*\/)+/y
/** Strings as Go's scanner takes them: escapes are checked, no newline in double quotes. */
const STRING =
  /"(?:[^"\\\n]|\\(?:[abfnrtv\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}))*"|`[^`]*`/y
const LOOSE_STRING = /"(?:[^"\\\n]|\\[^\n])*"/y
const NUMBER = /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y
const DURATION_TAIL = /[\p{N}nsuµmhdwy.]+/uy
const WORD = /[\p{L}_][\p{L}\p{Nd}_]*/uy
const INTRINSIC_SCOPE = /(?:trace|span|event|link|instrumentation):/y
const ATTRIBUTE_HEAD =
  /(parent\.)?(?:(span|resource)\.|(?<!parent\.)(event|link|instrumentation)\.)?/y
/** What an unquoted part of an attribute's name may hold; quoted parts may hold everything. */
const ATTRIBUTE_PART = /[^\s{}()=~!<>&|^,"]+|"(?:[^"\\]|\\[\\"])*"/y
const MAX_INT = 2n ** 63n - 1n

/**
 * Splits a query into tokens, one at a time, by the rules of Tempo's lexer (pkg/traceql/lexer.go): an attribute is one token with its
 * scope and runs up to a blank, a bracket or an operator of comparison, so that `.a-b` is one name. After the end or an error, `next`
 * gives the same token again.
 */
export class Lexer {
  readonly #query: string
  #at = 0
  #last: Token | undefined

  constructor(query: string) {
    this.#query = query
  }

  next(): Token {
    if (this.#last) return this.#last
    this.#match(BLANK)
    const token = this.#lex()
    if (token.kind === 'end' || token.kind === 'error') this.#last = token
    return token
  }

  #test(pattern: RegExp, at = this.#at): string | undefined {
    pattern.lastIndex = at
    return pattern.exec(this.#query)?.[0]
  }

  /** Goes past what the pattern fits here; undefined when it does not. */
  #match(pattern: RegExp): string | undefined {
    const text = this.#test(pattern)
    if (text !== undefined) this.#at += text.length
    return text
  }

  #emit(kind: TokenKind, start: number, text: string, extra: Partial<Token> = {}): Token {
    const none = { durationNs: 0n, scope: 'any', isParent: false } as const
    return { ...none, ...extra, kind, text, start, end: this.#at }
  }

  #fail(start: number, message: string): Token {
    return { ...this.#emit('error', start, message), end: this.#query.length }
  }

  #lex(): Token {
    const start = this.#at
    const char = this.#query[start]
    if (char === undefined) return this.#emit('end', start, '')
    if (char === '"' || char === '`') return this.#lexString(start)
    const number = this.#match(NUMBER)
    if (number !== undefined) return this.#lexNumber(start, number)
    const attribute = this.#lexAttribute(start)
    if (attribute) return attribute
    const scope = this.#match(INTRINSIC_SCOPE)
    if (scope !== undefined) return this.#emit('scope', start, scope)
    const word = this.#match(WORD)
    if (word !== undefined) return this.#emit('word', start, word)
    const symbol = SYMBOLS.find((each) => this.#query.startsWith(each, start))
    if (symbol === undefined) {
      const shown = String.fromCodePoint(this.#query.codePointAt(start) ?? 0)
      return this.#fail(start, `unexpected character ${quoteString(shown)}`)
    }
    this.#at += symbol.length
    return this.#emit('symbol', start, symbol)
  }

  #lexString(start: number): Token {
    const literal = this.#match(STRING)
    if (literal !== undefined) return this.#emit('string', start, unquote(literal))
    const isClosed = this.#test(LOOSE_STRING) !== undefined
    return this.#fail(start, isClosed ? 'invalid char escape' : 'literal not terminated')
  }

  #lexNumber(start: number, text: string): Token {
    const tail = this.#test(DURATION_TAIL)
    const durationNs = tail === undefined ? undefined : parseQueryDurationNs(text + tail)
    if (tail !== undefined && durationNs !== undefined) {
      this.#at += tail.length
      const rounded = BigInt(Math.round(durationNs))
      return this.#emit('duration', start, text + tail, { durationNs: rounded })
    }
    if (/[.eE]/.test(text)) return this.#emit('float', start, text)
    if (BigInt(text) > MAX_INT) {
      return this.#fail(start, `strconv.Atoi: parsing ${quoteString(text)}: value out of range`)
    }
    return this.#emit('int', start, text)
  }

  /** `.name`, `span.name`, `parent.resource.name`; undefined when none of them begins here. */
  #lexAttribute(start: number): Token | undefined {
    ATTRIBUTE_HEAD.lastIndex = start
    const [head = '', parent, spanOrResource, other] = ATTRIBUTE_HEAD.exec(this.#query) ?? []
    if (head === '' && this.#query[start] !== '.') return undefined
    this.#at = start + (head === '' ? 1 : head.length)
    let name = ''
    for (let part = this.#match(ATTRIBUTE_PART); part !== undefined;) {
      name += part.startsWith('"') ? part.slice(1, -1).replaceAll(/\\([\\"])/g, '$1') : part
      part = this.#match(ATTRIBUTE_PART)
    }
    if (this.#query[this.#at] === '"') {
      const isClosed = this.#test(LOOSE_STRING) !== undefined
      return this.#fail(start, isClosed ? 'invalid escape sequence' : 'unexpected EOF, expecting "')
    }
    if (name === '')
      return this.#fail(this.#at, 'syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER')
    const scope = scopeOf(spanOrResource ?? other)
    return this.#emit('attribute', start, name, { scope, isParent: parent !== undefined })
  }
}

function scopeOf(text: string | undefined): AttributeScope {
  switch (text) {
    case 'span':
    case 'resource':
    case 'event':
    case 'link':
    case 'instrumentation':
      return text
    default:
      return 'any'
  }
}

/** What a fault calls a token, in the names of Tempo's grammar. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case 'end':
      return '$end'
    case 'string':
      return 'STRING'
    case 'int':
      return 'INTEGER'
    case 'float':
      return 'FLOAT'
    case 'duration':
      return 'DURATION'
    case 'attribute':
      return token.scope === 'any' ? '.' : `${token.scope}.`
    default:
      return token.text
  }
}
