import type { Labels } from '../../model/labels.ts'
import { decodeUtf8 } from '../text-codec.ts'

const MAX_ENTRIES = 20_000
/** Whoever makes texts that share a slot is not served faster, but no slower than this either. */
const MAX_PROBES = 64
const NO_BYTES = new Uint8Array()
/** The number of streams of a push that was not met in it yet. */
export const NOT_MET = -1

/** A text that labels were written as, by its bytes. */
interface Writing {
  readonly hash: number
  readonly length: number
  /** The bytes in words, the last filled up with zeros. */
  readonly words: Uint32Array
  readonly stream: number
}

/**
 * The label sets of earlier pushes by the text they were written as. A stream that comes again has the same `Labels` object again,
 * which the store knows without a look-up.
 */
export class LabelCache {
  readonly #known = new Map<string, Labels>()
  /** By the lowest bits of their hash, then in the slots behind; twice as many slots as texts at least. */
  #writings: (Writing | undefined)[] = new Array<Writing | undefined>(1024)
  #writingCount = 0
  #streams: Labels[] = []
  readonly #streamByKey = new Map<string, number>()
  /** Of each stream: its place in the push that met it last, and which push that was. */
  #places: number[] = []
  #metIn: number[] = []
  #push = 0
  /** Of the bytes that were last looked into. */
  #bytes: Uint8Array = NO_BYTES
  #view: DataView = new DataView(NO_BYTES.buffer)

  get(text: string, make: (text: string) => Labels): Labels {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const labels = make(text)
    if (this.#known.size >= MAX_ENTRIES) this.#known.clear()
    this.#known.set(text, labels)
    return labels
  }

  /** Begins another push: what `streamAt` answered before is over. */
  beginPush(): void {
    this.#push++
    if (this.#writingCount < MAX_ENTRIES && this.#streams.length < MAX_ENTRIES) return
    this.#writings = new Array<Writing | undefined>(1024)
    this.#writingCount = 0
    this.#streams = []
    this.#streamByKey.clear()
    this.#places = []
    this.#metIn = []
  }

  /**
   * The number of the stream that `bytes[start..end)` writes, which is looked for without making a text of it. `make` is called for what is
   * new. Equal labels have one number, however they are written.
   */
  streamAt(bytes: Uint8Array, start: number, end: number, make: (text: string) => Labels): number {
    const view = this.#viewOf(bytes)
    const hash = hashOf(view, start, end)
    const mask = this.#writings.length - 1
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const writing = this.#writings[(hash + probe) & mask]
      if (writing === undefined) break
      if (writing.hash === hash && isSame(writing, view, start, end)) return writing.stream
    }
    const stream = this.#streamOf(make(decodeUtf8(bytes, start, end)))
    const words = new Uint32Array(Math.ceil((end - start) / 4))
    for (let i = 0; i < words.length; i++) words[i] = wordAt(view, start + i * 4, end)
    this.#note({ hash, length: end - start, words, stream })
    return stream
  }

  labelsOf(stream: number): Labels {
    return this.#streams[stream] as Labels
  }

  /** What `setPlace` said of a stream in this push, or `NOT_MET`. */
  placeOf(stream: number): number {
    return this.#metIn[stream] === this.#push ? (this.#places[stream] as number) : NOT_MET
  }

  setPlace(stream: number, place: number): void {
    this.#metIn[stream] = this.#push
    this.#places[stream] = place
  }

  #viewOf(bytes: Uint8Array): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    return this.#view
  }

  #streamOf(labels: Labels): number {
    const known = this.#streamByKey.get(labels.key)
    if (known !== undefined) return known
    const stream = this.#streams.push(labels) - 1
    this.#streamByKey.set(labels.key, stream)
    this.#places.push(0)
    this.#metIn.push(-1)
    return stream
  }

  #note(writing: Writing): void {
    if (this.#writingCount * 2 >= this.#writings.length) {
      const old = this.#writings
      this.#writings = new Array<Writing | undefined>(old.length * 2)
      this.#writingCount = 0
      for (const one of old) if (one !== undefined) this.#put(one)
    }
    this.#put(writing)
  }

  /** One that finds no slot near its own is not kept. */
  #put(writing: Writing): void {
    const mask = this.#writings.length - 1
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (writing.hash + probe) & mask
      if (this.#writings[slot] !== undefined) continue
      this.#writings[slot] = writing
      this.#writingCount++
      return
    }
  }
}

/** Starts elsewhere in each process, so that no sender can choose texts that share a slot. */
const SEED = Math.floor(Math.random() * 0x7fffffff)

/** FNV-1a of words in place of bytes, with the bits mixed at each and once more in the end. */
function hashOf(view: DataView, start: number, end: number): number {
  let hash = SEED
  for (let at = start; at < end; at += 4) {
    hash = Math.imul(hash ^ wordAt(view, at, end), 0x01000193)
    hash ^= hash >>> 15
  }
  hash = Math.imul(hash, 0x2c1b3c6d)
  return (hash ^ (hash >>> 12)) & 0x7fffffff
}

/** Up to four bytes of a text that ends at `end`, as a number; what is missing is zero. */
function wordAt(view: DataView, at: number, end: number): number {
  if (at + 4 <= end) return view.getUint32(at, true)
  let word = 0
  for (let i = end - 1; i >= at; i--) word = (word << 8) | view.getUint8(i)
  return word
}

function isSame({ length, words }: Writing, view: DataView, start: number, end: number): boolean {
  if (length !== end - start) return false
  for (let i = 0; i < words.length; i++) {
    if (words[i] !== wordAt(view, start + i * 4, end)) return false
  }
  return true
}
