import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'

const NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y
const SPACE = /[ \t\n\r]*/y
/** A longer text is refused by Loki, too (push.go, maxStreamLabelsSize). */
const MAX_LENGTH = 1 << 24

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
}

/**
 * The labels of a stream as protobuf pushes and the legacy form write them: `{app="web", level='info'}`, with Go's quotes. Throws a
 * `Problem` of code `bad_data` in Loki's words (`couldn't parse labels: 1:5: parse error: …`).
 */
export function parseStreamLabels(text: string): Labels {
  if (text.length > MAX_LENGTH) {
    throw new Problem(
      'bad_data',
      `stream labels size ${text.length} exceeds limit of ${MAX_LENGTH} bytes`,
    )
  }
  return new LabelParser(text).parse()
}

/** A label name that cannot be one, in the words of the parser that would have found it. */
export function checkLabelName(name: string): void {
  NAME.lastIndex = 0
  const found = NAME.exec(name)?.[0] ?? ''
  if (found.length === name.length && name !== '') return
  const character = name.slice(found.length, found.length + 1)
  throw fault(found.length + 2, `unexpected character inside braces: '${character}'`)
}

function fault(column: number, message: string): Problem {
  return new Problem('bad_data', `couldn't parse labels: 1:${column}: parse error: ${message}`)
}

class LabelParser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  parse(): Labels {
    this.#skipSpace()
    this.#expect('{')
    const pairs: [string, string][] = []
    for (;;) {
      this.#skipSpace()
      if (this.#text[this.#at] === '}') break
      const name = this.#name()
      this.#skipSpace()
      this.#expect('=')
      this.#skipSpace()
      pairs.push([name, this.#quoted()])
      this.#skipSpace()
      if (this.#text[this.#at] === ',') this.#at++
      else if (this.#text[this.#at] !== '}') throw this.#unexpected('expected "," or "}"')
    }
    this.#at++
    this.#skipSpace()
    if (this.#at < this.#text.length) throw this.#unexpected('expected end of input')
    return Labels.fromPairs(pairs)
  }

  #skipSpace(): void {
    SPACE.lastIndex = this.#at
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw this.#unexpected(`expected "${character}"`)
    this.#at++
  }

  #name(): string {
    NAME.lastIndex = this.#at
    const name = NAME.exec(this.#text)?.[0]
    if (name === undefined) {
      if (this.#at >= this.#text.length) throw this.#unexpected('expected "}"')
      throw fault(this.#at + 1, `unexpected character inside braces: '${this.#text[this.#at]}'`)
    }
    this.#at += name.length
    return name
  }

  #quoted(): string {
    const quote = this.#text[this.#at]
    if (quote !== '"' && quote !== "'" && quote !== '`') throw this.#unexpected('expected string')
    const start = this.#at++
    let out = ''
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined || (character === '\n' && quote !== '`')) {
        throw fault(start + 1, 'unterminated quoted string')
      }
      this.#at++
      if (character === quote) return out
      out += character === '\\' && quote !== '`' ? this.#escape(start) : character
    }
  }

  #escape(start: number): string {
    const kind = this.#text[this.#at++] ?? ''
    const plain = ESCAPES[kind]
    if (plain !== undefined) return plain
    const size = kind === 'x' ? 2 : kind === 'u' ? 4 : kind === 'U' ? 8 : 0
    const octal = /^[0-7]{3}/.exec(this.#text.slice(this.#at - 1, this.#at + 2))?.[0]
    if (octal !== undefined) {
      this.#at += 2
      return String.fromCharCode(parseInt(octal, 8) & 0xff)
    }
    const digits = this.#text.slice(this.#at, this.#at + size)
    const code = parseInt(digits, 16)
    if (size === 0 || !/^[0-9a-fA-F]+$/.test(digits) || digits.length < size || code > 0x10ffff) {
      throw fault(start + 1, `unknown escape sequence U+${kind.charCodeAt(0).toString(16)}`)
    }
    this.#at += size
    return String.fromCodePoint(code)
  }

  #unexpected(wanted: string): Problem {
    const character = this.#text[this.#at]
    const what = character === undefined ? 'end of input' : `character '${character}'`
    return fault(this.#at + 1, `unexpected ${what}, ${wanted}`)
  }
}
