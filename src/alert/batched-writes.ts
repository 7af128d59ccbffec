import { WritePace } from './write-pace.ts'

/**
 * Writes in batches: while one batch is being written, or the pace asks for a rest, what comes is gathered for the next. So a
 * lone item is written at once, and a storm costs few transactions, each of which waits for the disk.
 */
export class BatchedWrites<T> {
  readonly #write: (items: readonly T[]) => Promise<void>
  readonly #pace: WritePace
  #waiting: T[] = []
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  /** Ends the rest before the next batch. */
  #hurry: () => void = () => undefined

  constructor(write: (items: readonly T[]) => Promise<void>, pace = new WritePace()) {
    this.#write = write
    this.#pace = pace
  }

  /** Resolves when the item is written; rejects when its batch could not be. */
  add(item: T): Promise<void> {
    this.#waiting.push(item)
    this.#next ??= this.#writeAfter(this.#running)
    return this.#next
  }

  /** Resolves when all that came is written, or could not be; without rests. */
  async settle(): Promise<void> {
    while (this.#running !== undefined || this.#next !== undefined) {
      this.#hurry()
      await Promise.allSettled([this.#running ?? this.#next])
    }
  }

  async #writeAfter(running: Promise<void> | undefined): Promise<void> {
    // What comes in the same turn goes along.
    await (running === undefined ? Promise.resolve() : running.catch(() => undefined))
    const restMs = this.#pace.restMs()
    if (restMs >= 1) await this.#rest(restMs)
    const items = this.#waiting
    this.#waiting = []
    this.#next = undefined
    const begun = performance.now()
    const writing = this.#write(items)
    this.#running = writing
    try {
      await writing
    } finally {
      this.#pace.note(performance.now() - begun)
      if (this.#running === writing) this.#running = undefined
    }
  }

  #rest(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs)
      this.#hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
