import { Problem } from '../../model/problem.ts'
import { type LoopTurns, Slices } from '../../self/loop-turns.ts'
import type { Stop } from './stop.ts'

/**
 * Divides the evaluation of one query into slices. `rest` throws the reason once the query is stopped, which is how it ends on
 * time-out and cancellation.
 */
export class Pace extends Slices {
  constructor(stop: Stop, turns?: LoopTurns) {
    super(() => stop.check(), turns)
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
