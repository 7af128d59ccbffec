/** A scrape this close to its planned time is recorded at that time, so that samples stay evenly spaced (Prometheus: 2 ms or 1 %). */
const TOLERANCE_MS = 2

/** When a target is scraped: every `intervalMs`, at its own place in the interval so that targets spread evenly. */
export class ScrapeSlots {
  readonly #intervalMs: number
  readonly #offsetMs: number

  /** `phase` is the place in the interval, from 0 to 1. */
  constructor(intervalMs: number, phase: number) {
    this.#intervalMs = intervalMs
    this.#offsetMs = Math.floor(phase * intervalMs)
  }

  /** The first slot after a time. */
  after(nowMs: number): number {
    return this.#latest(nowMs) + this.#intervalMs
  }

  /**
   * The slot to follow a scrape that began at `beganMs` for `slotMs` and ended now. When it is over already, since the scrape took
   * long, the latest that has begun: it is to be scraped at once and those before it are left out. When the clock was set back,
   * the first slot of the new time.
   */
  next(slotMs: number, beganMs: number, nowMs: number): number {
    // Later than its slot by a whole interval: the clock was set forward, or the machine slept.
    const next = Math.max(slotMs, this.#latest(beganMs)) + this.#intervalMs
    if (next > nowMs) return next - nowMs > this.#intervalMs ? this.after(nowMs) : next
    return this.#latest(nowMs)
  }

  #latest(nowMs: number): number {
    return (
      Math.floor((nowMs - this.#offsetMs) / this.#intervalMs) * this.#intervalMs + this.#offsetMs
    )
  }

  /** The time that a scrape which began at `startMs` for a slot is recorded at. */
  timestampMs(slotMs: number, startMs: number): number {
    const tolerance = Math.min(TOLERANCE_MS, this.#intervalMs / 100)
    return Math.abs(startMs - slotMs) <= tolerance ? slotMs : startMs
  }
}
