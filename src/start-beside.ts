import { existsSync } from 'node:fs'
import path from 'node:path'
import type { VedetteConfig } from './config.ts'
import { startEngine } from './engine/supervise.ts'
import { Problem } from './model/problem.ts'
import { readArchiveNote } from './operate/archive/archive-note.ts'
import type { Log } from './self/log.ts'
import { createRegistry } from './self/metrics.ts'
import { Archive } from './start-archive.ts'
import { findHolder, makeDataFolder } from './start-engine.ts'
import { DATABASE } from './start-store.ts'
import { StoreClient } from './store/client.ts'

/** What of a configuration says where the data and its archive are. */
export type StorePlace = Pick<VedetteConfig, 'dataFolder' | 'memoryBudgetBytes' | 'archive'>

/** Why the archive of a store cannot be used now; undefined when it can, or when there is none. */
export type ArchiveAway = string | undefined

/** Work on the store of a data folder, its archive included: that of the server that runs, or an engine of our own. Rejects with a `Problem`. */
export async function withStoreOf<T>(
  place: StorePlace,
  log: Log,
  work: (client: StoreClient, away: ArchiveAway) => Promise<T>,
): Promise<T> {
  const { dataFolder } = place
  if (findHolder(dataFolder) === undefined) return withOwnEngine(place, log, work)
  const socketPath = path.join(dataFolder, 'engine.sock')
  if (!existsSync(socketPath)) {
    throw new Problem(
      'unavailable',
      `the engine of ${dataFolder} cannot be reached: ${socketPath} is not there`,
    )
  }
  return withClient('http://engine', socketPath, async (client) =>
    work(client, await awayFrom(client, dataFolder)),
  )
}

/** Work on an engine that is started for it. Nobody else must use the data folder. */
export async function withOwnEngine<T>(
  place: StorePlace,
  log: Log,
  work: (client: StoreClient, away: ArchiveAway) => Promise<T>,
): Promise<T> {
  const { dataFolder, memoryBudgetBytes } = place
  makeDataFolder(dataFolder)
  const ends: (() => void)[] = []
  const archive = new Archive({ config: () => place, log, registry: createRegistry(), ends })
  const { option } = archive
  const engine = await startEngine({
    ...{ dataDir: dataFolder, memoryBudgetBytes, log },
    ...(option === undefined ? {} : { archive: option }),
  })
  try {
    await engine.whenReady()
    return await withClient(engine.url, engine.socketPath, (client) => work(client, archive.away))
  } finally {
    await engine.stop()
  }
}

async function withClient<T>(
  url: string,
  socketPath: string,
  work: (client: StoreClient) => Promise<T>,
): Promise<T> {
  const client = new StoreClient({ url, socketPath, database: DATABASE })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

/** The engine of a server that runs has the disk of the archive, or has been started without it because it was away. */
export async function awayFrom(client: StoreClient, dataFolder: string): Promise<ArchiveAway> {
  if (Object.keys(readArchiveNote(dataFolder)?.ranges ?? {}).length === 0) return undefined
  const [row] = await client.rows(`SELECT count() AS n FROM system.disks WHERE name = 'archive'`)
  return Number(row?.['n'] ?? 0) > 0
    ? undefined
    : 'the server has started without it; its log says why'
}
