/** So long pushes are put off at most, and so long they are let in again before the next pause. */
const PAUSE_MS = 5000
const BETWEEN_MS = 5000

/**
 * The last means against too much memory: what is pushed is put off. Only for a few seconds at a time: when the cause is something else,
 * senders still get half of the time.
 */
export class PushPause {
  #beganMs: number | undefined
  #lastMs = -Infinity
  /** Pushes that were put off. */
  count = 0

  isOn(nowMs: number): boolean {
    return this.#beganMs !== undefined && nowMs - this.#beganMs < PAUSE_MS
  }

  /** Answers whether a pause began. */
  begin(nowMs: number): boolean {
    if (this.isOn(nowMs) || nowMs - this.#lastMs < PAUSE_MS + BETWEEN_MS) return false
    this.#beganMs = nowMs
    this.#lastMs = nowMs
    return true
  }

  end(): void {
    this.#beganMs = undefined
  }
}
