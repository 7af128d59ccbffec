import type { Stop } from './stop.ts'

/** Lets a limited number of queries run; the others wait in the order in which they came. */
export class QueryQueue {
  readonly #maxRunning: number
  /** What to call to let a waiting query in. */
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(maxRunning: number) {
    this.#maxRunning = Math.max(1, maxRunning)
  }

  /** Resolves when a place is taken; rejects with the reason when the query is stopped first. */
  async enter(stop: Stop): Promise<void> {
    stop.check()
    if (this.#running < this.#maxRunning) {
      this.#running++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const letIn = (): void => {
        forget()
        resolve()
      }
      const forget = stop.onStop((reason) => {
        this.#waiting.splice(this.#waiting.indexOf(letIn), 1)
        reject(reason)
      })
      this.#waiting.push(letIn)
    })
  }

  /** Frees a place, for the query that waits longest. */
  exit(): void {
    const letIn = this.#waiting.shift()
    if (letIn === undefined) this.#running--
    else letIn()
  }
}
