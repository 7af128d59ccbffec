import { Problem } from '../../model/problem.ts'
import { BytesHash } from '../bytes-hash.ts'
import { formatOpenMetricsFloat } from '../openmetrics/format-float.ts'
import { endOfLabelName, endOfMetricName } from '../prometheus-text/char-class.ts'
import type { ScrapePage } from '../prometheus-text/page.ts'
import type { SeriesCache } from '../prometheus-text/series-cache.ts'
import { encodeUtf8, isValidUtf8 } from '../text-codec.ts'

const MIN_BYTES = 64 * 1024
/** What is kept for the next page. */
const KEEP_BYTES = 1024 * 1024
const MAX_NUMBERS = 10_000
const SHORT_BYTES = 32
/** What a value takes in a line of text. */
const VALUE_BYTES = 16
/** As long as a page of text may be: a few bytes of protobuf can be many series with long names. */
const LARGEST_BYTES = 64 * 1024 * 1024
const LINE_FEED = 0x0a
const QUOTE = 0x22
const COMMA = 0x2c
const EQUAL = 0x3d
const BACKSLASH = 0x5c
const BRACE_OPEN = 0x7b
const BRACE_CLOSE = 0x7d
const SMALL_N = 0x6e
/** What stands around a name and its value. */
const LABEL_SIGNS = 8
/** By byte: 1 where it is a character that is written as it is. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || byte === BACKSLASH || byte === QUOTE || byte === LINE_FEED ? 0 : 1,
)

/**
 * Series of a page that is no text, written as the text format writes them, so that they are remembered, compared and read like those
 * of text pages. What the cache knows is written over by the next series: in most pages no more is held than one.
 */
export class SeriesText {
  bytes = new Uint8Array(MIN_BYTES)
  length = 0
  /** About how many bytes the page would have as text, with the series that were written over. */
  written = 0
  #view = new DataView(this.bytes.buffer)
  #cache: SeriesCache | undefined
  readonly #hash = new BytesHash()
  /** How numbers are written as values of `le` and `quantile`. */
  readonly #numbers = new Map<number, Uint8Array>()

  begin(cache: SeriesCache | undefined): void {
    if (this.bytes.length > KEEP_BYTES) this.#replace(new Uint8Array(MIN_BYTES))
    this.length = 0
    this.written = 0
    this.#cache = cache
    cache?.rewind()
  }

  /** Makes room for so many bytes more. */
  reserve(sizeBytes: number): void {
    const needed = this.length + sizeBytes
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.#replace(grown)
  }

  /** A few bytes as they are. */
  plain(source: Uint8Array): void {
    this.reserve(source.length)
    const { bytes } = this
    let at = this.length
    for (let i = 0; i < source.length; i++) bytes[at++] = source[i] as number
    this.length = at
  }

  /** A part of what was written before. */
  again(start: number, end: number): void {
    this.reserve(end - start)
    const { bytes } = this
    let at = this.length
    // A call into the platform costs more than so many bytes.
    if (end - start <= SHORT_BYTES)
      for (let i = start; i < end; i++) bytes[at++] = bytes[i] as number
    else {
      bytes.copyWithin(at, start, end)
      at += end - start
    }
    this.length = at
  }

  /**
   * A text with a backslash before backslashes and (in quotes) quotes, and `\n` for line feeds. False when it is not well-formed
   * UTF-8.
   */
  escaped(source: Uint8Array, start: number, end: number, isQuoted = true): boolean {
    this.reserve((end - start) * 2)
    this.length = copyEscaped(this.bytes, this.length, source, start, end, isQuoted)
    return isValidUtf8(source, start, end)
  }

  /** Begins a series of a family whose escaped name was written before; returns its place. */
  open(nameStart: number, nameEnd: number, isClassic: boolean, suffix: Uint8Array): number {
    const start = this.length
    if (isClassic) {
      this.again(nameStart, nameEnd)
      this.plain(suffix)
      this.#byte(BRACE_OPEN)
      return start
    }
    this.#byte(BRACE_OPEN)
    this.#byte(QUOTE)
    this.again(nameStart, nameEnd)
    this.plain(suffix)
    this.#byte(QUOTE)
    this.#byte(COMMA)
    return start
  }

  /** `name="value",`; false when one of them is not well-formed, or the name is empty. */
  label(
    source: Uint8Array,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
  ): boolean {
    if (nameStart === nameEnd) return false
    this.reserve((nameEnd - nameStart + valueEnd - valueStart) * 2 + LABEL_SIGNS)
    const { bytes } = this
    const isClassic = endOfLabelName(source, nameStart, nameEnd) === nameEnd
    let at = this.length
    if (isClassic) for (let i = nameStart; i < nameEnd; i++) bytes[at++] = source[i] as number
    else {
      if (!isValidUtf8(source, nameStart, nameEnd)) return false
      bytes[at++] = QUOTE
      at = copyEscaped(bytes, at, source, nameStart, nameEnd, true)
      bytes[at++] = QUOTE
    }
    bytes[at++] = EQUAL
    bytes[at++] = QUOTE
    // Most values are copied as they are.
    let i = valueStart
    for (; i < valueEnd; i++) {
      const byte = source[i] as number
      if (IS_PLAIN[byte] === 0) break
      bytes[at++] = byte
    }
    if (i < valueEnd) {
      if (!isValidUtf8(source, i, valueEnd)) return false
      at = copyEscaped(bytes, at, source, i, valueEnd, true)
    }
    bytes[at++] = QUOTE
    bytes[at++] = COMMA
    this.length = at
    return true
  }

  /** `le="0.5"` and the like; `start` is what stands before the number. */
  numberLabel(start: Uint8Array, value: number): void {
    this.plain(start)
    this.plain(this.#numberBytes(value))
    this.#byte(QUOTE)
  }

  /**
   * Ends the series that begins at `start` as the one of a row, which is looked up in the cache. Its bytes stay only when it is not
   * known. Throws a `Problem` when the page would be too long.
   */
  close(start: number, page: ScrapePage, row: number): void {
    this.#byte(BRACE_CLOSE)
    const { bytes, length: end } = this
    const cache = this.#cache
    this.written += end - start + VALUE_BYTES
    if (this.written > LARGEST_BYTES) {
      throw new Problem('bad_data', `the page would be longer than ${LARGEST_BYTES} bytes as text`)
    }
    page.seriesStarts[row] = start
    page.seriesEnds[row] = end
    page.hashes[row] = 0
    if (cache !== undefined && cache.predict(bytes, start, end) === end) {
      cache.confirm()
      page.ids[row] = cache.predictedId
      this.length = start
      return
    }
    this.#hash.update(this.#view, start, end)
    const hash = this.#hash.low
    page.hashes[row] = hash
    const known = cache === undefined ? -1 : cache.lookup(bytes, start, end, hash)
    page.ids[row] = known
    if (known >= 0) this.length = start
  }

  #numberBytes(value: number): Uint8Array {
    let bytes = this.#numbers.get(value)
    if (bytes !== undefined) return bytes
    if (this.#numbers.size >= MAX_NUMBERS) this.#numbers.clear()
    bytes = encodeUtf8(formatOpenMetricsFloat(value))
    this.#numbers.set(value, bytes)
    return bytes
  }

  #byte(byte: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = byte
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

/** Copies a text with its escapes; returns where it ends. There must be room for twice as many bytes. */
function copyEscaped(
  into: Uint8Array,
  to: number,
  source: Uint8Array,
  start: number,
  end: number,
  isQuoted: boolean,
): number {
  let at = to
  for (let i = start; i < end; i++) {
    const byte = source[i] as number
    if (byte === BACKSLASH || byte === LINE_FEED || (isQuoted && byte === QUOTE)) {
      into[at++] = BACKSLASH
    }
    into[at++] = byte === LINE_FEED ? SMALL_N : byte
  }
  return at
}

/** Whether a name of a metric needs no quotes. */
export function isClassicName(bytes: Uint8Array, start: number, end: number): boolean {
  return endOfMetricName(bytes, start, end) === end
}
