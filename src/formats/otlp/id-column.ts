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
    if (end > this.#bytes.length) this.#grow()
    const id = this.#bytes.subarray(this.#size, end)
    this.#size = end
    return id
  }

  /** Adds an id; one that is too short gets zeros in front, of one that is too long the end is taken. */
  push(id: Uint8Array): void {
    const end = this.#size + this.#width
    if (end > this.#bytes.length) this.#grow()
    for (let i = id.length - 1, at = end - 1; i >= 0 && at >= this.#size; i--, at--)
      this.#bytes[at] = id[i] as number
    this.#size = end
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2)
    grown.set(this.#bytes)
    this.#bytes = grown
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
