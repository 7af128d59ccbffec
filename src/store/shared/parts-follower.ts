import { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'

const INTERVAL_MS = 1000
/** Parts are looked for so much further back than since the last look: clocks of servers differ, and a replica gets parts later. */
const OVERLAP_SECONDS = 120
const PARTS_PER_READ = 500
/** Now and then it is looked back further: a replica may lag, and a server's clock may jump. What is read twice changes nothing. */
const LONG_LOOK_EVERY = 600
const LONG_LOOK_SECONDS = 3600

export interface PartsFollowerOptions {
  readonly client: StoreClient
  readonly table: string
  /** Reads what is in these parts; what was read before may be in them again, since parts are merged. `where` is a condition of SQL. */
  readonly read: (where: string) => Promise<void>
}

/**
 * Follows what others write into a table of a store that several share: once a second the engine is asked which parts are new, and
 * only those are read. A part is there when the insert is committed, so nothing is missed, however long an insert took. Nothing
 * runs where the store is not shared. While the engine cannot be reached what is known stays as it is.
 */
export class PartsFollower {
  readonly #options: PartsFollowerOptions
  #seen: ReadonlySet<string> = new Set()
  #lookedAtMs: number
  #timer: NodeJS.Timeout | undefined
  #isStopped = false
  #turns = 0
  #turn: Promise<void> = Promise.resolve()

  constructor(options: PartsFollowerOptions) {
    this.#options = options
    this.#lookedAtMs = performance.now()
  }

  /** To be called before the table is read as a whole: what comes from now on is followed. */
  async begin(): Promise<void> {
    if (!this.#options.client.isShared) return
    this.#lookedAtMs = performance.now()
    this.#seen = new Set(await this.#list(0))
  }

  /** Follows from now on, until `stop`. */
  start(): void {
    if (this.#options.client.isShared) this.#schedule()
  }

  /** Reads what is new now. Rejects as the client does; then it is read the next time. */
  follow(): Promise<void> {
    if (!this.#options.client.isShared) return Promise.resolve()
    const turn = this.#turn.catch(() => undefined).then(() => this.#follow())
    this.#turn = turn
    return turn
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#turn.catch(() => undefined)
  }

  #schedule(): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      this.follow()
        .catch((thrown: unknown) => {
          // The store says by its own inserts and reads that it cannot be reached.
          if (!(thrown instanceof Problem)) throw thrown
        })
        .finally(() => this.#schedule())
    }, INTERVAL_MS).unref()
  }

  async #follow(): Promise<void> {
    if (this.#isStopped) return
    const begunMs = performance.now()
    const isLong = ++this.#turns % LONG_LOOK_EVERY === 0
    const sinceSeconds = Math.ceil((begunMs - this.#lookedAtMs) / 1000)
    const listed = await this.#list(sinceSeconds + (isLong ? LONG_LOOK_SECONDS : 0))
    const fresh = listed.filter((name) => !this.#seen.has(name))
    for (let from = 0; from < fresh.length; from += PARTS_PER_READ) {
      const names = fresh.slice(from, from + PARTS_PER_READ).map((name) => `'${name}'`)
      await this.#options.read(`_part IN (${names.join(',')})`)
    }
    this.#seen = new Set(listed)
    this.#lookedAtMs = begunMs
  }

  async #list(sinceSeconds: number): Promise<string[]> {
    const { client, table } = this.#options
    const rows = await client.rows(
      `SELECT DISTINCT name FROM {parts} WHERE active AND database = {db_name} AND table = '${table}'
       AND modification_time >= now() - ${OVERLAP_SECONDS + sinceSeconds}`,
    )
    // Names are made of digits and letters; anything else is no name of ours to put into a statement.
    return rows.map((row) => String(row['name'])).filter((name) => /^[0-9A-Za-z_-]+$/.test(name))
  }
}

/** Several that begin and end together; see `PartsFollower`. */
export class PartsFollowers {
  readonly #all: readonly PartsFollower[]

  constructor(all: readonly PartsFollowerOptions[]) {
    this.#all = all.map((options) => new PartsFollower(options))
  }

  async begin(): Promise<void> {
    for (const one of this.#all) await one.begin()
  }

  start(): void {
    for (const one of this.#all) one.start()
  }

  async follow(): Promise<void> {
    for (const one of this.#all) await one.follow()
  }

  async stop(): Promise<void> {
    for (const one of this.#all) await one.stop()
  }
}
