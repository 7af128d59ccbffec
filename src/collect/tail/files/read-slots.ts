/** What one read takes at most. */
const CHUNK_BYTES = 256 * 1024

/** Few files are read at once, whatever their number, each with a buffer of its own: that bounds the memory of reading. */
export class ReadSlots {
  readonly #free: Buffer[] = []
  readonly #waiting: ((buffer: Buffer) => void)[] = []
  #left: number

  constructor(count = 4) {
    this.#left = count
  }

  /** Waits for a slot, and gives it back when `work` is done. */
  async use<T>(work: (buffer: Buffer) => Promise<T>): Promise<T> {
    const buffer = await this.#take()
    try {
      return await work(buffer)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(buffer)
      else next(buffer)
    }
  }

  #take(): Promise<Buffer> {
    const free = this.#free.pop()
    if (free !== undefined) return Promise.resolve(free)
    if (this.#left > 0) {
      this.#left--
      return Promise.resolve(Buffer.allocUnsafeSlow(CHUNK_BYTES))
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
