/** Lets a limited number of queries run; the others wait in the order in which they came. */
export class QueryQueue {
  readonly #maxRunning: number
  readonly #waiting: Waiter[] = []
  #running = 0

  constructor(maxRunning: number) {
    this.#maxRunning = Math.max(1, maxRunning)
  }

  /** True when a place was free and is now taken. */
  tryEnter(): boolean {
    if (this.#running >= this.#maxRunning) return false
    this.#running++
    return true
  }

  /** Resolves when a place is taken; rejects with the signal's reason when that is aborted first. */
  async enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw signal.reason
    if (this.tryEnter()) return
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        const at = this.#waiting.indexOf(waiter)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(signal.reason)
      }
      const waiter = {
        letIn: () => {
          signal.removeEventListener('abort', leave)
          resolve()
        },
      }
      this.#waiting.push(waiter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  /** Frees a place, for the query that waits longest. */
  exit(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next.letIn()
  }
}

interface Waiter {
  letIn(): void
}
