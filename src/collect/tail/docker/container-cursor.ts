const CURSOR = /^(\d{1,19})\+(\d{1,9})$/

/**
 * How far the lines of a container are read: the time of the last one, and how many there were at this time. Docker can be asked
 * for what is since a time, which has those lines again.
 */
export class ContainerCursor {
  #timestampNs: bigint
  #count: number
  /** Lines of the first time that came again. */
  #seen = 0

  /** From what `next` gave; undefined for a container that was never read. */
  constructor(text: string | undefined) {
    const found = CURSOR.exec(text ?? '')
    this.#timestampNs = BigInt(found?.[1] ?? '0')
    this.#count = Number(found?.[2] ?? '0')
  }

  /** `since` of the request: seconds with nanoseconds. */
  get since(): string {
    const digits = String(this.#timestampNs).padStart(10, '0')
    return `${digits.slice(0, -9)}.${digits.slice(-9)}`
  }

  /** The cursor behind a line; undefined for one that was read before. */
  next(timestampNs: bigint): string | undefined {
    if (timestampNs < this.#timestampNs) return undefined
    if (timestampNs > this.#timestampNs) {
      this.#timestampNs = timestampNs
      this.#count = 0
    } else if (this.#seen < this.#count) {
      this.#seen++
      return undefined
    }
    this.#seen = ++this.#count
    return this.text
  }

  /** When the last line was written, Unix milliseconds. */
  get lastMs(): number {
    return Number(this.#timestampNs / 1_000_000n)
  }

  /** The cursor behind the last line. */
  get text(): string {
    return `${this.#timestampNs}+${this.#count}`
  }
}
