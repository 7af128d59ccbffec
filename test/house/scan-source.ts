/** A dot, word or bracket after which a `/` divides; after anything else it opens a regular expression. */
const endsOperand = /[\w$)\]]$/
const endsKeyword = /\b(?:return|typeof|case|in|of|delete|void|throw|new|do|else|await|yield)$/

/**
 * Replaces what is not code by spaces: comments, the content of strings, templates (not of their `${…}`) and regular
 * expressions. Quotes and line breaks stay, so every offset and line number holds for the original too. It is no
 * parser: a regular expression right after `)` is taken for a division, which this code base does not contain.
 */
export function blankNonCode(source: string): string {
  const scanner = new Scanner(source)
  scanner.scanCode('')
  return scanner.blanked()
}

/** The comments of a source, with their delimiters. */
export function findComments(source: string): string[] {
  const scanner = new Scanner(source)
  scanner.scanCode('')
  return scanner.comments
}

class Scanner {
  readonly comments: string[] = []
  readonly #source: string
  readonly #kept: string[] = []
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  blanked(): string {
    return this.#kept.join('')
  }

  /** Copies code up to the end, or past the `}` that closes a template's `${`. */
  scanCode(closing: '' | '}'): void {
    let depth = 0
    while (this.#at < this.#source.length) {
      const two = this.#source.slice(this.#at, this.#at + 2)
      const char = two[0] ?? ''
      if (two === '//') this.#blankComment(/\n|$/g, 0)
      else if (two === '/*') this.#blankComment(/\*\/|$/g, 2)
      else if (char === "'" || char === '"') this.#blankLiteral(char)
      else if (char === '`') this.#scanTemplate()
      else if (char === '/' && this.#opensRegex()) this.#blankLiteral('/')
      else {
        this.#keep(1)
        if (char === '{') depth++
        if (char === '}' && closing === '}' && depth-- === 0) return
      }
    }
  }

  #scanTemplate(): void {
    this.#keep(1)
    while (this.#at < this.#source.length && this.#source[this.#at] !== '`') {
      if (this.#source[this.#at] === '\\') this.#blank(2)
      else if (this.#source.startsWith('${', this.#at)) {
        this.#keep(2)
        this.scanCode('}')
      } else this.#blank(1)
    }
    this.#keep(1)
  }

  /** Strings and regular expressions: up to the closing delimiter, or the line end where it is missing. */
  #blankLiteral(delimiter: string): void {
    this.#keep(1)
    let isInClass = false
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at]
      if (char === '\n' || (char === delimiter && !isInClass)) break
      if (delimiter === '/' && char === '[') isInClass = true
      if (delimiter === '/' && char === ']') isInClass = false
      this.#blank(char === '\\' ? 2 : 1)
    }
    if (this.#source[this.#at] === delimiter) this.#keep(1)
  }

  #opensRegex(): boolean {
    const before = this.#kept.slice(-40).join('').trimEnd()
    return !endsOperand.test(before) || endsKeyword.test(before)
  }

  #blankComment(end: RegExp, delimiterLength: number): void {
    end.lastIndex = this.#at
    const endAt = (end.exec(this.#source)?.index ?? this.#source.length) + delimiterLength
    this.comments.push(this.#source.slice(this.#at, endAt))
    this.#blank(endAt - this.#at)
  }

  #keep(length: number): void {
    this.#kept.push(this.#source.slice(this.#at, this.#at + length))
    this.#at += length
  }

  #blank(length: number): void {
    const text = this.#source.slice(this.#at, this.#at + length)
    this.#kept.push(text.replaceAll(/[^\n]/g, ' '))
    this.#at += length
  }
}
