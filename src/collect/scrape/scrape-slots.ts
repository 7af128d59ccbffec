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
    return (
      (Math.floor((nowMs - this.#offsetMs) / this.#intervalMs) + 1) * this.#intervalMs +
      this.#offsetMs
    )
  }

  /**
   * The slot that follows `slotMs`, which has been scraped. When it is over already (a scrape took long, or the machine slept), the
   * latest that has begun: it is to be scraped at once and those before it are left out. When the clock was set back, the first
   * slot of the new time.
   */
  next(slotMs: number, nowMs: number): number {
    const next = slotMs + this.#intervalMs
    if (next > nowMs) return next - nowMs > this.#intervalMs ? this.after(nowMs) : next
    return next + Math.floor((nowMs - next) / this.#intervalMs) * this.#intervalMs
  }

  /** The time that a scrape which began at `startMs` for a slot is recorded at. */
  timestampMs(slotMs: number, startMs: number): number {
    const tolerance = Math.min(TOLERANCE_MS, this.#intervalMs / 100)
    return Math.abs(startMs - slotMs) <= tolerance ? slotMs : startMs
  }
}
