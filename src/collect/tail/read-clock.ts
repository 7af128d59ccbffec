const NS_PER_MS = 1_000_000n
/** Ahead of the clock by more than this, the clock was set back: then it is followed again. */
const MAX_AHEAD_NS = 1_000_000_000n

/**
 * Gives times to lines that have none of their own. Each range of a source has nanoseconds to itself, one for every byte (or entry),
 * so that no two lines of this process share a time, and the time of a line follows from its place alone: a range that is read
 * again after a crash gives the same times, and the store keeps lines that came twice once.
 */
export class ReadClock {
  readonly #nowMs: () => number
  #nextNs = 0n

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs
  }

  /** The time of the first of `size` places. */
  take(size: number): bigint {
    const nowNs = BigInt(Math.floor(this.#nowMs())) * NS_PER_MS
    const isAhead = this.#nextNs > nowNs && this.#nextNs - nowNs <= MAX_AHEAD_NS
    const base = isAhead ? this.#nextNs : nowNs
    this.#nextNs = base + BigInt(size)
    return base
  }

  /** Times up to this one were given before a restart. */
  startAfter(ns: bigint): void {
    if (ns >= this.#nextNs) this.#nextNs = ns + 1n
  }
}
