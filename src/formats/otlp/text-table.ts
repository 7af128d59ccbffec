import { decodeUtf8 } from '../text-codec.ts'

const FIRST_SLOTS = 1024
/** Of a longer text its two ends are hashed. */
const HASHED_BYTES = 48

/** The distinct texts of a batch, by their places; a marked one may be there twice when it was also added as a text. */
export class TextTable {
  readonly texts: string[] = []
  readonly #places = new Map<string, number>()
  /** Texts that were read as bytes: each slot holds 1 + the number of one, 0 when it is free. */
  #slots = new Int32Array(FIRST_SLOTS)
  #count = 0
  #source: Uint8Array = new Uint8Array()
  #starts = new Uint32Array(FIRST_SLOTS)
  #ends = new Uint32Array(FIRST_SLOTS)
  #marks = new Uint32Array(FIRST_SLOTS)
  #known = new Uint32Array(FIRST_SLOTS)

  placeOf(text: string): number {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    const place = this.texts.push(text) - 1
    this.#places.set(text, place)
    return place
  }

  /**
   * The place of UTF-8 bytes with `mark` before them, one ASCII character or nothing. Bytes that come again are told by themselves: no text
   * is made of them. `source` has to stay as it is; another one begins anew.
   */
  placeOfBytes(source: Uint8Array, start: number, end: number, mark: '' | 's'): number {
    if (source !== this.#source) this.#begin(source)
    const code = mark === '' ? 0 : 1
    const mask = this.#slots.length - 1
    let slot = hashOf(source, start, end, code) & mask
    for (let held = this.#slots[slot] as number; held !== 0; held = this.#slots[slot] as number) {
      if (this.#isSame(held - 1, start, end, code)) return this.#known[held - 1] as number
      slot = (slot + 1) & mask
    }
    const text = decodeUtf8(source, start, end)
    // What is marked is the value of an attribute, which comes as bytes only: nobody looks for it by its text.
    const place = mark === '' ? this.placeOf(text) : this.texts.push(mark + text) - 1
    this.#note(slot, { start, end, code, place })
    return place
  }

  #begin(source: Uint8Array): void {
    this.#source = source
    this.#slots.fill(0)
    this.#count = 0
  }

  #isSame(entry: number, start: number, end: number, code: number): boolean {
    const source = this.#source
    const from = this.#starts[entry] as number
    if ((this.#ends[entry] as number) - from !== end - start || this.#marks[entry] !== code)
      return false
    for (let i = start, k = from; i < end; i++, k++) if (source[i] !== source[k]) return false
    return true
  }

  #note(slot: number, entry: { start: number; end: number; code: number; place: number }): void {
    const at = this.#count++
    this.#starts[at] = entry.start
    this.#ends[at] = entry.end
    this.#marks[at] = entry.code
    this.#known[at] = entry.place
    this.#slots[slot] = at + 1
    if (this.#count * 2 > this.#slots.length) this.#grow()
  }

  #grow(): void {
    const source = this.#source
    const size = this.#slots.length * 2
    this.#starts = grown(this.#starts, size)
    this.#ends = grown(this.#ends, size)
    this.#marks = grown(this.#marks, size)
    this.#known = grown(this.#known, size)
    this.#slots = new Int32Array(size)
    for (let entry = 0; entry < this.#count; entry++) {
      const [start, end] = [this.#starts[entry] as number, this.#ends[entry] as number]
      let slot = hashOf(source, start, end, this.#marks[entry] as number) & (size - 1)
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (size - 1)
      this.#slots[slot] = entry + 1
    }
  }
}

function grown(values: Uint32Array<ArrayBuffer>, size: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(size)
  larger.set(values)
  return larger
}

/** FNV-1a, mixed. */
function hashOf(source: Uint8Array, start: number, end: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed ^ (end - start)
  const isLong = end - start > HASHED_BYTES
  const headEnd = isLong ? start + HASHED_BYTES / 2 : end
  for (let i = start; i < headEnd; i++) hash = Math.imul(hash ^ (source[i] as number), 0x01000193)
  if (isLong) {
    for (let i = end - HASHED_BYTES / 2; i < end; i++)
      hash = Math.imul(hash ^ (source[i] as number), 0x01000193)
  }
  return (hash ^ (hash >>> 15)) >>> 0
}
