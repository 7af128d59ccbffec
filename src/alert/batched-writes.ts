/**
 * Writes in batches: while one batch is being written, what comes is gathered for the next. So a lone item is written at once,
 * and a storm costs few transactions, each of which waits for the disk.
 */
export class BatchedWrites<T> {
  readonly #write: (items: readonly T[]) => Promise<void>
  #waiting: T[] = []
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(write: (items: readonly T[]) => Promise<void>) {
    this.#write = write
  }

  /** Resolves when the item is written; rejects when its batch could not be. */
  add(item: T): Promise<void> {
    this.#waiting.push(item)
    this.#next ??= this.#writeAfter(this.#running)
    return this.#next
  }

  /** Resolves when all that came is written, or could not be. */
  async settle(): Promise<void> {
    while (this.#running !== undefined || this.#next !== undefined) {
      await Promise.allSettled([this.#running, this.#next])
    }
  }

  async #writeAfter(running: Promise<void> | undefined): Promise<void> {
    // What comes in the same turn goes along.
    await (running === undefined ? Promise.resolve() : running.catch(() => undefined))
    const items = this.#waiting
    this.#waiting = []
    this.#next = undefined
    const writing = this.#write(items)
    this.#running = writing
    try {
      await writing
    } finally {
      if (this.#running === writing) this.#running = undefined
    }
  }
}
