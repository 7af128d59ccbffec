/** Each bucket ends 2 % above the one before it: as exact as a percentile is read. */
const GROWTH = Math.log(1.02)
const LEAST_MS = 0.01
const BUCKETS = 900

/** Counts latencies in buckets, so that a long run takes no more memory than a short one. */
export class Latencies {
  readonly #counts = new Uint32Array(BUCKETS)
  #total = 0
  #mostMs = 0

  get mostMs(): number {
    return this.#mostMs
  }

  add(latencyMs: number): void {
    const bucket = Math.ceil(Math.log(Math.max(latencyMs, LEAST_MS) / LEAST_MS) / GROWTH)
    const at = Math.min(BUCKETS - 1, bucket)
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#total++
    this.#mostMs = Math.max(this.#mostMs, latencyMs)
  }

  /** The latency that a share of all (0.95) stays below, in milliseconds; undefined when there is none. */
  quantileMs(share: number): number | undefined {
    if (this.#total === 0) return undefined
    let left = Math.max(1, Math.ceil(this.#total * share))
    for (const [at, count] of this.#counts.entries()) {
      left -= count
      if (left <= 0) return Math.min(this.#mostMs, LEAST_MS * Math.exp(at * GROWTH))
    }
    return this.#mostMs
  }
}
