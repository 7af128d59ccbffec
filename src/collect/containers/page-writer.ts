const LEAST_BYTES = 64 * 1024

/** The bytes of a page, put together without strings for whole lines: of these, most bytes are labels that never change. */
export class PageWriter {
  #bytes: Buffer
  #length = 0

  /** `expectedBytes` is how large the page will be, as far as one knows. */
  constructor(expectedBytes = 0) {
    this.#bytes = Buffer.allocUnsafe(Math.max(LEAST_BYTES, expectedBytes))
  }

  get length(): number {
    return this.#length
  }

  text(text: string): void {
    // A UTF-16 unit is three bytes at most.
    this.#ensure(text.length * 3)
    this.#length += this.#bytes.write(text, this.#length)
  }

  bytes(bytes: Uint8Array): void {
    this.#ensure(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** What was written. The writer must not be used any more. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #ensure(sizeBytes: number): void {
    const needed = this.#length + sizeBytes
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}
