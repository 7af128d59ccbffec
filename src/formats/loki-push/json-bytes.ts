import { Problem } from '../../model/problem.ts'
import { ByteWriter } from '../byte-writer.ts'
import { decodeUtf8 } from '../text-codec.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const MAX_DEPTH = 64

/** Bytes of a text, where they lie: `start` to `end`, without the quotes. */
export interface TextRange {
  start: number
  end: number
  hasEscapes: boolean
}

/** What takes bytes one by one and in runs. */
export interface ByteSink {
  append(source: Uint8Array, start: number, end: number): void
  appendByte(byte: number): void
}

/**
 * Walks JSON where it lies, without making objects. Anything malformed is a `Problem` of code `bad_data`. Texts need not be valid
 * UTF-8: log lines are taken as they are.
 */
export class JsonBytes {
  readonly bytes: Uint8Array
  /** Of the last `text`. */
  readonly range: TextRange = { start: 0, end: 0, hasEscapes: false }
  at = 0
  /** The next backslash at or after `at`, where it has been looked for. */
  #nextBackslash = -1

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
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
    if (this.peek() !== QUOTE) throw this.fault(`expected a string for ${what}`)
    const { bytes, range } = this
    const start = this.at + 1
    let from = start
    let hasEscapes = false
    for (;;) {
      const end = bytes.indexOf(QUOTE, from)
      if (end < 0) throw this.fault(`the string of ${what} has no end`)
      if (this.#nextBackslash < from) {
        const found = bytes.indexOf(BACKSLASH, from)
        this.#nextBackslash = found < 0 ? bytes.length : found
      }
      if (this.#nextBackslash >= end) {
        range.start = start
        range.end = end
        range.hasEscapes = hasEscapes
        this.at = end + 1
        return range
      }
      hasEscapes = true
      from = this.#nextBackslash + 2
    }
  }

  /** The text that `text` stepped over. */
  readText(what: string): string {
    const { start, end, hasEscapes } = this.text(what)
    if (!hasEscapes) return decodeUtf8(this.bytes, start, end)
    const out = new ByteWriter(end - start)
    this.unescape({
      append: (bytes, from, to) => out.bytes(bytes.subarray(from, to)),
      appendByte: (byte) => out.byte(byte),
    })
    const bytes = out.finish()
    return decodeUtf8(bytes, 0, bytes.length)
  }

  /** Puts the bytes of the last text with its escapes resolved. Halves of surrogate pairs without the other become U+FFFD. */
  unescape(sink: ByteSink): void {
    const { bytes, range } = this
    const { end } = range
    let at = range.start
    while (at < end) {
      const found = bytes.indexOf(BACKSLASH, at)
      const stop = found < 0 || found > end ? end : found
      if (stop > at) sink.append(bytes, at, stop)
      if (stop === end) return
      const plain = PLAIN.get(bytes[stop + 1] as number)
      if (plain !== undefined) {
        sink.appendByte(plain)
        at = stop + 2
      } else at = this.#unescapeUnit(stop, sink)
    }
  }

  /** Puts the character that a `\\uXXXX` (or a pair of them) writes; returns where it ends. */
  #unescapeUnit(at: number, sink: ByteSink): number {
    const { bytes } = this
    if (bytes[at + 1] !== 0x75) throw this.fault('unknown escape in a string')
    const code = this.#hex4(at + 2)
    const isHigh = code >= 0xd800 && code < 0xdc00
    if (isHigh && bytes[at + 6] === BACKSLASH && bytes[at + 7] === 0x75) {
      const low = this.#hex4(at + 8)
      if (low >= 0xdc00 && low < 0xe000) {
        putUtf8(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00), sink)
        return at + 12
      }
    }
    putUtf8(code >= 0xd800 && code < 0xe000 ? 0xfffd : code, sink)
    return at + 6
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

const PLAIN: ReadonlyMap<number, number> = new Map([
  [QUOTE, QUOTE],
  [BACKSLASH, BACKSLASH],
  [0x2f, 0x2f],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
])

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

function putUtf8(code: number, sink: ByteSink): void {
  const put = (byte: number): void => sink.appendByte(byte)
  if (code < 0x80) put(code)
  else if (code < 0x800) {
    put(0xc0 | (code >> 6))
    put(0x80 | (code & 0x3f))
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12))
    put(0x80 | ((code >> 6) & 0x3f))
    put(0x80 | (code & 0x3f))
  } else {
    put(0xf0 | (code >> 18))
    put(0x80 | ((code >> 12) & 0x3f))
    put(0x80 | ((code >> 6) & 0x3f))
    put(0x80 | (code & 0x3f))
  }
}
