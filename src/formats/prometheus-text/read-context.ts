import { BytesHash } from '../bytes-hash.ts'
import { isValidUtf8 } from '../text-codec.ts'
import { BRACE_CLOSE, BRACE_OPEN, SPACE, TAB, skipBlanks } from './char-class.ts'
import { FAMILY_TYPES, type ScrapePage } from './page.ts'
import { foundAt, PageFault } from './page-fault.ts'
import { parseFloatToken, readShortFloat } from './read-float.ts'
import { scanSeries, type Grammar } from './scan-series.ts'
import type { SeriesCache } from './series-cache.ts'

/** What the readers of both formats share: the page being filled, and how its rows are written. */
export class ReadContext {
  readonly page: ScrapePage
  readonly bytes: Uint8Array
  readonly grammar: Grammar
  readonly defaultTimestampMs: number
  readonly honorTimestamps: boolean
  /** The type that the last TYPE line set, an index into `FAMILY_TYPES`. */
  type = FAMILY_TYPES.indexOf('unknown')
  readonly #cache: SeriesCache | undefined
  /** When all of the page is well-formed UTF-8, its parts need no check. */
  readonly #isTrusted: boolean
  readonly #hash = new BytesHash()
  readonly #view: DataView

  constructor(
    page: ScrapePage,
    grammar: Grammar,
    defaultTimestampMs: number,
    honorTimestamps: boolean,
    cache: SeriesCache | undefined,
  ) {
    const { bytes } = page
    this.page = page
    this.bytes = bytes
    this.grammar = grammar
    this.defaultTimestampMs = defaultTimestampMs
    this.honorTimestamps = honorTimestamps
    this.#cache = cache
    this.#isTrusted = isValidUtf8(bytes, 0, bytes.length)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    cache?.rewind()
  }

  /** Reads the series at `at` into a row, through the cache where it is known, and returns where it ends. */
  readSeries(at: number, row: number): number {
    const { page } = this
    const seriesEnd = this.#predict(at, row)
    if (seriesEnd !== -1) return seriesEnd
    const end = scanSeries(this.bytes, at, this.bytes.length, this.grammar)
    this.checkUtf8(at, end, 'the series')
    page.seriesStarts[row] = at
    page.seriesEnds[row] = end
    this.#hash.update(this.#view, at, end)
    const hash = this.#hash.low
    page.hashes[row] = hash
    page.ids[row] = this.#cache === undefined ? -1 : this.#cache.lookup(this.bytes, at, end, hash)
    return end
  }

  /** Takes the series that the cache expects, when it stands here and ends here. */
  #predict(at: number, row: number): number {
    const cache = this.#cache
    if (cache === undefined) return -1
    const { bytes, page } = this
    const end = cache.predict(bytes, at, bytes.length)
    if (end === -1 || end >= bytes.length) return -1
    if (bytes[end - 1] !== BRACE_CLOSE) {
      // A bare name: it must not go on, and no braces may follow it.
      const next = bytes[end]
      if (next !== SPACE && next !== TAB) return -1
      if (bytes[skipBlanks(bytes, end, bytes.length)] === BRACE_OPEN) return -1
    }
    cache.confirm()
    page.seriesStarts[row] = at
    page.seriesEnds[row] = end
    page.ids[row] = cache.predictedId
    page.hashes[row] = 0
    return end
  }

  /** Reads the number at `at` into `into[index]`; `tokenEnd` finds where a number that is not a plain one ends. */
  readFloat(
    at: number,
    into: Float64Array,
    index: number,
    tokenEnd: (bytes: Uint8Array, at: number) => number,
    what: string,
  ): number {
    const { bytes } = this
    const shortEnd = readShortFloat(bytes, at, bytes.length, into, index)
    // Most numbers end here; the check keeps `1.2.3` and `1_2` from being read in part.
    if (shortEnd !== -1 && (shortEnd >= bytes.length || (bytes[shortEnd] as number) <= SPACE)) {
      const byte = bytes[shortEnd]
      if (byte === undefined || byte === SPACE || byte === 0x0a || byte === TAB) {
        if (byte !== TAB || this.grammar === 'text') return shortEnd
      }
    }
    const end = tokenEnd(bytes, at)
    if (end === at) throw new PageFault(at, `expected ${what}, got ${foundAt(bytes, at)}`)
    const value = parseFloatToken(bytes, at, end)
    if (value === undefined) throw new PageFault(at, `${what} is not a number`)
    into[index] = value
    return end
  }

  /** Ends a row that has no timestamp of its own. */
  finishRow(row: number): void {
    const { page } = this
    page.types[row] = this.type
    page.timestampsMs[row] = this.defaultTimestampMs
    page.hasTimestamp[row] = 0
    page.rows = row + 1
  }

  /** Ends a row that has one. */
  finishRowAt(row: number, timestampMs: number): void {
    this.finishRow(row)
    if (!this.honorTimestamps) return
    this.page.timestampsMs[row] = timestampMs
    this.page.hasTimestamp[row] = 1
  }

  checkUtf8(start: number, end: number, what: string): void {
    if (this.#isTrusted || isValidUtf8(this.bytes, start, end)) return
    throw new PageFault(start, `${what} is not valid UTF-8`)
  }

  /** True when the bytes at `at` are these ASCII characters. */
  matches(at: number, text: string): boolean {
    if (at + text.length > this.bytes.length) return false
    for (let i = 0; i < text.length; i++) {
      if (this.bytes[at + i] !== text.charCodeAt(i)) return false
    }
    return true
  }
}
