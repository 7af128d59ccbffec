import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { VedetteConfig } from './config.ts'
import { lockDataDir, type DataDirLock } from './engine/data-dir-lock.ts'
import { startEngine } from './engine/supervise.ts'
import { Problem } from './model/problem.ts'
import {
  checkTables,
  refuseUsedFolder,
  restoreFiles,
  restoreTables,
  type RestorePlace,
} from './operate/backup/restore-backup.ts'
import { objectsOf, type BackupObject, type Manifest } from './operate/backup/manifest.ts'
import type { Repository } from './operate/backup/repository.ts'
import { noteBackup } from './operate/backup/last-backup.ts'
import {
  takeBackup,
  type BackupProgress,
  type BackupSource,
  type TakenBackup,
} from './operate/backup/take-backup.ts'
import type { Log } from './self/log.ts'
import { findHolder, makeDataFolder } from './start-engine.ts'
import { placeOfMetadata } from './start-metadata.ts'
import { DATABASE } from './start-store.ts'
import { StoreClient } from './store/client.ts'
import { openMetadata } from './store/metadata/open.ts'
import { MIGRATIONS } from './store/schema.ts'

/** Takes a backup of a server's data, whether it runs or not. */
export async function backUp(
  config: VedetteConfig,
  repository: Repository,
  told: {
    readonly log: Log
    readonly isFull: boolean
    readonly onProgress?: (told: BackupProgress) => void
  },
): Promise<TakenBackup> {
  const { dataFolder } = config
  if (!existsSync(dataFolder)) {
    throw new Problem(
      'not_found',
      `there is no data directory ${dataFolder}: name it with --data or --config`,
    )
  }
  const metadata =
    config.metadata.url === undefined
      ? await openMetadata(placeOfMetadata(config), told.log)
      : undefined
  try {
    return await withClient(config, told.log, (client) =>
      backUpWith(config, repository, { ...told, client, metadata }),
    )
  } finally {
    await metadata?.close()
  }
}

/** Takes a backup by what is open already. */
export async function backUpWith(
  config: VedetteConfig,
  repository: Repository,
  told: Pick<BackupSource, 'client' | 'metadata' | 'isFull' | 'onProgress'>,
): Promise<TakenBackup> {
  const { dataFolder } = config
  const startedMs = Date.now()
  const lock = lockBackups(dataFolder)
  try {
    const known = await knownObjects(repository)
    const configFiles = [...config.files, ...config.rules.files]
    const source = { ...told, dataFolder, known, configFiles, nowMs: Date.now }
    const taken = await takeBackup(source, repository)
    const tookMs = Date.now() - startedMs
    noteBackup(dataFolder, { id: taken.id, timeMs: startedMs, sizeBytes: taken.doneBytes, tookMs })
    return taken
  } finally {
    lock.release()
  }
}

/** One backup at a time: each lets go what an earlier one, which was killed, has left held. */
function lockBackups(dataFolder: string): DataDirLock {
  try {
    return lockDataDir(path.join(dataFolder, 'backup'))
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause
    throw new Problem('unavailable', `another backup of ${dataFolder} is being taken`, { cause })
  }
}

/** Objects of the newest backup. A backup that cannot be read has none that could be trusted. */
async function knownObjects(repository: Repository): Promise<ReadonlyMap<string, BackupObject>> {
  const ids = await repository.ids()
  const newest = ids.at(-1)
  if (newest === undefined) return new Map()
  const manifest = await repository.manifest(newest)
  return new Map(objectsOf(manifest).map((object) => [object.id, object]))
}

/** Work on the engine of a data folder: that of the server that runs, or one of our own. */
async function withClient<T>(
  { dataFolder, clickhouse, memoryBudgetBytes }: VedetteConfig,
  log: Log,
  work: (client: StoreClient | undefined) => Promise<T>,
): Promise<T> {
  if (clickhouse !== undefined) return work(undefined)
  if (findHolder(dataFolder) === undefined)
    return withEngine({ dataFolder, memoryBudgetBytes, log }, work)
  const socketPath = path.join(dataFolder, 'engine.sock')
  if (!existsSync(socketPath)) {
    throw new Problem(
      'unavailable',
      `the engine of ${dataFolder} cannot be reached: ${socketPath} is not there`,
    )
  }
  const client = new StoreClient({ url: 'http://engine', socketPath, database: DATABASE })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

async function withEngine<T>(
  place: { readonly dataFolder: string; readonly memoryBudgetBytes: number; readonly log: Log },
  work: (client: StoreClient) => Promise<T>,
): Promise<T> {
  const { dataFolder, memoryBudgetBytes, log } = place
  makeDataFolder(dataFolder)
  const engine = await startEngine({ dataDir: dataFolder, memoryBudgetBytes, log })
  const { url, socketPath } = engine
  const client = new StoreClient({ url, socketPath, database: DATABASE })
  try {
    await engine.whenReady()
    return await work(client)
  } finally {
    await client.close()
    await engine.stop()
  }
}

/** Brings a backup back into an empty data folder. */
export async function restoreBackup(
  repository: Repository,
  manifest: Manifest,
  place: RestorePlace,
  told: { readonly log: Log; readonly memoryBudgetBytes: number; readonly isChecked?: boolean },
): Promise<readonly string[]> {
  if (manifest.schemaVersion > (MIGRATIONS.at(-1)?.version ?? 0)) {
    throw new Problem(
      'bad_data',
      `the backup ${manifest.id} was made by Vedette ${manifest.version}, whose tables are newer than those of this one: use that`,
    )
  }
  await refuseUsedFolder(place.dataFolder)
  await restoreFiles(repository, manifest, place)
  if (manifest.tables.length === 0) return []
  return withEngine({ ...told, dataFolder: place.dataFolder }, async (client) => {
    await restoreTables(repository, manifest, client, place)
    return told.isChecked === true ? checkTables(client, manifest) : []
  })
}

/** Brings a backup back into a scratch folder, proves it, and removes the folder. Resolves to what is wrong. */
export async function verifyBackup(
  repository: Repository,
  manifest: Manifest,
  scratch: string,
  told: {
    readonly log: Log
    readonly memoryBudgetBytes: number
    readonly onProgress?: (doneBytes: number) => void
  },
): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(scratch, 'vedette-verify-'))
  const { onProgress } = told
  try {
    const place = {
      dataFolder: path.join(folder, 'data'),
      configFolder: path.join(folder, 'config'),
      ...(onProgress === undefined ? {} : { onProgress }),
    }
    const faults = await restoreBackup(repository, manifest, place, { ...told, isChecked: true })
    const file = path.join(place.dataFolder, 'metadata.sqlite')
    if (existsSync(file)) await (await openMetadata({ path: file }, told.log)).close()
    return faults
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
