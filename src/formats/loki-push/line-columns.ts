import type { Labels } from '../../model/labels.ts'
import { Labels as LabelSet } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import type { JsonBytes } from './json-bytes.ts'
import { NOT_MET, type LabelCache } from './label-cache.ts'

const LEAST_ROWS = 256
const MOST_FIRST_ROWS = 65_536
/** Of the last push: lines of one sender are of about one length. */
let bytesPerLine = 128

/** With room for so many lines few columns grow. */
function firstRows(space: Uint8Array | number): number {
  const sizeBytes = typeof space === 'number' ? space : space.length
  const expected = Math.ceil((sizeBytes / bytesPerLine) * 1.125)
  return Math.min(MOST_FIRST_ROWS, Math.max(LEAST_ROWS, expected))
}

const TWO_32 = 4294967296
const NS_PER_S = 1_000_000_000
/**
 * Longer sets of metadata are not looked for among the known ones: V8 hashes texts of 16 Ki and more characters by their length, so
 * that a table of them would be searched from end to end for each line.
 */
const MAX_KEY_CHARACTERS = 8192

/** Lines of one push while it is read: growing columns, nothing is made per line. */
export class LineColumns {
  readonly #streams: Labels[] = []
  readonly #streamsByKey = new Map<string, number>()
  #metadata: Labels[] = [LabelSet.EMPTY]
  readonly #metadataByKey = new Map<string, number>([['', 0]])
  #streamIndex: Uint32Array<ArrayBuffer>
  #times: BigInt64Array<ArrayBuffer>
  #timeWords: Uint32Array
  #ends: Uint32Array<ArrayBuffer>
  #metadataIndex: Uint32Array<ArrayBuffer>
  #bytes: Uint8Array
  readonly #spaceBytes: number
  #size = 0
  #rows = 0
  #timeLow = 0
  #timeHigh = 0

  /**
   * `space` takes the lines, one behind the other from its beginning on: so many bytes, about, or the request itself, which lines then
   * move forward in. A line that is added from there must not begin before the end of those added already, until `detach` was called.
   */
  constructor(space: Uint8Array | number) {
    this.#bytes = typeof space === 'number' ? new Uint8Array(Math.max(64, space)) : space
    this.#spaceBytes = this.#bytes.length
    const rows = firstRows(space)
    this.#streamIndex = new Uint32Array(rows)
    this.#times = new BigInt64Array(rows)
    this.#timeWords = new Uint32Array(this.#times.buffer)
    this.#ends = new Uint32Array(rows)
    this.#metadataIndex = new Uint32Array(rows)
  }

  get rows(): number {
    return this.#rows
  }

  /** The number of a stream in this batch, of which `cachedStream` is told nothing. */
  stream(labels: Labels): number {
    const known = this.#streamsByKey.get(labels.key)
    if (known !== undefined) return known
    const at = this.#streams.push(labels) - 1
    this.#streamsByKey.set(labels.key, at)
    return at
  }

  /** The same for labels that `bytes[start..end)` writes and `make` reads, which a cache knows when they were met before. */
  cachedStream(
    cache: LabelCache,
    bytes: Uint8Array,
    start: number,
    end: number,
    make: (text: string) => Labels,
  ): number {
    const stream = cache.streamAt(bytes, start, end, make)
    let place = cache.placeOf(stream)
    if (place === NOT_MET) {
      place = this.#streams.push(cache.labelsOf(stream)) - 1
      cache.setPlace(stream, place)
    }
    return place
  }

  /** The number of a set of structured metadata in this batch. */
  metadataSet(labels: Labels): number {
    if (labels.key.length > MAX_KEY_CHARACTERS) return this.newMetadataSet(labels)
    const known = this.#metadataByKey.get(labels.key)
    if (known !== undefined) return known
    const at = this.#metadata.push(labels) - 1
    this.#metadataByKey.set(labels.key, at)
    return at
  }

  /** The time of the next line: whole seconds since 1970, not negative, and nanoseconds below a second. */
  setTime(seconds: number, nanos: number): void {
    const above = Math.floor(seconds / 65_536) * NS_PER_S
    const below = (seconds % 65_536) * NS_PER_S + nanos + (above % 65_536) * 65_536
    this.#timeHigh = Math.floor(above / 65_536) + Math.floor(below / TWO_32)
    this.#timeLow = below % TWO_32
  }

  /** The same for times that are not between 1970 and 2262 seconds of a positive number. */
  setTimeNs(timestampNs: bigint): void {
    this.#timeLow = Number(BigInt.asUintN(32, timestampNs))
    this.#timeHigh = Number(BigInt.asUintN(32, timestampNs >> 32n))
  }

  /** The number of a set of structured metadata that is not looked for among those that are there already. */
  newMetadataSet(labels: Labels): number {
    return this.#metadata.push(labels) - 1
  }

  /** The time of the next line as the two halves of its nanoseconds. */
  setTimeWords(low: number, high: number): void {
    this.#timeLow = low
    this.#timeHigh = high
  }

  /** From now on lines are kept in memory of their own: what they are read from stays as it is. */
  detach(): void {
    const own = new Uint8Array(this.#bytes.length)
    own.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = own
  }

  /** Adds `source[start..end)` to the line that is being written. */
  append(source: Uint8Array, start: number, end: number): void {
    const needed = this.#size + end - start
    if (source !== this.#bytes) {
      if (needed > this.#bytes.length) this.#growBytes(needed)
      this.#bytes.set(source.subarray(start, end), this.#size)
    } else if (this.#size !== start) source.copyWithin(this.#size, start, end)
    this.#size = needed
  }

  /** Adds the text that `json` stands before, with its escapes resolved, to the line that is being written. */
  appendText(json: JsonBytes, what: string): void {
    const { start, end, hasEscapes } = json.openText(what)
    // With escapes a text is at least as long as without them: what holds the request holds its lines.
    if (hasEscapes) this.#size = json.unescapeText(what, this.#bytes, this.#size)
    else this.append(json.bytes, start, end)
  }

  /** Adds the last text of `json`, which has escapes. */
  appendEscaped(json: JsonBytes): void {
    const needed = this.#size + json.range.end - json.range.start
    if (needed > this.#bytes.length) this.#growBytes(needed)
    this.#size = json.unescape(this.#bytes, this.#size)
  }

  /** Ends the line that is being written. */
  endLine(stream: number, metadata: number): void {
    const row = this.#rows
    if (row === this.#ends.length) this.#growRows()
    this.#streamIndex[row] = stream
    this.#timeWords[row * 2] = this.#timeLow
    this.#timeWords[row * 2 + 1] = this.#timeHigh
    this.#ends[row] = this.#size
    this.#metadataIndex[row] = metadata
    this.#rows = row + 1
  }

  /** The lines so far. The batch shares its memory with these columns, which are not to be used any more. */
  finish(): LogBatch {
    if (this.#rows > 0) bytesPerLine = Math.max(16, this.#spaceBytes / this.#rows)
    return {
      streams: this.#streams,
      streamIndex: this.#streamIndex.subarray(0, this.#rows),
      timestampsNs: this.#times.subarray(0, this.#rows),
      bytes: this.#bytes.subarray(0, this.#size),
      ends: this.#ends.subarray(0, this.#rows),
      metadata: this.#metadata,
      metadataIndex: this.#metadataIndex.subarray(0, this.#rows),
    }
  }

  #growBytes(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#size))
    this.#bytes = grown
  }

  #growRows(): void {
    const grow = (old: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> => {
      const next = new Uint32Array(old.length * 2)
      next.set(old)
      return next
    }
    this.#streamIndex = grow(this.#streamIndex)
    this.#ends = grow(this.#ends)
    this.#metadataIndex = grow(this.#metadataIndex)
    const times = new BigInt64Array(this.#times.length * 2)
    times.set(this.#times)
    this.#times = times
    this.#timeWords = new Uint32Array(times.buffer)
  }
}
