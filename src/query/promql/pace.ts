import { Problem } from '../../model/problem.ts'
import type { Stop } from './stop.ts'

/** How long one turn of the event loop may be used for evaluation, over all queries together. */
const SLICE_MS = 10
/** Units of work (about one cell or sample each) after which the clock is read. */
const UNITS_PER_LOOK = 20_000

/**
 * The turn of the event loop that all queries of an engine share. At most one waiting query is let in a turn, so that many
 * heavy queries together hold the loop no longer than one of them would.
 */
export class LoopTurns {
  startedAtMs = performance.now()
  readonly #waiting: (() => void)[] = []
  #pumping = false

  /** Resolves in a later turn, in order of asking. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#pump()
    })
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    setImmediate(() => {
      this.#pumping = false
      this.startedAtMs = performance.now()
      this.#waiting.shift()?.()
      if (this.#waiting.length > 0) this.#pump()
    })
  }
}

/**
 * Divides the evaluation of one query into slices, between which everything else on the event loop runs. A loop calls
 * `spend` for the work it did and awaits `rest` when that says true. `rest` throws the reason once the query is stopped, which
 * is how it ends on time-out and cancellation.
 */
export class Pace {
  readonly #turns: LoopTurns
  readonly #stop: Stop
  #units = 0
  /** Once it is time to rest it remains so, whoever asked first. */
  #isTired = false

  constructor(turns: LoopTurns, stop: Stop) {
    this.#turns = turns
    this.#stop = stop
  }

  /** Notes work of so many cells or samples; true when it is time to rest. */
  spend(units: number): boolean {
    if (this.#isTired) return true
    this.#units += units
    if (this.#units < UNITS_PER_LOOK) return false
    this.#units = 0
    this.#isTired = performance.now() - this.#turns.startedAtMs > SLICE_MS
    return this.#isTired
  }

  async rest(): Promise<void> {
    await this.#turns.next()
    this.#isTired = false
    this.#stop.check()
  }
}

/**
 * Counts the samples and cells that a query holds in memory against the engine's limit (Prometheus's
 * `--query.max-samples`).
 */
export class SampleBudget {
  readonly #max: number
  #held = 0
  peak = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Throws a `Problem` of code `limit` with Prometheus's message when the query would hold too much. */
  reserve(samples: number): void {
    this.#held += samples
    if (this.#held > this.peak) this.peak = this.#held
    if (this.#held > this.#max) {
      throw new Problem(
        'limit',
        'query processing would load too many samples into memory in query execution',
      )
    }
  }

  /** To be given to `restore` once everything reserved since then is garbage. */
  mark(): number {
    return this.#held
  }

  restore(mark: number): void {
    this.#held = mark
  }
}
