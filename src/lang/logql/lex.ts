import { parseDurationMs } from '../../model/duration.ts'
import { quoteString } from '../../model/go-notation.ts'
import { unquote } from '../../model/string-literal.ts'
import type { Span } from './ast.ts'
import { parseBytes, parseQueryDurationNs } from './quantity.ts'
import { isFunctionWord, isKeyword, nameOfWord } from './words.ts'

export type TokenKind =
  | 'word'
  | 'symbol'
  | 'identifier'
  | 'string'
  | 'number'
  | 'duration'
  | 'bytes'
  | 'range'
  | 'flag'
  | 'end'
  | 'error'

export interface Token extends Span {
  readonly kind: TokenKind
  /** What the parser compares: the symbol, the flag, or the reserved word in lower case; '' for all others. */
  readonly word: string
  /** A name or number as written, the value of a string, the message of an error. */
  readonly text: string
  /** Of a duration nanoseconds, of a range milliseconds, of a size bytes; 0 for all others. */
  readonly value: number
}

const SYMBOLS = [
  ...['|=', '|~', '|>', '!=', '!~', '!>', '=~', '==', '>=', '<='],
  ...[',', '.', '{', '}', '=', '|', '(', ')', ']', '+', '-', '*', '/', '%', '^', '>', '<'],
] as const

const FLAGS: ReadonlySet<string> = new Set(['--strict', '--keep-empty'])

/** Strings as Go's scanner takes them: escapes are checked, no newline in double quotes. */
const STRING =
  /"(?:[^"\\\n]|\\(?:[abfnrtv\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}))*"|`[^`]*`/y
const LOOSE_STRING = /"(?:[^"\\\n]|\\[^\n])*"/y
const NUMBER =
  /0[xX][0-9a-fA-F]*(?:\.[0-9a-fA-F]*)?(?:[pP][+-]?[0-9]+)?|0[bB][01]+|0[oO][0-7]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y
const NAME = /[\p{L}_][\p{L}\p{Nd}_]*/uy
const BLANK = /(?:[ \t\r\n]+|#[^\n]*|\/\/[^\n]*|\/\*[^]*?\*\/)+/y
const DURATION_TAIL = /[\p{N}nuµmshdwy.]+/uy
const BYTES_TAIL = /[\p{N}BikKMGTP.]+/uy
const AFTER_FUNCTION = /\s*(?:\(|(?:by|without)\s*\()/iy
/** What makes a word a label's name, which Loki refuses: nothing else can be meant. */
const AFTER_LABEL = /\s*=/y
const BROKEN = /\ufffd|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/**
 * Splits a query into tokens, one at a time, by the rules of Loki's lexer (pkg/logql/syntax/lex.go): functions are only such
 * before a parenthesis, numbers with a unit are durations or sizes, a range in brackets is one token. After the end or an error,
 * `next` gives the same token again.
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

  /** Goes past what the pattern fits here; undefined when it does not. */
  #match(pattern: RegExp): string | undefined {
    const text = this.#test(pattern, this.#at)
    if (text !== undefined) this.#at += text.length
    return text
  }

  #test(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at
    return pattern.exec(this.#query)?.[0]
  }

  #emit(kind: TokenKind, start: number, word: string, text = word, value = 0): Token {
    return { kind, word, text, value, start, end: this.#at }
  }

  #fail(start: number, message: string): Token {
    return { kind: 'error', word: '', text: message, value: 0, start, end: this.#query.length }
  }

  #lex(): Token {
    const start = this.#at
    const char = this.#query[start]
    if (char === undefined) return this.#emit('end', start, '')
    if (char === '"' || char === '`') return this.#lexString(start)
    if (char === '[') return this.#lexRange(start)
    if (char === '-') {
      const special = this.#lexFlag(start) ?? this.#lexDuration(start, '-')
      if (special) return special
    }
    const number = this.#match(NUMBER)
    if (number !== undefined) return this.#lexNumber(start, number)
    const name = this.#match(NAME)
    if (name !== undefined) return this.#lexName(start, name)
    const symbol = SYMBOLS.find((each) => this.#query.startsWith(each, start))
    if (symbol === undefined) {
      return this.#fail(
        start,
        `unexpected character ${quoteString(this.#query.slice(start, start + 1))}`,
      )
    }
    this.#at += symbol.length
    return this.#emit('symbol', start, symbol)
  }

  #lexString(start: number): Token {
    const literal = this.#match(STRING)
    if (literal === undefined) {
      const isClosed = this.#test(LOOSE_STRING, start) !== undefined
      return this.#fail(start, isClosed ? 'invalid char escape' : 'literal not terminated')
    }
    if (BROKEN.test(literal)) return this.#fail(start, 'invalid UTF-8 encoding')
    return this.#emit('string', start, '', unquote(literal))
  }

  #lexRange(start: number): Token {
    const close = this.#query.indexOf(']', start)
    if (close < 0) return this.#fail(start, "missing closing ']' in duration")
    const text = this.#query.slice(start + 1, close)
    const rangeMs = parseDurationMs(text)
    if (rangeMs === undefined) return this.#fail(start, explainBadRange(text))
    this.#at = close + 1
    return this.#emit('range', start, '', text, rangeMs)
  }

  #lexFlag(start: number): Token | undefined {
    const flag = /^--[a-z-]*/.exec(this.#query.slice(start, start + 20))?.[0]
    if (flag === undefined || !FLAGS.has(flag)) return undefined
    this.#at = start + flag.length
    return this.#emit('flag', start, flag)
  }

  /** A duration that begins with what was read already. */
  #lexDuration(start: number, head: string): Token | undefined {
    const tail = this.#test(DURATION_TAIL, start + head.length)
    if (tail === undefined) return undefined
    const durationNs = parseQueryDurationNs(head + tail)
    if (durationNs === undefined) return undefined
    this.#at = start + head.length + tail.length
    return this.#emit('duration', start, '', head + tail, durationNs)
  }

  #lexNumber(start: number, text: string): Token {
    const duration = this.#lexDuration(start, text)
    if (duration) return duration
    const tail = this.#test(BYTES_TAIL, this.#at)
    const bytes = tail === undefined ? undefined : parseBytes(text + tail)
    if (tail !== undefined && bytes !== undefined && 'value' in bytes) {
      this.#at += tail.length
      return this.#emit('bytes', start, '', text + tail, bytes.value)
    }
    return this.#emit('number', start, '', text)
  }

  #lexName(start: number, name: string): Token {
    const word = name.toLowerCase()
    const isWord = isFunctionWord(word)
      ? this.#test(AFTER_FUNCTION, this.#at) !== undefined
      : isKeyword(word) && this.#test(AFTER_LABEL, this.#at) === undefined
    return isWord
      ? this.#emit('word', start, word, name)
      : this.#emit('identifier', start, '', name)
  }
}

/** Why the text in brackets is no range (prometheus/common, model.ParseDuration). */
function explainBadRange(text: string): string {
  if (text === '') return 'empty duration string'
  for (const [, unit = ''] of text.matchAll(/[0-9]+([^0-9]*)/g)) {
    if (unit === '') break
    if (!['ms', 's', 'm', 'h', 'd', 'w', 'y'].includes(unit)) {
      return `unknown unit ${quoteString(unit)} in duration ${quoteString(text)}`
    }
  }
  return `not a valid duration string: ${quoteString(text)}`
}

/** What a fault calls a token, in the names of Loki's grammar. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case 'end':
      return '$end'
    case 'word':
      return nameOfWord(token.word)
    case 'symbol':
      return token.word
    case 'flag':
      return 'FUNCTION_FLAG'
    default:
      return token.kind.toUpperCase()
  }
}
