import type { HotWindow } from './hot-window.ts'

/** Rules and live panels look back five minutes and more: below this the window is not cut unless it is twice too large. */
const SHORTEST_MS = 6 * 60_000
/** How full the window is after it was cut. */
const AIM = 0.95
const FLOOD_CHECK_MS = 1000

export interface HotCoverageOptions {
  readonly hot: HotWindow
  readonly nowMs: () => number
  /** The window reaches back this far, where the memory allows it. */
  readonly windowMs: number
  /** Until `limit` says otherwise. */
  readonly maxBytes: number
  /** The time of the earliest sample in the window that is not durable yet. */
  readonly oldestPendingMs: () => number
}

/** From when on the hot window holds every sample: that moves forward with time, and faster when memory is short. */
export class HotCoverage {
  readonly #options: HotCoverageOptions
  #startMs: number
  #maxBytes: number
  #lastCutMs = Number.NEGATIVE_INFINITY

  constructor(options: HotCoverageOptions) {
    this.#options = options
    this.#startMs = options.nowMs()
    this.#maxBytes = options.maxBytes
  }

  /** Every sample that was accepted and is not older than this is in the window. A whole number of milliseconds. */
  get startMs(): number {
    return this.#startMs
  }

  /** The window was filled from the engine, from this time on. */
  begin(startMs: number): void {
    this.#startMs = Math.ceil(startMs)
  }

  /** Samples per series and millisecond, as far as the window knows. */
  densityOf(seriesCount: number): number {
    if (seriesCount === 0) return 0
    return (
      this.#options.hot.samples /
      seriesCount /
      Math.max(60_000, this.#options.nowMs() - this.#startMs)
    )
  }

  /** From now on the window takes at most so much; what does not fit is freed at once. */
  limit(maxBytes: number): void {
    this.#maxBytes = maxBytes
    this.#cutToSize()
  }

  /** Frees what is older than the window or does not fit, but nothing that is not durable yet. */
  trim(): void {
    const { nowMs, windowMs, oldestPendingMs } = this.#options
    this.#moveTo(Math.min(nowMs() - windowMs, oldestPendingMs()))
    this.#cutToSize()
  }

  /** A flood fills the window between two regular trims. */
  cutWhenFlooded(): void {
    if (this.#options.hot.usedBytes < 1.1 * this.#maxBytes) return
    const nowMs = performance.now()
    if (nowMs - this.#lastCutMs < FLOOD_CHECK_MS) return
    this.#lastCutMs = nowMs
    this.#cutToSize()
  }

  #cutToSize(): void {
    const { hot, nowMs, oldestPendingMs } = this.#options
    const maxBytes = this.#maxBytes
    for (let tries = 0; hot.usedBytes > maxBytes && tries < 10; tries++) {
      // The clock may have been set back meanwhile.
      const spanMs = Math.max(0, nowMs() - this.#startMs)
      let targetMs = this.#startMs + spanMs * (1 - (AIM * maxBytes) / hot.usedBytes)
      if (hot.usedBytes < 2 * maxBytes) {
        if (spanMs < SHORTEST_MS) return
        // What is not durable yet is nowhere else: only beyond all bounds it is better out of sight than in memory.
        targetMs = Math.min(targetMs, oldestPendingMs())
      }
      if (!this.#moveTo(targetMs)) return
    }
  }

  /** False when that is no step forward. */
  #moveTo(targetMs: number): boolean {
    const startMs = Math.ceil(targetMs)
    if (startMs <= this.#startMs) return false
    this.#startMs = startMs
    this.#options.hot.trim(startMs)
    return true
  }
}
