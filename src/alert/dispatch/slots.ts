import type { Clock } from '../clock.ts'

export interface SlotBounds {
  /** How many that have just begun go on at once. */
  readonly fresh: number
  /** How many go on at once, with those that take long. */
  readonly most: number
  /** After this time one counts as taking long, and the next may begin beside it. */
  readonly patienceMs: number
}

/** Takes back what `enter` gave; to be called once. */
type Leave = () => void

/**
 * Bounds how much of something happens at once; who finds no slot waits in line. What takes long, as requests to a server that
 * hangs do, does not keep the line from moving on.
 */
export class Slots {
  readonly #bounds: SlotBounds
  #fresh = 0
  #running = 0
  readonly #waiting = new Set<() => void>()

  constructor(bounds: SlotBounds) {
    this.#bounds = bounds
  }

  /** Resolves when there is a slot; to undefined when the signal came first. */
  enter(clock: Clock, signal: AbortSignal): Promise<Leave | undefined> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve(undefined)
        return
      }
      const giveUp = (): void => {
        this.#waiting.delete(begin)
        resolve(undefined)
      }
      const begin = (): void => {
        signal.removeEventListener('abort', giveUp)
        resolve(this.#take(clock))
      }
      signal.addEventListener('abort', giveUp, { once: true })
      this.#waiting.add(begin)
      this.#admit()
    })
  }

  #admit(): void {
    const { fresh, most } = this.#bounds
    for (const begin of this.#waiting) {
      if (this.#fresh >= fresh || this.#running >= most) return
      this.#waiting.delete(begin)
      begin()
    }
  }

  #take(clock: Clock): Leave {
    this.#fresh++
    this.#running++
    let isFresh = true
    const age = (): void => {
      if (isFresh) this.#fresh--
      isFresh = false
      this.#admit()
    }
    const cancel = clock.after(this.#bounds.patienceMs, age)
    return () => {
      cancel()
      this.#running--
      age()
    }
  }
}
