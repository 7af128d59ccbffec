import { Problem } from '../../model/problem.ts'
import { decodeUtf8 } from '../text-codec.ts'

/** Reads forward through bytes; every step past the end is a `Problem` of code `internal`. */
export class ByteCursor {
  readonly bytes: Uint8Array
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.position >= this.bytes.length
  }

  /** Steps over `sizeBytes` and returns where they start. */
  skip(sizeBytes: number): number {
    const start = this.position
    if (sizeBytes > this.bytes.length - start) {
      throw new Problem(
        'internal',
        `native: the answer is cut off: ${sizeBytes} bytes wanted at ${start} of ${this.bytes.length}`,
      )
    }
    this.position = start + sizeBytes
    return start
  }

  /** Unsigned LEB128 up to 2^53. */
  varint(): number {
    const bytes = this.bytes
    let value = 0
    let scale = 1
    for (let size = 0; size < 8; size++) {
      const byte = bytes[this.skip(1)] as number
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
    throw new Problem('internal', `native: a length of more than 56 bits at ${this.position}`)
  }

  /** A UInt64 that must be a whole number up to 2^53. */
  count(): number {
    const words = this.words(1)
    const value = (words[1] as number) * 4294967296 + (words[0] as number)
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new Problem('internal', `native: impossible count ${value} at ${this.position - 8}`)
    }
    return value
  }

  text(): string {
    const sizeBytes = this.varint()
    const start = this.skip(sizeBytes)
    return decodeUtf8(this.bytes, start, this.position)
  }

  uint8(count: number): Uint8Array {
    const start = this.skip(count)
    return this.bytes.subarray(start, start + count)
  }

  /** `count` 64-bit values as words, the low one at `2i`, in memory that a Float64Array can share. */
  words(count: number): Uint32Array {
    return new Uint32Array(...this.aligned(count, 8, 2))
  }

  /**
   * The arguments of a typed array over the next `count` elements of `widthBytes`: the input's own memory where it is aligned
   * for that width, else one copy of it.
   */
  aligned(count: number, widthBytes: number, scale = 1): [ArrayBuffer, number, number] {
    const start = this.skip(count * widthBytes)
    const { buffer, byteOffset } = this.bytes
    if ((byteOffset + start) % widthBytes === 0 && buffer instanceof ArrayBuffer) {
      return [buffer, byteOffset + start, count * scale]
    }
    const copy = new Uint8Array(count * widthBytes)
    copy.set(this.bytes.subarray(start, start + count * widthBytes))
    return [copy.buffer, 0, count * scale]
  }
}
