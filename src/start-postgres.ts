import { readFileSync } from 'node:fs'
import { rename, statfs, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { CapacityEstimate, type DiskSpace } from './collect/postgres/capacity.ts'
import { createPostgresCollector } from './collect/postgres/collect.ts'
import { DEFAULT_POSTGRES } from './collect/postgres/postgres-settings.ts'
import { isLocal, serverLabel } from './collect/postgres/server-address.ts'
import type { FaultPlace } from './collect/postgres/told-faults.ts'
import type { CollectCore } from './core.ts'
import type { MetricFamily } from './model/metric-family.ts'
import { messageOf, Problem } from './model/problem.ts'
import type { Log } from './self/log.ts'

/** Families of a page that whoever asks waits for so long. */
type CollectPage = (signal: AbortSignal, waitMs: number) => Promise<MetricFamily[]>

/** The PostgreSQL servers of the configuration in force. */
export function createPostgres(core: CollectCore): CollectPage {
  const { log } = core
  const settings = (): typeof DEFAULT_POSTGRES =>
    core.config().collectors.postgres ?? DEFAULT_POSTGRES
  const growth = new KeptEstimate(path.join(core.config().dataFolder, 'postgres-growth.json'), log)
  const collector = createPostgresCollector({
    settings,
    tell: (place, reason) => tell(log, place, reason),
    enrich: async ({ address }, { families, dataFolder, isUp }) => {
      if (!isUp) return []
      const disk = isLocal(address) ? await diskOf(dataFolder) : undefined
      const { families: more, isKept } = growth.estimate.note(
        serverLabel(address),
        families,
        disk,
        Date.now(),
      )
      if (isKept) await growth.keep()
      return more
    },
  })
  core.ends.push(() => collector.stop())
  return async (signal, waitMs) => {
    if (settings().servers.length === 0) {
      const how = 'write `postgres: {}` into vedette.yml, or set DATA_SOURCE_NAME'
      throw new Problem('unavailable', `no PostgreSQL server is configured: ${how}`)
    }
    return collector.collect(signal, waitMs)
  }
}

function tell(
  log: Log,
  { server, database, collector, isMinor }: FaultPlace,
  reason: string,
): void {
  const fields = {
    server,
    ...(database === '' ? {} : { database }),
    ...(collector === '' ? {} : { collector }),
  }
  const what = collector === '' ? 'PostgreSQL' : 'a query of PostgreSQL'
  if (reason === '') log.info(`${what} answers again`, fields)
  else if (isMinor) log.info('some metrics of PostgreSQL are not there', { ...fields, reason })
  else log.warn(`${what} cannot be asked`, { ...fields, reason })
}

/** The file system of a folder of this machine; undefined where there is no such folder, as for a server in a container. */
async function diskOf(folder: string | undefined): Promise<DiskSpace | undefined> {
  if (folder === undefined) return undefined
  try {
    const { bsize, blocks, bfree, bavail } = await statfs(folder)
    // What is kept for root counts as used.
    return { sizeBytes: (blocks - bfree + bavail) * bsize, availBytes: bavail * bsize }
  } catch {
    return undefined
  }
}

/** An estimate that outlives the process. */
class KeptEstimate {
  readonly estimate = new CapacityEstimate()
  readonly #file: string
  readonly #log: Log
  #writing: Promise<void> = Promise.resolve()
  #isTold = false

  constructor(file: string, log: Log) {
    this.#file = file
    this.#log = log
    try {
      this.estimate.read(readFileSync(file, 'utf8'))
    } catch {
      // There is none yet.
    }
  }

  /** Writes it, after what is being written. */
  keep(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async #write(): Promise<void> {
    const next = `${this.#file}.new`
    try {
      await writeFile(next, this.estimate.print(), { mode: 0o600 })
      await rename(next, this.#file)
    } catch (thrown) {
      if (!this.#isTold)
        this.#log.warn('the growth of PostgreSQL cannot be kept', { reason: messageOf(thrown) })
      this.#isTold = true
    }
  }
}
