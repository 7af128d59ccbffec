import { encodeUtf8 } from './text-codec.ts'

const SHORT_TEXT = 64
/** Bytes of the length of a slice, at most. */
const LONGEST_LENGTH = 5
/** A slice of no more bytes is copied one by one. */
const SHORT_SLICE = 64
const LONGEST_VARINT = 10

/** A growing byte array with the little-endian primitives that the binary formats share. */
export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  /** `space` is written to, as far as it goes; or so many bytes are taken. */
  constructor(space: number | Uint8Array = 1024) {
    this.#bytes = typeof space === 'number' ? new Uint8Array(Math.max(16, space)) : space
  }

  get length(): number {
    return this.#length
  }

  /** The bytes written so far: a view, valid until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** Unsigned LEB128 of a whole number from 0 to 2^53. */
  varint(value: number): void {
    this.#reserve(LONGEST_VARINT)
    let rest = value
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#bytes[this.#length++] = rest
  }

  /** A whole number between -2^53 and 2^53 as the varint of its 64-bit two's complement. */
  int64(value: number): void {
    if (value >= 0) {
      this.varint(value)
      return
    }
    // Seven bits at a time of a negative number: floor and the mathematical remainder are arithmetic shifts.
    let rest = value
    for (let i = 0; i < 9; i++) {
      const above = Math.floor(rest / 0x80)
      this.byte((rest - above * 0x80) | 0x80)
      rest = above
    }
    this.byte(1)
  }

  /** Four bytes, little-endian. */
  uint32(value: number): void {
    this.#reserve(4)
    const bytes = this.#bytes
    bytes[this.#length++] = value
    bytes[this.#length++] = value >>> 8
    bytes[this.#length++] = value >>> 16
    bytes[this.#length++] = value >>> 24
  }

  /** Eight bytes, little-endian, from two 32-bit words. */
  words(low: number, high: number): void {
    this.uint32(low)
    this.uint32(high)
  }

  bytes(source: Uint8Array): void {
    this.#reserve(source.length)
    this.#bytes.set(source, this.#length)
    this.#length += source.length
  }

  /** The memory of a typed array as it lies there (little-endian on every machine this runs on). */
  memory(source: {
    readonly buffer: ArrayBufferLike
    readonly byteOffset: number
    readonly byteLength: number
  }): void {
    this.bytes(new Uint8Array(source.buffer, source.byteOffset, source.byteLength))
  }

  /**
   * Slices of an array, each with its length before it as varint. Slices that lie one behind the other, as the lines of a request
   * do, are copied at once and then moved apart: no view is made of each.
   */
  slices(source: Uint8Array, starts: Uint32Array, ends: Uint32Array): void {
    for (let first = 0; first < starts.length;) {
      let last = first
      while (last + 1 < starts.length && starts[last + 1] === ends[last]) last++
      this.#run(source, starts, ends, first, last)
      first = last + 1
    }
  }

  /** A view would cost more than copying byte by byte does. */
  #short(source: Uint8Array, from: number, sizeBytes: number): void {
    this.#reserve(sizeBytes + LONGEST_VARINT)
    this.varint(sizeBytes)
    const bytes = this.#bytes
    let at = this.#length
    for (let i = from; i < from + sizeBytes; i++) bytes[at++] = source[i] as number
    this.#length = at
  }

  #run(
    source: Uint8Array,
    starts: Uint32Array,
    ends: Uint32Array,
    first: number,
    last: number,
  ): void {
    const from = starts[first] as number
    const sizeBytes = (ends[last] as number) - from
    if (first === last && sizeBytes <= SHORT_SLICE) {
      this.#short(source, from, sizeBytes)
      return
    }
    const lengthsBytes = (last - first + 1) * LONGEST_LENGTH
    // The last length is written with room to spare, which must not be made by then.
    this.#reserve(sizeBytes + lengthsBytes + LONGEST_VARINT)
    const bytes = this.#bytes
    // Behind the room for all lengths: what is moved forward never comes to lie over what is not moved yet.
    const shift = this.#length + lengthsBytes - from
    bytes.set(source.subarray(from, from + sizeBytes), from + shift)
    for (let i = first; i <= last; i++) {
      const start = starts[i] as number
      const end = ends[i] as number
      this.varint(end - start)
      bytes.copyWithin(this.#length, start + shift, end + shift)
      this.#length += end - start
    }
  }

  /** A length as varint, then the UTF-8 bytes. */
  text(value: string): void {
    if (value.length > SHORT_TEXT || !this.#shortAscii(value)) {
      const encoded = encodeUtf8(value)
      this.varint(encoded.length)
      this.bytes(encoded)
    }
  }

  #shortAscii(value: string): boolean {
    const size = value.length
    this.#reserve(size + 1)
    const bytes = this.#bytes
    const at = this.#length + 1
    for (let i = 0; i < size; i++) {
      const code = value.charCodeAt(i)
      if (code >= 0x80) return false
      bytes[at + i] = code
    }
    bytes[this.#length] = size
    this.#length = at + size
    return true
  }

  #reserve(sizeBytes: number): void {
    const needed = this.#length + sizeBytes
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
