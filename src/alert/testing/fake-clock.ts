import type { Clock } from '../clock.ts'

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly run: () => void
}

/** A clock that a test moves. `settle` waits for what a timer began, so that the clock stands still meanwhile. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>()
  readonly #settle: () => Promise<void>
  /** What timers go by. */
  #elapsedMs = 0
  /** The time of the clock when nothing had elapsed. */
  #originMs: number
  #order = 0

  constructor(startMs: number, settle: () => Promise<void> = () => Promise.resolve()) {
    this.#originMs = startMs
    this.#settle = settle
  }

  nowMs(): number {
    return this.#originMs + this.#elapsedMs
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#order++, run }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Moves on to a time; every timer that is due until then runs at its own time, in order. */
  advanceTo(timeMs: number): Promise<void> {
    return this.advance(timeMs - this.nowMs())
  }

  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#elapsedMs + durationMs
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#timers.delete(next)
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs)
      next.run()
      await this.#settle()
    }
    this.#elapsedMs = untilMs
  }

  /** Sets the clock to another time: timers know nothing of it. */
  jump(durationMs: number): void {
    this.#originMs += durationMs
  }

  #next(untilMs: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue
      const isEarlier =
        first === undefined ||
        timer.dueMs < first.dueMs ||
        (timer.dueMs === first.dueMs && timer.order < first.order)
      if (isEarlier) first = timer
    }
    return first
  }
}
