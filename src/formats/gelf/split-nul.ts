/**
 * Splits a stream into messages that a NUL ends each (GELF over TCP). Longer ones than `maxBytes` are left out, `onMessage` gets
 * undefined for them; bytes are only lent.
 */
export class NulSplitter {
  readonly #maxBytes: number
  readonly #onMessage: (message: Uint8Array | undefined) => void
  #held: Uint8Array[] = []
  #size = 0

  constructor(maxBytes: number, onMessage: (message: Uint8Array | undefined) => void) {
    this.#maxBytes = maxBytes
    this.#onMessage = onMessage
  }

  push(chunk: Uint8Array): void {
    let start = 0
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      this.#keep(chunk.subarray(start, end))
      this.end()
      start = end + 1
    }
    this.#keep(chunk.slice(start))
  }

  /** The stream has ended. */
  end(): void {
    if (this.#size > this.#maxBytes) this.#onMessage(undefined)
    else if (this.#size > 0) this.#onMessage(this.#join())
    this.#held = []
    this.#size = 0
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return
    this.#size += part.length
    if (this.#size > this.#maxBytes) this.#held = []
    else this.#held.push(part)
  }

  #join(): Uint8Array {
    if (this.#held.length === 1) return this.#held[0] as Uint8Array
    const whole = new Uint8Array(this.#size)
    let at = 0
    for (const part of this.#held) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }
}
