/** Whole numbers that are added one by one, without an object or a boxed number each. */
export class Uint32Column {
  #values = new Uint32Array(64)
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Uint32Array(this.#length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#length++] = value
  }

  /** The last number; 0 when there is none. */
  get last(): number {
    return this.#length === 0 ? 0 : (this.#values[this.#length - 1] as number)
  }

  cutTo(length: number): void {
    this.#length = length
  }

  /** A copy that is no longer than it must be. */
  finish(): Uint32Array<ArrayBuffer> {
    return this.#values.slice(0, this.#length)
  }
}
