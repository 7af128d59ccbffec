import { quoteChar, utf8Length } from '../../../model/go-notation.ts'

const SPACE = 0x20
const QUOTE = 0x22
const EQUALS = 0x3d
const BACKSLASH = 0x5c

const SIMPLE: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  "'": "'",
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Reads `key=value key="quoted value" key` pair by pair, by the rules of the library go-logfmt. */
export class LogfmtDecoder {
  /** The pair read last; an absent value is ''. */
  key = ''
  value = ''
  /** What was wrong last; undefined while nothing was. */
  fault: string | undefined
  #text = ''
  #at = 0

  begin(text: string): void {
    this.#text = text
    this.#at = 0
    this.fault = undefined
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  /** Reads the next pair; false at the end, and where something is wrong, which is then gone past. */
  next(): boolean {
    this.key = ''
    this.value = ''
    const text = this.#text
    while (this.#at < text.length && text.charCodeAt(this.#at) <= SPACE) this.#at++
    if (this.isAtEnd) return false
    const start = this.#at
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at)
      if (code === QUOTE) return this.#skipAfter(this.#unexpected())
      if (code === EQUALS) {
        if (this.#at === start) return this.#skipAfter(this.#unexpected())
        if (!this.#takeKey(start)) return this.#skipAfter(undefined)
        this.#at++
        return this.#readValue()
      }
      if (code <= SPACE) break
    }
    return this.#takeKey(start)
  }

  #takeKey(start: number): boolean {
    const key = this.#text.slice(start, this.#at)
    if (key.includes('\ufffd')) {
      this.fault = this.#describe('invalid key')
      return false
    }
    this.key = key
    return true
  }

  #readValue(): boolean {
    const text = this.#text
    if (this.isAtEnd || text.charCodeAt(this.#at) <= SPACE) return true
    if (text.charCodeAt(this.#at) === QUOTE) return this.#readQuoted()
    const start = this.#at
    for (; this.#at < text.length; this.#at++) {
      const code = text.charCodeAt(this.#at)
      if (code === EQUALS || code === QUOTE) return this.#skipAfter(this.#unexpected())
      if (code <= SPACE) break
    }
    this.value = text.slice(start, this.#at)
    return true
  }

  #readQuoted(): boolean {
    const text = this.#text
    const start = this.#at + 1
    let hasEscape = false
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === BACKSLASH) {
        hasEscape = true
        at++
      } else if (code === QUOTE) {
        this.#at = at + 1
        const raw = text.slice(start, at)
        const value = hasEscape ? unescape(raw) : raw
        if (value === undefined) {
          this.fault = this.#describe('invalid quoted value')
          return false
        }
        this.value = value
        return true
      }
    }
    this.#at = text.length
    this.fault = this.#describe('unterminated quoted value')
    return false
  }

  /** Notes a fault and goes to the next blank. */
  #skipAfter(fault: string | undefined): false {
    if (fault !== undefined) this.fault = fault
    while (this.#at < this.#text.length && this.#text.charCodeAt(this.#at) > SPACE) this.#at++
    return false
  }

  #unexpected(): string {
    return this.#describe(`unexpected ${quoteChar(this.#text.charAt(this.#at))}`)
  }

  #describe(what: string): string {
    const position = utf8Length(this.#text.slice(0, this.#at)) + 1
    return `logfmt syntax error at pos ${position} : ${what}`
  }
}

/** What the inside of a quoted value says; undefined where an escape is none. */
function unescape(raw: string): string | undefined {
  let isBad = false
  const text = raw.replace(
    /\\(?:u([0-9a-fA-F]{4})|([^]?))/g,
    (_all, hex?: string, simple?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      const value = SIMPLE[simple ?? '']
      if (value === undefined) isBad = true
      return value ?? ''
    },
  )
  // Halves of a pair that have no other half leave as the replacement character.
  return isBad ? undefined : text.replace(/\p{Surrogate}/gu, '\ufffd')
}
