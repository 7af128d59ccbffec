import { Problem } from '../../model/problem.ts'
import type { MetricsStoreOptions } from '../metrics-store-options.ts'

/** Whether samples can be taken now. */
export class Readiness {
  readonly #options: Pick<MetricsStoreOptions, 'isEngineReady' | 'refusal'>

  constructor(options: Pick<MetricsStoreOptions, 'isEngineReady' | 'refusal'>) {
    this.#options = options
  }

  /** Throws `unavailable` when they cannot: nothing of a request is taken then. */
  check(): void {
    const { isEngineReady, refusal } = this.#options
    const reason = refusal?.()
    if (reason !== undefined) throw new Problem('unavailable', reason)
    if (isEngineReady === undefined || isEngineReady()) return
    throw new Problem(
      'unavailable',
      'the store is not available now: nothing of this request was taken, try again',
    )
  }
}
