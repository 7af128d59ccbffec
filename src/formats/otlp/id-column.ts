/** Bytes of ids, one after the other. */
export class IdColumn {
  readonly #width: number
  #bytes: Uint8Array
  #size = 0

  constructor(width: number) {
    this.#width = width
    this.#bytes = new Uint8Array(width * 64)
  }

  /** Room for one more id, all zeros. */
  next(): Uint8Array {
    const end = this.#size + this.#width
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    const id = this.#bytes.subarray(this.#size, end)
    this.#size = end
    return id
  }

  cutTo(ids: number): void {
    this.#bytes.fill(0, ids * this.#width, this.#size)
    this.#size = ids * this.#width
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }
}

/** Ids that are too short are filled with zeros in front, as Tempo does with ids of 64 bits. */
export function setId(to: Uint8Array, id: Uint8Array): void {
  to.set(
    id.length > to.length ? id.subarray(id.length - to.length) : id,
    Math.max(0, to.length - id.length),
  )
}
