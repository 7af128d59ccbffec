/** So much of the time may go into writing, once the allowance is used up. */
const SHARE = 0.2
/** A burst of so much writing is let through: few alerts never wait. */
const ALLOWED_MS = 150
const MAX_REST_MS = 500

/**
 * How fast is written. Each transaction waits for the disk, and with SQLite the whole program waits with it: a storm of
 * notifications that wrote a transaction each would leave no time to send them. Who writes together shares one pace.
 */
export class WritePace {
  readonly #nowMs: () => number
  readonly #share: number
  /** Writing that is not paid for by time yet. */
  #debtMs = 0
  #atMs: number

  /** `nowMs` is monotonic; with a `share` of 1 nothing rests: for a database that nobody waits for but who writes. */
  constructor(nowMs: () => number = () => performance.now(), share = SHARE) {
    this.#nowMs = nowMs
    this.#share = share
    this.#atMs = nowMs()
  }

  /** A write took so long. */
  note(tookMs: number): void {
    this.#pay()
    this.#debtMs += tookMs
  }

  /** How long to wait before the next write: what comes meanwhile goes along. */
  restMs(): number {
    this.#pay()
    return Math.min(MAX_REST_MS, Math.max(0, (this.#debtMs - ALLOWED_MS) / this.#share))
  }

  #pay(): void {
    const nowMs = this.#nowMs()
    this.#debtMs = Math.max(0, this.#debtMs - (nowMs - this.#atMs) * this.#share)
    this.#atMs = nowMs
  }
}
