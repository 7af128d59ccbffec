/** What streams belong to, a resource or a scope: known by a number, so that not every stream keeps its text. */
export interface DeltaOwner {
  readonly id: number
  readonly text: string
  /** Streams that have it. */
  streams: number
}

/** The owners of the streams that there are. */
export class DeltaOwners {
  readonly #byText = new Map<string, DeltaOwner>()
  #nextId = 0
  #length = 0

  /** Characters of all texts. */
  get length(): number {
    return this.#length
  }

  /** The owner of this text; one that gets no stream is to be dropped again. */
  get(text: string): DeltaOwner {
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    const owner = { id: this.#nextId++, text, streams: 0 }
    this.#byText.set(text, owner)
    this.#length += text.length
    return owner
  }

  /** Forgets an owner without streams. */
  drop(owner: DeltaOwner): void {
    if (owner.streams === 0 && this.#byText.delete(owner.text)) this.#length -= owner.text.length
  }
}
