import { Problem } from '../../model/problem.ts'
import { decodeUtf8 } from '../text-codec.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const MAX_DEPTH = 64
const NO_BYTES = new Uint8Array()

/** Bytes of a text, where they lie: `start` to `end`, without the quotes. */
export interface TextRange {
  start: number
  end: number
  hasEscapes: boolean
}

/**
 * Walks JSON where it lies, without making objects. Anything malformed is a `Problem` of code `bad_data`. Texts need not be valid
 * UTF-8: log lines are taken as they are.
 */
export class JsonBytes {
  readonly bytes: Uint8Array
  readonly #view: DataView
  /** Of the last `text`. */
  readonly range: TextRange = { start: 0, end: 0, hasEscapes: false }
  at = 0
  /** The next backslash at or after `at`, where it has been looked for. */
  #nextBackslash = -1

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** The byte that the next value or sign begins with; -1 at the end. */
  peek(): number {
    const { bytes } = this
    for (;;) {
      const byte = bytes[this.at]
      if (byte === undefined) return -1
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte
      this.at++
    }
  }

  /** Goes to another place, also to one that was passed already. */
  goTo(at: number): void {
    this.at = at
    this.#nextBackslash = -1
  }

  /** Steps over a sign if it comes next. */
  take(byte: number): boolean {
    if (this.peek() !== byte) return false
    this.at++
    return true
  }

  expect(byte: number, where: string): void {
    if (!this.take(byte)) {
      throw this.fault(`expected ${JSON.stringify(String.fromCharCode(byte))} ${where}`)
    }
  }

  /** Steps over a text and sets `range`. */
  text(what: string): TextRange {
    const range = this.openText(what)
    if (range.hasEscapes) {
      range.end = this.#endWithEscapes(this.#nextBackslash)
      if (range.end >= this.bytes.length) throw this.#endless(what)
      this.at = range.end + 1
    }
    return range
  }

  /** Steps over a text without escapes and sets `range`; before one with escapes it stays, and `range` has no end yet. */
  openText(what: string): TextRange {
    if (this.peek() !== QUOTE) throw this.fault(`expected a string for ${what}`)
    const { bytes, range } = this
    const start = this.at + 1
    const end = bytes.indexOf(QUOTE, start)
    if (end < 0) throw this.#endless(what)
    if (this.#nextBackslash < start) {
      const found = bytes.indexOf(BACKSLASH, start)
      this.#nextBackslash = found < 0 ? bytes.length : found
    }
    range.start = start
    range.end = end
    range.hasEscapes = this.#nextBackslash < end
    if (!range.hasEscapes) this.at = end + 1
    return range
  }

  /**
   * Steps over the text that `openText` found to have escapes, writes it without them to `out` from `at` on and returns where it ends.
   * `out` may be the bytes that are read, at a place that was passed already.
   */
  unescapeText(what: string, out: Uint8Array, at: number): number {
    const { range } = this
    range.end = this.bytes.length
    const to = this.unescape(out, at)
    if (range.end >= this.bytes.length) throw this.#endless(what)
    this.at = range.end + 1
    return to
  }

  #endless(what: string): Problem {
    return this.fault(`the string of ${what} has no end`)
  }

  /** The quote that ends a text with escapes, the first of which stands at `from`. */
  #endWithEscapes(from: number): number {
    const { bytes } = this
    const { length } = bytes
    for (let i = from; i < length; i++) {
      const byte = bytes[i] as number
      if (byte === QUOTE) return i
      if (byte === BACKSLASH) i++
    }
    return length
  }

  /** The text that `text` stepped over. */
  readText(what: string): string {
    const { start, end, hasEscapes } = this.text(what)
    if (!hasEscapes) return decodeUtf8(this.bytes, start, end)
    const out = new Uint8Array(end - start)
    return decodeUtf8(out, 0, this.unescape(out, 0))
  }

  /**
   * Writes the bytes of the last text with its escapes resolved to `out` from `at` on, and returns where they end. They are never more
   * than the text has. Halves of surrogate pairs without the other become U+FFFD. A quote without a backslash ends the text and its
   * range.
   */
  unescape(out: Uint8Array, at: number): number {
    const { bytes, range } = this
    const view = this.#view
    const { end } = range
    // Within the bytes that are read, what stands between two escapes moves in words.
    const lastWord = out === bytes ? end - 4 : -1
    let to = at
    let i = range.start
    for (; i < end; i++) {
      while (i <= lastWord) {
        const word = view.getUint32(i, true)
        const signs = signsIn(word)
        if (signs === 0) {
          view.setUint32(to, word, true)
          i += 4
          to += 4
          continue
        }
        // A word that is written may reach beyond what was passed only where nothing else is to be read.
        if (i - to < 4) break
        view.setUint32(to, word, true)
        const plain = bytesBefore(signs)
        i += plain
        to += plain
        break
      }
      if (i >= end) break
      const byte = bytes[i] as number
      if (byte === QUOTE) break
      if (byte !== BACKSLASH) {
        out[to++] = byte
        continue
      }
      const kind = i + 1 < end ? (bytes[++i] as number) : 0
      const plain = PLAIN[kind] as number
      if (plain !== 0) out[to++] = plain
      else if (kind === 0x75) {
        let code = this.#hex4(i + 1)
        i += 4
        const low = this.#lowHalf(code, i + 1)
        if (low >= 0) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
          i += 6
        }
        to = writeUtf8(code >= 0xd800 && code < 0xe000 ? 0xfffd : code, out, to)
      } else throw this.fault('unknown escape in a string')
    }
    range.end = i
    return to
  }

  /** The second half of a surrogate pair, if `code` is the first and an escape at `at` writes it; else -1. */
  #lowHalf(code: number, at: number): number {
    if (code < 0xd800 || code >= 0xdc00) return -1
    if (this.bytes[at] !== BACKSLASH || this.bytes[at + 1] !== 0x75) return -1
    const low = this.#hex4(at + 2)
    return low >= 0xdc00 && low < 0xe000 ? low : -1
  }

  /** Steps over a value of any kind. */
  skip(depth = 0): void {
    if (depth > MAX_DEPTH) throw this.fault(`values nested deeper than ${MAX_DEPTH}`)
    const byte = this.peek()
    if (byte === QUOTE) this.text('a value')
    else if (byte === 0x7b || byte === 0x5b) {
      const close = byte + 2
      this.at++
      if (this.take(close)) return
      do {
        if (byte === 0x7b) {
          this.text('a key')
          this.expect(0x3a, 'after a key')
        }
        this.skip(depth + 1)
      } while (this.take(0x2c))
      this.expect(close, 'at the end of a value')
    } else this.#skipWord()
  }

  /** Steps over `null` if it comes next. */
  takeNull(): boolean {
    if (this.peek() !== 0x6e) return false
    this.#skipWord()
    return true
  }

  /** Calls `each` for the keys of an object, standing before its value, which `each` must step over. */
  object(what: string, each: (key: string) => void): void {
    this.expect(0x7b, `at the beginning of ${what}`)
    if (this.take(0x7d)) return
    do {
      const key = this.readText(`a key of ${what}`)
      this.expect(0x3a, `after a key of ${what}`)
      each(key)
    } while (this.take(0x2c))
    this.expect(0x7d, `at the end of ${what}`)
  }

  /**
   * Steps over a key of an object and the colon behind it, and returns its place among `names`, which are plain ASCII; -1 when it is none
   * of them. For objects that come in great number: `object` makes a text of each key.
   */
  keyAmong(names: readonly Uint8Array[], what: string): number {
    const { start, end, hasEscapes } = this.text(what)
    let key = this.bytes
    let from = start
    let to = end
    if (hasEscapes) {
      key = new Uint8Array(end - start)
      from = 0
      to = this.unescape(key, 0)
    }
    this.expect(COLON, `after ${what}`)
    for (let at = 0; at < names.length; at++) {
      if (isSame(names[at] ?? NO_BYTES, key, from, to)) return at
    }
    return -1
  }

  /** Calls `each` before every element of an array, which `each` must step over. */
  array(what: string, each: (index: number) => void): void {
    this.expect(0x5b, `at the beginning of ${what}`)
    if (this.take(0x5d)) return
    let index = 0
    do each(index++)
    while (this.take(0x2c))
    this.expect(0x5d, `at the end of ${what}`)
  }

  fault(message: string): Problem {
    return new Problem('bad_data', `malformed JSON: ${message}, error found at byte ${this.at}`)
  }

  #skipWord(): void {
    const start = this.at
    while (isWord(this.bytes[this.at])) this.at++
    const word = decodeUtf8(this.bytes, start, this.at)
    if (!/^(?:true|false|null|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)$/.test(word)) {
      this.at = start
      throw this.fault('expected a value')
    }
  }

  #hex4(at: number): number {
    let code = 0
    for (let i = at; i < at + 4; i++) {
      const byte = i < this.range.end ? (this.bytes[i] as number) : 0
      const lower = byte | 0x20
      const digit =
        byte >= 0x30 && byte <= 0x39
          ? byte - 0x30
          : lower >= 0x61 && lower <= 0x66
            ? lower - 0x57
            : -1
      if (digit < 0) throw this.fault('a \\u escape needs four hexadecimal digits')
      code = code * 16 + digit
    }
    return code
  }
}

/**
 * The highest bit of each byte of a word that is a quote or a backslash. Bytes behind the first of them may be marked, too (Bit Twiddling
 * Hacks, "Determine if a word has a zero byte").
 */
function signsIn(word: number): number {
  const quotes = word ^ 0x22222222
  const backslashes = word ^ 0x5c5c5c5c
  return (
    (((quotes - 0x01010101) & ~quotes) | ((backslashes - 0x01010101) & ~backslashes)) & 0x80808080
  )
}

/** How many bytes of a word stand before the first that is marked. */
function bytesBefore(marks: number): number {
  return (31 - Math.clz32(marks & -marks)) >> 3
}

/** By the byte behind a backslash: the byte that both write, 0 for those that write something else. */
const PLAIN = new Uint8Array(256)
for (const [kind, byte] of [
  [QUOTE, QUOTE],
  [BACKSLASH, BACKSLASH],
  [0x2f, 0x2f],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
] as const) {
  PLAIN[kind] = byte
}

function isSame(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false
  return true
}

function isWord(byte: number | undefined): boolean {
  if (byte === undefined) return false
  const lower = byte | 0x20
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (lower >= 0x61 && lower <= 0x7a) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  )
}

function writeUtf8(code: number, out: Uint8Array, at: number): number {
  let to = at
  if (code < 0x80) out[to++] = code
  else if (code < 0x800) {
    out[to++] = 0xc0 | (code >> 6)
    out[to++] = 0x80 | (code & 0x3f)
  } else if (code < 0x10000) {
    out[to++] = 0xe0 | (code >> 12)
    out[to++] = 0x80 | ((code >> 6) & 0x3f)
    out[to++] = 0x80 | (code & 0x3f)
  } else {
    out[to++] = 0xf0 | (code >> 18)
    out[to++] = 0x80 | ((code >> 12) & 0x3f)
    out[to++] = 0x80 | ((code >> 6) & 0x3f)
    out[to++] = 0x80 | (code & 0x3f)
  }
  return to
}
