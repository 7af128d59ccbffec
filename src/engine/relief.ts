/** What the engine keeps to read it sooner the next time. Primary keys are read again when a query needs them. */
export const CACHE_DROPS: readonly string[] = [
  'SYSTEM DROP MARK CACHE',
  'SYSTEM DROP INDEX MARK CACHE',
  'SYSTEM DROP PRIMARY INDEX CACHE',
  'SYSTEM DROP UNCOMPRESSED CACHE',
  'SYSTEM DROP INDEX UNCOMPRESSED CACHE',
  'SYSTEM DROP MMAP CACHE',
  'SYSTEM DROP QUERY CONDITION CACHE',
  'SYSTEM DROP QUERY CACHE',
  'SYSTEM DROP COMPILED EXPRESSION CACHE',
  'SYSTEM UNLOAD PRIMARY KEY',
]
/** What is freed counts as used until the allocator has given it back. */
const PURGE = 'SYSTEM JEMALLOC PURGE'
/** To fill caches costs more than they hold: they are not dropped more often. */
const LEAST_BETWEEN_MS = 2000

export interface ReliefOptions {
  /** Runs a statement; one that fails changes nothing. */
  readonly ask: (sql: string) => Promise<unknown>
  /** Called after each relief. */
  readonly onRelief: () => void
  readonly nowMs: () => number
}

/**
 * Makes room when a statement meets the cap on all memory. Caches have bounds of their own, but with many parts they, the parts and what the
 * allocator holds can leave less than one insert takes, and then it would be refused for ever: nothing else empties them.
 */
export class Relief {
  readonly #options: ReliefOptions
  #running: Promise<void> | undefined
  #relievedMs = -Infinity

  constructor(options: ReliefOptions) {
    this.#options = options
  }

  /** Drops all caches and gives free memory back, unless that was done just now; who asks meanwhile waits for the same. Never rejects. */
  relieve(): Promise<void> {
    const { nowMs } = this.#options
    if (this.#running !== undefined) return this.#running
    if (nowMs() - this.#relievedMs < LEAST_BETWEEN_MS) return Promise.resolve()
    this.#running = this.#relieve().finally(() => {
      this.#relievedMs = nowMs()
      this.#running = undefined
    })
    return this.#running
  }

  async #relieve(): Promise<void> {
    const { ask, onRelief } = this.#options
    for (const sql of [...CACHE_DROPS, PURGE]) await ask(sql).catch(() => undefined)
    onRelief()
  }
}
