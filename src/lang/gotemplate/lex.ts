import { describeCodePoint, quoteString } from '../../model/go-notation.ts'

/** Kinds of tokens; a keyword is its own kind. */
export type TokenKind =
  | 'text'
  | 'left'
  | 'right'
  | 'space'
  | 'identifier'
  | 'field'
  | 'variable'
  | 'bool'
  | 'number'
  | 'char'
  | 'string'
  | 'rawString'
  | 'pipe'
  | 'leftParen'
  | 'rightParen'
  | 'declare'
  | 'assign'
  | 'comma'
  | 'dot'
  | 'keyword'
  | 'other'
  | 'error'
  | 'eof'

export interface Token {
  readonly kind: TokenKind
  /** UTF-16 offset. */
  readonly pos: number
  /** From 1. */
  readonly line: number
  /** As written; the reason of an `error`. */
  readonly text: string
}

const KEYWORDS: ReadonlySet<string> = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
])

const IDENTIFIER = /[_\p{L}\p{Nd}]+/uy
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[bB][01_]*|0[oO][0-7_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y
const QUOTED = /"(?:[^"\\\n]|\\[^\n])*"/y
const CHARACTER = /'(?:[^'\\\n]|\\[^\n])*'/y
const RAW = /`[^`]*`/y
const SPACES = /[ \t\r\n]+/y
const TRIMMED_END = /[ \t\r\n]+$/
const TERMINATORS: ReadonlySet<string> = new Set([
  ' ',
  '\t',
  '\r',
  '\n',
  '.',
  ',',
  '|',
  ':',
  ')',
  '(',
  '}',
  '',
])

/**
 * Cuts a template into tokens one at a time, by the rules of Go's text/template/parse: text outside of `{{ }}` with the trim
 * markers applied, comments left out, white space inside of actions as tokens of its own (it separates arguments).
 */
export class Lexer {
  readonly #source: string
  #at: number
  #line: number
  #isInside = false
  #parens = 0
  #failure: Token | undefined

  /** Reads from an offset on, where no action is open. */
  constructor(source: string, start: number, startLine: number) {
    this.#source = source
    this.#at = start
    this.#line = startLine
  }

  next(): Token {
    if (this.#failure) return this.#failure
    return this.#isInside ? this.#inside() : this.#outside()
  }

  /** The token from here to `end`; goes on behind it. */
  #take(kind: TokenKind, end: number): Token {
    const text = this.#source.slice(this.#at, end)
    const token: Token = { kind, pos: this.#at, line: this.#line, text }
    this.#skip(end)
    return token
  }

  #skip(end: number): void {
    for (let i = this.#at; i < end; i++) if (this.#source.charCodeAt(i) === 10) this.#line++
    this.#at = end
  }

  #fail(reason: string, pos = this.#at): Token {
    this.#failure = { kind: 'error', pos, line: this.#line, text: reason }
    return this.#failure
  }

  #outside(): Token {
    for (;;) {
      const open = this.#source.indexOf('{{', this.#at)
      if (open < 0) {
        if (this.#at < this.#source.length) return this.#take('text', this.#source.length)
        return this.#take('eof', this.#at)
      }
      if (open > this.#at) {
        const token = this.#textBefore(open)
        if (token) return token
      }
      const isTrimming = this.#isTrimmingLeft(open)
      const body = open + (isTrimming ? 4 : 2)
      if (!this.#source.startsWith('/*', body)) {
        const token = { kind: 'left', pos: open, line: this.#line, text: '{{' } as const
        // The white space that is part of the marker is no token.
        this.#skip(isTrimming ? open + 3 : body)
        if (isTrimming) this.#skipSpaces()
        this.#isInside = true
        this.#parens = 0
        return token
      }
      const fault = this.#comment(body)
      if (fault) return fault
    }
  }

  /** The text up to an action, without the white space that its marker trims; undefined when nothing is left. */
  #textBefore(open: number): Token | undefined {
    const pos = this.#at
    const line = this.#line
    let text = this.#source.slice(pos, open)
    if (this.#isTrimmingLeft(open)) text = text.replace(TRIMMED_END, '')
    this.#skip(open)
    return text === '' ? undefined : { kind: 'text', pos, line, text }
  }

  #isTrimmingLeft(open: number): boolean {
    return this.#source[open + 2] === '-' && isSpace(this.#source[open + 3])
  }

  #comment(body: number): Token | undefined {
    const end = this.#source.indexOf('*/', body + 2)
    if (end < 0) return this.#fail('unclosed comment', body)
    const after = end + 2
    const isTrimming = this.#isTrimmingRight(after)
    const close = isTrimming ? after + 2 : after
    if (!this.#source.startsWith('}}', close)) {
      return this.#fail('comment ends before closing delimiter', body)
    }
    this.#skip(close + 2)
    if (isTrimming) this.#skipSpaces()
    return undefined
  }

  #isTrimmingRight(at: number): boolean {
    return isSpace(this.#source[at]) && this.#source.startsWith('-}}', at + 1)
  }

  #skipSpaces(): void {
    SPACES.lastIndex = this.#at
    const found = SPACES.exec(this.#source)
    if (found) this.#skip(SPACES.lastIndex)
  }

  #inside(): Token {
    const at = this.#at
    const isTrimming = this.#isTrimmingRight(at)
    const close = isTrimming ? at + 2 : at
    if (this.#source.startsWith('}}', close)) {
      if (this.#parens > 0) return this.#fail('unclosed left paren')
      this.#skip(close)
      const token = this.#take('right', close + 2)
      if (isTrimming) this.#skipSpaces()
      this.#isInside = false
      return token
    }
    const char = this.#source[at]
    if (char === undefined) return this.#fail('unclosed action')
    if (isSpace(char)) return this.#spaces()
    const next = this.#source[at + 1] ?? ''
    switch (char) {
      case '=':
        return this.#take('assign', at + 1)
      case ':':
        return next === '=' ? this.#take('declare', at + 2) : this.#fail('expected :=')
      case '|':
        return this.#take('pipe', at + 1)
      case ',':
        return this.#take('comma', at + 1)
      case '"':
        return this.#match(QUOTED, 'string', 'unterminated quoted string')
      case '`':
        return this.#match(RAW, 'rawString', 'unterminated raw quoted string')
      case "'":
        return this.#match(CHARACTER, 'char', 'unterminated character constant')
      case '$':
        return this.#name('variable')
      case '(':
        this.#parens++
        return this.#take('leftParen', at + 1)
      case ')':
        this.#parens--
        if (this.#parens < 0) return this.#fail('unexpected right paren')
        return this.#take('rightParen', at + 1)
      case '.':
        if (next < '0' || next > '9') return this.#name('field')
        return this.#number()
      default:
        return this.#word(char)
    }
  }

  #word(char: string): Token {
    if (char === '+' || char === '-' || (char >= '0' && char <= '9')) return this.#number()
    IDENTIFIER.lastIndex = this.#at
    const found = IDENTIFIER.exec(this.#source)
    if (!found) {
      const point = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0)
      if (/^[!-~]$/.test(point)) return this.#take('other', this.#at + 1)
      return this.#fail(`unrecognized character in action: ${describeCodePoint(point)}`)
    }
    const end = IDENTIFIER.lastIndex
    const fault = this.#checkTerminator(end)
    if (fault) return fault
    const word = found[0]
    if (KEYWORDS.has(word)) return this.#take('keyword', end)
    return this.#take(word === 'true' || word === 'false' ? 'bool' : 'identifier', end)
  }

  /** A space token; it stops before the space that belongs to `-}}`. */
  #spaces(): Token {
    SPACES.lastIndex = this.#at
    SPACES.exec(this.#source)
    let end = SPACES.lastIndex
    if (this.#isTrimmingRight(end - 1)) end--
    return this.#take('space', end)
  }

  #match(pattern: RegExp, kind: TokenKind, reason: string): Token {
    pattern.lastIndex = this.#at
    if (!pattern.test(this.#source)) return this.#fail(reason)
    return this.#take(kind, pattern.lastIndex)
  }

  /** `.name` or `$name`; the sign alone is the dot or the variable `$`. */
  #name(kind: 'field' | 'variable'): Token {
    IDENTIFIER.lastIndex = this.#at + 1
    const found = IDENTIFIER.exec(this.#source)
    const end = found ? IDENTIFIER.lastIndex : this.#at + 1
    const fault = this.#checkTerminator(end)
    if (fault) return fault
    return this.#take(found || kind === 'variable' ? kind : 'dot', end)
  }

  /** After a name must come something that can end one. */
  #checkTerminator(end: number): Token | undefined {
    const char = this.#source[end] ?? ''
    if (TERMINATORS.has(char)) return undefined
    const point = String.fromCodePoint(this.#source.codePointAt(end) ?? 0)
    return this.#fail(`bad character ${describeCodePoint(point)}`)
  }

  #number(): Token {
    NUMBER.lastIndex = this.#at
    NUMBER.exec(this.#source)
    let end = NUMBER.lastIndex
    // A second part makes it a complex number, which only the parser refuses; `1+2` is nothing.
    const isSum = this.#source[end] === '+' || this.#source[end] === '-'
    if (isSum) {
      NUMBER.exec(this.#source)
      end = NUMBER.lastIndex
    }
    IDENTIFIER.lastIndex = end
    const found = IDENTIFIER.test(this.#source)
    if (found) end += String.fromCodePoint(this.#source.codePointAt(end) ?? 0).length
    const text = this.#source.slice(this.#at, end)
    const isBad = found || /^[+-]$/.test(text) || (isSum && !text.endsWith('i'))
    if (isBad) return this.#fail(`bad number syntax: ${quoteString(text)}`)
    return this.#take('number', end)
  }
}

function isSpace(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\n'
}

/** A token as Go's messages show it. */
export function describeToken(token: Token): string {
  if (token.kind === 'eof') return 'EOF'
  if (token.kind === 'error') return token.text
  if (token.kind === 'keyword' || token.kind === 'dot') return `<${token.text}>`
  const points = Array.from(token.text)
  if (points.length > 10) return `${quoteString(points.slice(0, 10).join(''))}...`
  return quoteString(token.text)
}
