/** Of a new buffer, so that requests of about one size find each other's. */
const STEP_BYTES = 256 * 1024

export interface SpareBuffersOptions {
  /** What is larger is made anew each time. */
  readonly largestBytes: number
  /** Of all that lie here unused: the smallest go first. */
  readonly mostBytes: number
  /** So long nothing was taken, and all is let go. */
  readonly idleMs: number
}

/**
 * Large buffers that are used again. The collector sees them as next to nothing: what survived two of its small rounds it finds again only
 * by going through the whole heap, which under a flood of requests took a fifth of the processor. What is not given back is garbage
 * like any other.
 */
export class SpareBuffers {
  readonly #options: SpareBuffersOptions
  /** The smallest first. */
  #spare: Buffer[] = []
  #spareBytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: SpareBuffersOptions) {
    this.#options = options
  }

  /** Bytes that lie here unused. */
  get spareBytes(): number {
    return this.#spareBytes
  }

  /** A buffer of at least so many bytes, with anything in it. */
  take(leastBytes: number): Buffer {
    const at = this.#spare.findIndex((buffer) => buffer.length >= leastBytes)
    const [found] = at < 0 ? [] : this.#spare.splice(at, 1)
    if (found !== undefined) {
      this.#spareBytes -= found.length
      return found
    }
    return Buffer.allocUnsafeSlow(Math.ceil(leastBytes / STEP_BYTES) * STEP_BYTES)
  }

  /** Takes back what `take` gave. Nobody may hold it any more. */
  give(buffer: Buffer): void {
    const { largestBytes, mostBytes, idleMs } = this.#options
    if (buffer.length > largestBytes) return
    const larger = this.#spare.findIndex(({ length }) => length > buffer.length)
    this.#spare.splice(larger < 0 ? this.#spare.length : larger, 0, buffer)
    this.#spareBytes += buffer.length
    // Large ones serve small requests, too. Were they let go, small ones would keep their place for as long as requests come.
    while (this.#spareBytes > mostBytes) this.#spareBytes -= this.#spare.shift()?.length ?? 0
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#letGo(), idleMs).unref()
    } else this.#timer.refresh()
  }

  #letGo(): void {
    this.#timer = undefined
    this.#spare = []
    this.#spareBytes = 0
  }
}
