/** What leases go by. */
export interface LeaseClock {
  /** Never goes back; it may stand still while the machine sleeps. */
  monotonicMs(): number
  /** May jump, and goes on while the machine sleeps. */
  wallMs(): number
  /** Calls back once; the answer takes it back. Does not keep the process alive. */
  after(delayMs: number, run: () => void): () => void
}

export const ownLeaseClock: LeaseClock = {
  monotonicMs: () => performance.now(),
  wallMs: Date.now,
  after(delayMs, run) {
    const timer = setTimeout(run, Math.max(0, delayMs)).unref()
    return () => clearTimeout(timer)
  },
}

/** A moment on both clocks. */
export interface Moment {
  readonly monotonicMs: number
  readonly wallMs: number
}

export function momentOf(clock: LeaseClock): Moment {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
}

/**
 * How much time has passed at most: of two clocks the one that says more. A clock that was set forward only ends a lease too soon;
 * a monotonic one that stood still while the machine slept must not let it live on.
 */
export function elapsedMs(since: Moment, clock: LeaseClock): number {
  return Math.max(clock.monotonicMs() - since.monotonicMs, clock.wallMs() - since.wallMs)
}
