const FIRST_VALUES = 64

/** Whole numbers of 64 bits that are added word by word, without a bigint each. */
export class Int64Column {
  #words = new Uint32Array(FIRST_VALUES * 2)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(low: number, high: number): void {
    const at = this.#length * 2
    if (at === this.#words.length) {
      const grown = new Uint32Array(at * 2)
      grown.set(this.#words)
      this.#words = grown
    }
    this.#words[at] = low
    this.#words[at + 1] = high
    this.#length++
  }

  /** A copy that is no longer than it must be. */
  finish(): BigInt64Array<ArrayBuffer> {
    return new BigInt64Array(this.#words.slice(0, this.#length * 2).buffer)
  }
}
