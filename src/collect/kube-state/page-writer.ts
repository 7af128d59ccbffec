import { setImmediate } from 'node:timers/promises'

/** So much text is put together before it becomes bytes: long enough to be quick, short enough to stay in a cache. */
const CHUNK_LENGTH = 32 * 1024
/** After so many bytes others get their turn: a few milliseconds of work. */
const TURN_BYTES = 1024 * 1024

/** Puts a long page together as bytes, without holding it as text. */
export class PageWriter {
  #bytes: Buffer
  #length = 0
  #chunk = ''
  #turnedAt = 0

  /** `expectedBytes` is how long the page was the last time. */
  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(CHUNK_LENGTH * 2, Math.ceil(expectedBytes * 1.05)))
  }

  add(text: string): void {
    this.#chunk += text
    if (this.#chunk.length >= CHUNK_LENGTH) this.#flush()
  }

  /** Lets others have their turn once enough was written since the last one. */
  async pause(): Promise<void> {
    if (this.#length - this.#turnedAt < TURN_BYTES) return
    this.#turnedAt = this.#length
    await setImmediate()
  }

  /** The page; the writer is not to be used any more. */
  finish(): Uint8Array {
    this.#flush()
    return this.#bytes.subarray(0, this.#length)
  }

  #flush(): void {
    // A character of UTF-16 is at most three bytes of UTF-8.
    const need = this.#length + this.#chunk.length * 3
    if (need > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(need, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    this.#length += this.#bytes.write(this.#chunk, this.#length, 'utf8')
    this.#chunk = ''
  }
}
