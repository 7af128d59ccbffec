import { isDeepStrictEqual } from 'node:util'
import { messageOf, Problem } from '../../model/problem.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import { ScrapePool, type ScrapePoolDeps } from './scrape-pool.ts'

/** All jobs. A new configuration replaces the jobs that changed; the others go on as they are. */
export class ScrapeManager {
  readonly #deps: ScrapePoolDeps
  readonly #pools = new Map<string, ScrapePool>()
  /** Configurations are applied one after the other. */
  #applying: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(deps: ScrapePoolDeps) {
    this.#deps = deps
    deps.metrics.watch(this.#pools)
  }

  /** The jobs by name. */
  get pools(): ReadonlyMap<string, ScrapePool> {
    return this.#pools
  }

  /**
   * Makes everything that can fail first: rejects, with nothing changed, when a job's certificates cannot be read. Resolves when
   * the scrapes that were under way in the jobs that changed have ended.
   */
  apply(configs: readonly ScrapeConfig[]): Promise<void> {
    const applied = this.#applying.then(() => this.#apply(configs))
    this.#applying = applied.catch(() => undefined)
    return applied
  }

  /** Ends all scraping; series are left as they are, since they go on after a restart. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()))
    await this.#applying
    this.#pools.clear()
  }

  async #apply(configs: readonly ScrapeConfig[]): Promise<void> {
    const fresh = await this.#open(configs)
    const wanted = new Set(configs.map((config) => config.jobName))
    const gone = [...this.#pools.keys()].filter((name) => !wanted.has(name))
    await Promise.all([
      ...gone.map((name) => this.#remove(name)),
      ...[...fresh].map(([name, pool]) => this.#replace(name, pool)),
    ])
  }

  /** The pools of the jobs that are new or changed. */
  async #open(configs: readonly ScrapeConfig[]): Promise<ReadonlyMap<string, ScrapePool>> {
    const fresh = new Map<string, ScrapePool>()
    for (const config of configs) {
      const running = this.#pools.get(config.jobName)
      if (running !== undefined && isDeepStrictEqual(running.config, config)) continue
      try {
        fresh.set(config.jobName, await ScrapePool.open(config, this.#deps))
      } catch (thrown) {
        this.#deps.metrics.count('reloadsFailed')
        throw new Problem(
          'unavailable',
          `scrape job ${JSON.stringify(config.jobName)}: ${messageOf(thrown)}`,
          { cause: thrown },
        )
      }
    }
    return fresh
  }

  async #remove(name: string): Promise<void> {
    const pool = this.#pools.get(name)
    this.#pools.delete(name)
    await pool?.end()
    this.#deps.metrics.forgetJob(name)
  }

  /** The job goes on under another configuration, and the series of its targets with it. */
  async #replace(name: string, pool: ScrapePool): Promise<void> {
    const previous = this.#pools.get(name)
    if (previous !== undefined) this.#deps.metrics.count('reloads')
    const predecessors = await previous?.handOver()
    if (this.#isStopped) return
    this.#pools.set(name, pool)
    pool.start(predecessors)
  }
}
