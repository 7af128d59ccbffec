import { EngineFault } from './engine-fault.ts'

/**
 * The tokens of ClickHouse SQL, as far as the engine has to understand a statement before it hands it to chDB. The text is read
 * as one character per byte (latin1), so positions are byte offsets and binary data after an INSERT does no harm.
 *
 * Where the extent of a token would be ambiguous, the statement is refused instead of guessed at: a second reading of the same
 * text by the engine's own lexer must never find a statement boundary that this one did not see.
 */
export type TokenKind = 'word' | 'quoted-name' | 'string' | 'symbol'

export interface Token {
  readonly kind: TokenKind
  readonly start: number
  /** One past the last byte. */
  readonly end: number
  /** For words in upper case, for symbols the character itself, and for quoted tokens the raw text with its quotes. */
  readonly text: string
}

const wordStart = /[A-Za-z_0-9]/
const identifierTail = /[A-Za-z0-9_$]*/y
const numberTail = /[A-Za-z0-9_]*/y
const quotes: Record<string, TokenKind> = { "'": 'string', '"': 'quoted-name', '`': 'quoted-name' }

/** Reads tokens one by one, so that the data behind `INSERT … FORMAT x` is never looked at as SQL. */
export class Lexer {
  readonly #text: string
  #position: number

  constructor(text: string, position = 0) {
    this.#text = text
    this.#position = position
  }

  /** Where the next token will be looked for. */
  get position(): number {
    return this.#position
  }

  /** The next token that is neither blank nor comment, or undefined at the end. Throws an EngineFault for unreadable text. */
  next(): Token | undefined {
    this.#skipBlanksAndComments()
    const start = this.#position
    const first = this.#text[start]
    if (first === undefined) return undefined
    const quoted = quotes[first]
    if (quoted !== undefined) return this.#quoted(first, quoted)
    if (wordStart.test(first)) return this.#word(first)
    refuseAmbiguous(this.#text, start, first)
    this.#position = start + 1
    return { kind: 'symbol', start, end: start + 1, text: first }
  }

  /** Looks at the next token without consuming it. */
  peek(): Token | undefined {
    const before = this.#position
    const token = this.next()
    this.#position = before
    return token
  }

  #word(first: string): Token {
    const start = this.#position
    const tail = first >= '0' && first <= '9' ? numberTail : identifierTail
    tail.lastIndex = start
    tail.test(this.#text)
    this.#position = tail.lastIndex
    return {
      kind: 'word',
      start,
      end: this.#position,
      text: this.#text.slice(start, this.#position).toUpperCase(),
    }
  }

  /** Quotes end at the same quote, unless it is doubled or behind a backslash. */
  #quoted(quote: string, kind: TokenKind): Token {
    const start = this.#position
    let at = start + 1
    for (;;) {
      const character = this.#text[at]
      if (character === undefined) throw syntaxFault(`the quote at byte ${start} is not closed`)
      if (character === '\\') {
        at += 2
      } else if (character !== quote) {
        at += 1
      } else if (this.#text[at + 1] === quote) {
        at += 2
      } else {
        break
      }
    }
    this.#position = at + 1
    return { kind, start, end: at + 1, text: this.#text.slice(start, at + 1) }
  }

  #skipBlanksAndComments(): void {
    for (;;) {
      const character = this.#text[this.#position]
      const following = this.#text[this.#position + 1]
      if (character !== undefined && ' \t\n\r\f\v'.includes(character)) {
        this.#position += 1
      } else if (startsLineComment(character, following)) {
        const end = this.#text.indexOf('\n', this.#position)
        this.#position = end === -1 ? this.#text.length : end
      } else if (character === '/' && following === '*') {
        this.#skipBlockComment()
      } else {
        return
      }
    }
  }

  /** Block comments nest, as in ClickHouse's lexer. */
  #skipBlockComment(): void {
    const start = this.#position
    let depth = 0
    const marks = /\/\*|\*\//g
    marks.lastIndex = start
    for (let mark = marks.exec(this.#text); mark !== null; mark = marks.exec(this.#text)) {
      depth += mark[0] === '/*' ? 1 : -1
      if (depth === 0) {
        this.#position = marks.lastIndex
        return
      }
    }
    throw syntaxFault(`the comment at byte ${start} is not closed`)
  }
}

/** A statement the engine cannot read: ClickHouse's SYNTAX_ERROR (62). */
export function syntaxFault(message: string): EngineFault {
  return new EngineFault(62, 'SYNTAX_ERROR', `Syntax error: ${message}`)
}

function startsLineComment(first: string | undefined, second: string | undefined): boolean {
  if (first === '-') return second === '-'
  if (first === '/') return second === '/'
  return first === '#' && (second === ' ' || second === '!')
}

/** Heredocs, typographic quotes, `\G` and NUL have extents that depend on the lexer's version: they are refused by name. */
function refuseAmbiguous(text: string, at: number, first: string): void {
  if (first === '$') {
    throw syntaxFault(`'$' at byte ${at}: dollar-quoted text is not supported, write a '…' string`)
  }
  if (first === '\\' || first === '\0') {
    throw syntaxFault(`unexpected character code ${first.charCodeAt(0)} at byte ${at}`)
  }
  // U+2018 to U+201F in UTF-8: typographic quotes open a string in newer lexers.
  if (first === '\u00e2' && text[at + 1] === '\u0080' && (text[at + 2] ?? '') >= '\u0098') {
    throw syntaxFault(`a typographic quote at byte ${at}: use '…', "…" or \`…\``)
  }
}
