import { isDeepStrictEqual } from 'node:util'
import { messageOf } from '../../model/problem.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import { ScrapePool, type ScrapePoolDeps } from './scrape-pool.ts'

/** All jobs. A new configuration replaces the jobs that changed; the others go on as they are. */
export class ScrapeManager {
  readonly #deps: ScrapePoolDeps
  readonly #pools = new Map<string, ScrapePool>()

  constructor(deps: ScrapePoolDeps) {
    this.#deps = deps
  }

  /** The jobs by name. */
  get pools(): ReadonlyMap<string, ScrapePool> {
    return this.#pools
  }

  /** Makes everything that can fail first: rejects, with nothing changed, when a job's certificates cannot be read. */
  async apply(configs: readonly ScrapeConfig[]): Promise<void> {
    const fresh = new Map<string, ScrapePool>()
    try {
      for (const config of configs) {
        const running = this.#pools.get(config.jobName)
        if (running !== undefined && isDeepStrictEqual(running.config, config)) continue
        fresh.set(config.jobName, await ScrapePool.open(config, this.#deps))
      }
    } catch (thrown) {
      await Promise.all([...fresh.values()].map((pool) => pool.stop(false)))
      throw new Error(`scrape configuration: ${messageOf(thrown)}`, { cause: thrown })
    }
    const names = new Set(configs.map((config) => config.jobName))
    for (const [name, pool] of [...this.#pools]) {
      if (names.has(name) && !fresh.has(name)) continue
      this.#pools.delete(name)
      // A job that goes on under another configuration keeps its series; one that is gone ends them.
      await pool.stop(!names.has(name))
    }
    for (const config of configs) {
      const pool = fresh.get(config.jobName)
      if (pool === undefined) continue
      this.#pools.set(config.jobName, pool)
      pool.start()
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop(false)))
    this.#pools.clear()
  }
}
