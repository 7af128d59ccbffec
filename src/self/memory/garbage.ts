import { exposeCollector, type CollectGarbage } from '../expose-collector.ts'

/**
 * So much more than there was at some time before has to be there: then most of it is garbage, and a collection pays. It takes 50 to 150 ms
 * in which nothing else is done, and more on a busy machine.
 */
const LEAST_BYTES = 32 * 1024 * 1024
const EVERY_MS = 3000

/** The ways to V8. */
export interface Collection {
  /** Objects and the buffers that hang on them, in bytes. */
  readonly heldBytes: () => number
  readonly collect: () => void
}

/**
 * Collects garbage before V8 would by itself. Bodies of pushes and answers of the engine lie outside of its heap; when 64 MiB of them have
 * gathered it begins to look for those that nobody needs, and on a busy machine as many come before it is done.
 */
export class Garbage {
  readonly #collection: Collection
  /** At most what is in use: the least that there was since the last collection. */
  #leastBytes = Number.POSITIVE_INFINITY
  #collectedMs = -Infinity

  constructor(collection: Collection = ofThisProcess()) {
    this.#collection = collection
  }

  /** Collects when it pays; answers whether it did. */
  collectWhenDue(nowMs: number): boolean {
    const held = this.#collection.heldBytes()
    this.#leastBytes = Math.min(this.#leastBytes, held)
    if (nowMs - this.#collectedMs < EVERY_MS || held - this.#leastBytes < LEAST_BYTES) return false
    this.#collection.collect()
    this.#collectedMs = nowMs
    this.#leastBytes = this.#collection.heldBytes()
    return true
  }
}

function ofThisProcess(): Collection {
  let collect: CollectGarbage | undefined
  return {
    heldBytes: () => {
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    },
    collect: () => {
      collect ??= exposeCollector()
      collect({ type: 'major' })
    },
  }
}
