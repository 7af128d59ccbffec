import type { Span } from './ast.ts'
import { describeCodePoint, quoteChar, quoteString } from '../../model/go-notation.ts'
import { DURATION_WORDS, WORDS, type WordKind } from './words.ts'

export type TokenKind =
  | WordKind
  | 'identifier'
  | 'metric'
  | 'duration'
  | 'string'
  | 'punctuation'
  | 'end'
  | 'error'

export interface Token extends Span {
  readonly kind: TokenKind
  /** What the parser compares: the symbol, or the reserved word in lower case; '' for names, literals, errors and the end. */
  readonly word: string
  /** The source text; of an error, its message. */
  readonly text: string
}

const SYMBOLS: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '^', '@'])
const SPACES = ' \t\n\r'
const DIGITS = '0123456789'
const HEX_DIGITS = '0123456789abcdefABCDEF'

/** Bounds of a numeric escape: how many digits, their base, the largest value. */
const NUMERIC_ESCAPES: Readonly<Record<string, readonly [number, number, number]>> = {
  x: [2, 16, 255],
  u: [4, 16, 0x10ffff],
  U: [8, 16, 0x10ffff],
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9' && char.length === 1
}

function isAlpha(char: string): boolean {
  return (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z') || char === '_'
}

function isAlphaNumeric(char: string): boolean {
  return isAlpha(char) || isDigit(char)
}

/**
 * Splits a query into tokens, one at a time, with the states and messages of Prometheus's lexer (promql/parser/lex.go): what
 * a character means depends on whether a brace or a bracket is open. After the end or an error, `next` gives the same token
 * again. The span of an error goes from where its token starts to the end of the query.
 */
export class Lexer {
  readonly #query: string
  #at = 0
  #start = 0
  #openParens = 0
  #inBraces = false
  #inBrackets = false
  /** Directly after `[`, until the first number: only a duration expression may stand here. */
  #wantsDuration = false
  #sawDuration = false
  #sawColon = false
  #last: Token | undefined

  constructor(query: string) {
    this.#query = query
  }

  next(): Token {
    if (this.#last) return this.#last
    this.#skipBlank()
    const token = this.#wantsDuration
      ? this.#lexDuration()
      : this.#inBraces
        ? this.#lexInBraces()
        : this.#lexStatement()
    if (token.kind === 'end' || token.kind === 'error') this.#last = token
    return token
  }

  /** The code point at the position, '' at the end. */
  #peek(): string {
    const code = this.#query.codePointAt(this.#at)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  #take(): string {
    const char = this.#peek()
    this.#at += char.length
    return char
  }

  #accept(chars: string): boolean {
    const char = this.#query[this.#at]
    if (char === undefined || !chars.includes(char)) return false
    this.#at++
    return true
  }

  #skipBlank(): void {
    for (;;) {
      if (this.#accept(SPACES)) continue
      if (this.#query[this.#at] !== '#' || this.#wantsDuration) break
      while (this.#at < this.#query.length && !this.#isAt('\r\n')) this.#at++
    }
    this.#start = this.#at
  }

  #isAt(chars: string): boolean {
    const char = this.#query[this.#at]
    return char !== undefined && chars.includes(char)
  }

  #emit(kind: TokenKind, word = ''): Token {
    const start = this.#start
    this.#start = this.#at
    return { kind, word, text: this.#query.slice(start, this.#at), start, end: this.#at }
  }

  #symbol(kind: 'operator' | 'punctuation'): Token {
    return this.#emit(kind, this.#query.slice(this.#start, this.#at))
  }

  #fail(message: string): Token {
    return { kind: 'error', word: '', text: message, start: this.#start, end: this.#query.length }
  }

  #lexEnd(): Token {
    if (this.#openParens !== 0) return this.#fail('unclosed left parenthesis')
    if (this.#inBrackets) return this.#fail('unclosed left bracket')
    return this.#emit('end')
  }

  #lexStatement(): Token {
    const char = this.#take()
    if (char === '') return this.#lexEnd()
    if (SYMBOLS.has(char)) return this.#symbol('operator')
    if (isDigit(char) || (char === '.' && isDigit(this.#peek()))) return this.#lexNumberOrDuration()
    if (isAlpha(char) || char === ':') return this.#lexWord(char)
    switch (char) {
      case ',':
        return this.#symbol('punctuation')
      case '=':
      case '!':
      case '<':
      case '>':
        return this.#lexComparison(char)
      case '"':
      case "'":
        return this.#lexString(char)
      case '`':
        return this.#lexRawString()
      case '(':
      case ')':
        return this.#lexParen(char)
      case '{':
        this.#inBraces = true
        return this.#symbol('punctuation')
      case '[':
      case ']':
        return this.#lexBracket(char)
      default:
        return this.#fail(`unexpected character: ${quoteChar(char)}`)
    }
  }

  #lexComparison(char: string): Token {
    if (char === '!') {
      const second = this.#take()
      if (second === '=') return this.#symbol('operator')
      return this.#fail(`unexpected character after '!': ${this.#quoteOrEnd(second)}`)
    }
    if (char === '=') {
      if (this.#peek() === '~') return this.#fail("unexpected character after '=': '~'")
      return this.#accept('=') ? this.#symbol('operator') : this.#symbol('punctuation')
    }
    if (!this.#accept('=')) this.#accept('/')
    return this.#symbol('operator')
  }

  /** Go's scanner has -1 for the end, which `%q` writes as the replacement character. */
  #quoteOrEnd(char: string): string {
    return quoteChar(char === '' ? '\ufffd' : char)
  }

  #lexParen(char: '(' | ')'): Token {
    this.#openParens += char === '(' ? 1 : -1
    if (this.#openParens >= 0) return this.#symbol('punctuation')
    this.#start = this.#at
    return this.#fail("unexpected right parenthesis ')'")
  }

  #lexBracket(char: '[' | ']'): Token {
    if (char === ']') {
      if (!this.#inBrackets) return this.#fail("unexpected right bracket ']'")
      this.#inBrackets = false
      return this.#symbol('punctuation')
    }
    if (this.#inBrackets) return this.#fail("unexpected left bracket '['")
    this.#inBrackets = true
    this.#wantsDuration = true
    this.#sawColon = false
    return this.#symbol('punctuation')
  }

  #lexWord(first: string): Token {
    if (this.#inBrackets) return this.#lexWordInBrackets(first)
    while (isAlphaNumeric(this.#peek()) || this.#peek() === ':') this.#at++
    const text = this.#query.slice(this.#start, this.#at)
    const word = text.toLowerCase()
    const kind = WORDS.get(word)
    if (kind === undefined) return this.#emit(text.includes(':') ? 'metric' : 'identifier')
    if (kind === 'number') return this.#emit('number')
    // `fill` came late to the language: without a parenthesis after it, it stays a name.
    if (word.startsWith('fill') && !this.#isFollowedByParen()) return this.#emit('identifier')
    return this.#emit(kind, word)
  }

  #isFollowedByParen(): boolean {
    let at = this.#at
    while (SPACES.includes(this.#query[at] ?? '(')) at++
    return this.#query[at] === '('
  }

  #lexWordInBrackets(first: string): Token {
    if (first === ':') {
      if (this.#sawColon) return this.#fail("unexpected colon ':'")
      this.#sawColon = true
      return this.#symbol('punctuation')
    }
    return (
      this.#lexDurationWord() ??
      this.#fail(`unexpected character: ${quoteChar(first)}, expected ':'`)
    )
  }

  /** One of the words of duration expressions, whose first letter is taken; undefined when it is another one. */
  #lexDurationWord(): Token | undefined {
    while (isAlpha(this.#peek())) this.#at++
    const word = this.#query.slice(this.#start, this.#at).toLowerCase()
    return DURATION_WORDS.has(word) ? this.#emit('preprocessor', word) : undefined
  }

  #lexDuration(): Token {
    const char = this.#take()
    if (char === '') return this.#fail('unexpected end of input in duration expression')
    if (isDigit(char) || (char === '.' && isDigit(this.#peek()))) {
      this.#sawDuration = true
      this.#wantsDuration = false
      return this.#lexNumberOrDuration()
    }
    if (SYMBOLS.has(char) && char !== '@') return this.#symbol('operator')
    switch (char) {
      case ']':
        this.#wantsDuration = false
        this.#inBrackets = false
        return this.#symbol('punctuation')
      case ':':
        return this.#lexColonInDuration()
      case '(':
      case ')':
        return this.#lexParen(char)
      case ',':
        return this.#symbol('punctuation')
    }
    const word = /[smr]/i.test(char) ? this.#lexDurationWord() : undefined
    return word ?? this.#fail(`unexpected character in duration expression: ${quoteChar(char)}`)
  }

  #lexColonInDuration(): Token {
    if (!this.#sawDuration) {
      this.#start = this.#at
      return this.#fail('unexpected colon before duration in duration expression')
    }
    if (this.#sawColon) {
      this.#start = this.#at
      return this.#fail('unexpected repeated colon in duration expression')
    }
    this.#sawColon = true
    return this.#symbol('punctuation')
  }

  #lexInBraces(): Token {
    const char = this.#take()
    if (char === '') return this.#fail('unexpected end of input inside braces')
    if (isAlpha(char)) {
      while (isAlphaNumeric(this.#peek())) this.#at++
      return this.#emit('identifier')
    }
    switch (char) {
      case ',':
        return this.#symbol('punctuation')
      case '"':
      case "'":
        return this.#lexString(char)
      case '`':
        return this.#lexRawString()
      case '=':
        return this.#accept('~') ? this.#symbol('operator') : this.#symbol('punctuation')
      case '!': {
        const second = this.#take()
        if (second === '~' || second === '=') return this.#symbol('operator')
        return this.#fail(
          `unexpected character after '!' inside braces: ${this.#quoteOrEnd(second)}`,
        )
      }
      case '{':
        return this.#fail("unexpected left brace '{'")
      case '}':
        this.#inBraces = false
        return this.#symbol('punctuation')
      default:
        return this.#fail(`unexpected character inside braces: ${quoteChar(char)}`)
    }
  }

  #lexString(quote: string): Token {
    for (;;) {
      const char = this.#take()
      if (char === quote) return this.#emit('string')
      if (char === '' || char === '\n') return this.#fail('unterminated quoted string')
      if (isBrokenChar(char)) return this.#fail('invalid UTF-8 rune')
      const fault = char === '\\' ? this.#skipEscape(quote) : undefined
      if (fault !== undefined) return this.#fail(fault)
    }
  }

  /** Goes past an escape whose backslash is taken; returns what is wrong with it. */
  #skipEscape(quote: string): string | undefined {
    let char = this.#take()
    if (char === '') return 'escape sequence not terminated'
    if (char === quote || 'abfnrtv\\'.includes(char)) return undefined
    const isOctal = char >= '0' && char <= '7' && char.length === 1
    const bounds = isOctal ? ([3, 8, 255] as const) : NUMERIC_ESCAPES[char]
    if (!bounds) return `unknown escape sequence ${describeCodePoint(char)}`
    const [count, base, largest] = bounds
    if (!isOctal) char = this.#take()
    let value = 0
    for (let left = count; left > 0; left--) {
      const digit = HEX_DIGITS.includes(char) && char !== '' ? Number.parseInt(char, 16) : 16
      if (digit >= base) {
        if (char === '') return 'escape sequence not terminated'
        return `illegal character ${describeCodePoint(char)} in escape sequence`
      }
      value = value * base + digit
      if (left > 1) char = this.#take()
    }
    if (value <= largest && !(value >= 0xd800 && value < 0xe000)) return undefined
    return 'escape sequence is an invalid Unicode code point'
  }

  #lexRawString(): Token {
    for (;;) {
      const char = this.#take()
      if (char === '`') return this.#emit('string')
      if (char === '') return this.#fail('unterminated raw string')
      if (isBrokenChar(char)) return this.#fail('invalid UTF-8 rune')
    }
  }

  #lexNumberOrDuration(): Token {
    this.#at = this.#start
    if (this.#scanNumber()) return this.#emit('number')
    if (this.#scanRestOfDuration()) return this.#emit('duration')
    const text = this.#query.slice(this.#start, this.#at)
    return this.#fail(`bad number or duration syntax: ${quoteString(text)}`)
  }

  /**
   * Goes past what looks like a number, up to where it stops doing so; whether it is one is for the parser to say. On
   * failure the position stays where it is, since a duration may go on from there and the message quotes up to it.
   */
  #scanNumber(): boolean {
    let digits = DIGITS
    if (this.#accept('0') && this.#accept('xX')) {
      this.#accept('_')
      digits = HEX_DIGITS
    }
    this.#accept('.')
    this.#accept(digits)
    let sawDot = false
    let sawExponent = false
    while (this.#isAt(`${digits}._eE`)) {
      if (this.#accept('.')) {
        if (sawDot || this.#accept('_.') || digits === HEX_DIGITS) return false
        sawDot = true
      } else if (this.#accept('eE')) {
        if (sawExponent) return false
        sawExponent = true
        this.#accept('+-')
        if (this.#accept('._eE') || this.#peek() === '') return false
      } else if (this.#accept('_')) {
        if (this.#accept('._eE') || this.#peek() === '') return false
      } else {
        while (this.#accept(digits));
      }
    }
    return !isAlphaNumeric(this.#peek())
  }

  /** The rest of a duration whose first digits are taken. */
  #scanRestOfDuration(): boolean {
    if (!this.#accept('smhdwy')) return false
    this.#accept('s')
    while (this.#accept(DIGITS)) {
      while (this.#accept(DIGITS));
      if (!this.#accept('smhdw')) return false
      this.#accept('s')
    }
    if (!isAlphaNumeric(this.#peek())) return true
    this.#at++
    return false
  }
}

/** U+FFFD, which Prometheus takes for a decoding error, and surrogates without their other half. */
function isBrokenChar(char: string): boolean {
  return char === '\ufffd' || (char.length === 1 && char >= '\ud800' && char <= '\udfff')
}
