import { unquote } from '../../model/string-literal.ts'
import { MatcherSyntaxError } from './syntax-error.ts'

export type TokenKind =
  | 'end'
  | 'openBrace'
  | 'closeBrace'
  | 'comma'
  | 'equals'
  | 'notEquals'
  | 'matches'
  | 'notMatches'
  | 'quoted'
  | 'unquoted'

/** A token with its columns: code points from 0, the second one after its end. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly start: number
  readonly end: number
}

const SPACE = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/u
const PUNCTUATION: Readonly<Record<string, TokenKind>> = {
  '{': 'openBrace',
  '}': 'closeBrace',
  ',': 'comma',
}
/** What strconv.Unquote takes between double quotes. */
const GO_STRING =
  /^(?:[^\\\n]|\\(?:[abfnrtv\\"]|x[0-9a-fA-F]{2}|[0-3][0-7]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}))*$/u

/** Whether a character ends an unquoted text: white space, and what the grammar and other quoting styles use. */
export function isReserved(char: string): boolean {
  return '{}!=~,\\"\'`'.includes(char) || SPACE.test(char)
}

/** Splits Alertmanager's matchers into tokens (matcher/parse/lexer.go). Each verb throws `MatcherSyntaxError`. */
export class MatcherLexer {
  readonly #chars: readonly string[]
  #at = 0
  #peeked: Token | undefined

  constructor(input: string) {
    this.#chars = Array.from(input)
  }

  /** Where the last token that was taken ended. */
  get column(): number {
    return this.#at
  }

  /** The next token, which stays the next one. */
  peek(): Token {
    if (this.#peeked === undefined) {
      const before = this.#at
      this.#peeked = this.#scan()
      this.#at = before
    }
    return this.#peeked
  }

  /** Takes the next token; at the end of the input it is always `end`. */
  next(): Token {
    const token = this.peek()
    this.#at = token.end
    this.#peeked = undefined
    return token
  }

  #scan(): Token {
    const chars = this.#chars
    let start = this.#at
    while (start < chars.length && SPACE.test(chars[start] as string)) start++
    const char = chars[start]
    if (char === undefined) return { kind: 'end', text: '', start, end: start }
    const kind = PUNCTUATION[char]
    if (kind !== undefined) return this.#token(kind, start, start + 1)
    if (char === '=' || char === '!') return this.#operator(char, start)
    if (char === '"') return this.#quoted(start)
    if (isReserved(char)) throw this.#fault(start, start + 1, 'invalid input')
    let end = start + 1
    while (end < chars.length && !isReserved(chars[end] as string)) end++
    return this.#token('unquoted', start, end)
  }

  #operator(char: string, start: number): Token {
    const second = this.#chars[start + 1]
    if (char === '=') {
      return second === '~'
        ? this.#token('matches', start, start + 2)
        : this.#token('equals', start, start + 1)
    }
    if (second === '=') return this.#token('notEquals', start, start + 2)
    if (second === '~') return this.#token('notMatches', start, start + 2)
    const wanted = "expected one of '=~'"
    if (second !== undefined) throw this.#fault(start, start + 1, wanted)
    throw new MatcherSyntaxError(`${start}:${start + 1}: unexpected end of input, ${wanted}`)
  }

  #quoted(start: number): Token {
    const chars = this.#chars
    let end = start + 1
    while (end < chars.length && chars[end] !== '"') end += chars[end] === '\\' ? 2 : 1
    if (end >= chars.length) throw this.#fault(start, chars.length, 'missing end "')
    return this.#token('quoted', start, end + 1)
  }

  #token(kind: TokenKind, start: number, end: number): Token {
    return { kind, text: this.#chars.slice(start, end).join(''), start, end }
  }

  #fault(start: number, end: number, message: string): MatcherSyntaxError {
    const shown = this.#chars.slice(start, end).join('')
    return new MatcherSyntaxError(`${start}:${end}: ${shown}: ${message}`)
  }
}

/** What a name or value stands for; throws for escapes that Go does not know and bytes that are not UTF-8. */
export function textOf(token: Token): string {
  if (token.kind !== 'quoted') return token.text
  const isUtf8 = (text: string): boolean =>
    !text.includes('\ufffd') || /\ufffd|\\ufffd/i.test(token.text)
  if (GO_STRING.test(token.text.slice(1, -1))) {
    const text = unquote(token.text)
    if (isUtf8(text)) return text
  }
  throw new MatcherSyntaxError(`${token.start}:${token.end}: ${token.text}: invalid input`)
}
