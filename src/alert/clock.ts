/**
 * The time that everything of alerting goes by: an argument, so that tests are timelines on a clock of their own.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number
  /** Calls back once, after that many milliseconds (at once for 0 and less). The answer takes it back. */
  after(delayMs: number, run: () => void): () => void
}

/** Longest delay of a Node timer; longer ones would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** The clock of this machine. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  nowMs: Date.now,
  after(delayMs, run) {
    let timer: NodeJS.Timeout
    const wait = (restMs: number): void => {
      const stepMs = Math.min(restMs, MAX_TIMER_MS)
      timer = setTimeout(() => (restMs > stepMs ? wait(restMs - stepMs) : run()), stepMs)
      timer.unref()
    }
    wait(Math.max(0, delayMs))
    return () => clearTimeout(timer)
  },
}
