import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { VedetteConfig } from './config.ts'
import { engineFolderOf } from './engine/data-dir.ts'
import { lockDataDir, type DataDirLock } from './engine/data-dir-lock.ts'
import { Problem } from './model/problem.ts'
import { readArchiveNote, writeArchiveNote } from './operate/archive/archive-note.ts'
import {
  nameOfPlace,
  type ArchivePlace,
  type ArchiveSettings,
} from './operate/archive/archive-section.ts'
import { claimArchive, openBucket } from './operate/archive/probe-archive.ts'
import {
  checkReferred,
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
  type ArchiveMode,
  type ArchiveSource,
  type BackupProgress,
  type BackupSource,
  type TakenBackup,
} from './operate/backup/take-backup.ts'
import type { Log } from './self/log.ts'
import { awayFrom, withOwnEngine, withStoreOf } from './start-beside.ts'
import { placeOfMetadata } from './start-metadata.ts'
import { readArchived } from './store/archive.ts'
import type { StoreClient } from './store/client.ts'
import { openMetadata, openMetadataToCopy } from './store/metadata/open.ts'
import { MIGRATIONS } from './store/schema.ts'

/** Takes a backup of a server's data, whether it runs or not. */
export async function backUp(
  config: VedetteConfig,
  repository: Repository,
  told: {
    readonly log: Log
    readonly isFull: boolean
    /** Before what the configuration says. */
    readonly archiveMode?: ArchiveMode
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
      ? await openMetadataToCopy(placeOfMetadata(config), told.log)
      : undefined
  try {
    const { clickhouse } = config
    if (clickhouse !== undefined)
      return await backUpWith(config, repository, { ...told, client: undefined, metadata })
    return await withStoreOf(config, told.log, (client, away) =>
      backUpWith(config, repository, { ...told, client, metadata }, away),
    )
  } finally {
    await metadata?.close()
  }
}

/** Takes a backup by what is open already. `away` says why the archive cannot be used, where that is known. */
export async function backUpWith(
  config: VedetteConfig,
  repository: Repository,
  told: Pick<BackupSource, 'client' | 'metadata' | 'isFull' | 'onProgress'> & {
    readonly archiveMode?: ArchiveMode
  },
  away?: string,
): Promise<TakenBackup> {
  const { dataFolder } = config
  const startedMs = Date.now()
  const lock = lockBackups(dataFolder)
  let archive: ArchiveSource | undefined
  try {
    archive = await archiveSourceOf(config, told, away)
    const known = await knownObjects(repository)
    const configFiles = [...config.files, ...config.rules.files]
    const place = archive === undefined ? {} : { archive }
    const source = { ...told, ...place, dataFolder, known, configFiles, nowMs: Date.now }
    const taken = await takeBackup(source, repository)
    const tookMs = Date.now() - startedMs
    noteBackup(dataFolder, { id: taken.id, timeMs: startedMs, sizeBytes: taken.doneBytes, tookMs })
    return taken
  } finally {
    if (archive?.away === undefined) await archive?.bucket?.close()
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

/** Where what was archived lies, and how it goes into a backup; undefined when nothing was. */
async function archiveSourceOf(
  { dataFolder, archive, backup }: Pick<VedetteConfig, 'dataFolder' | 'archive' | 'backup'>,
  told: { readonly client: StoreClient | undefined; readonly archiveMode?: ArchiveMode },
  away: string | undefined,
): Promise<ArchiveSource | undefined> {
  const note = readArchiveNote(dataFolder)
  if (told.client === undefined || note === undefined) return undefined
  if (Object.keys(note.ranges).length === 0) return undefined
  const mode = told.archiveMode ?? backup?.archive ?? 'include'
  const { place: name } = note
  const why = away ?? (await awayFrom(told.client, dataFolder))
  if (why !== undefined) return { place: name, away: why }
  const place: ArchivePlace | undefined =
    archive?.place ?? (name.startsWith('/') ? { kind: 'folder', path: name } : undefined)
  if (place === undefined) {
    throw new Problem(
      'bad_data',
      `old data lies in the archive ${name}: name the configuration that has its keys with --config`,
    )
  }
  if (place.kind === 's3') {
    const root = path.join(engineFolderOf(dataFolder), 'db/disks/archive_s3')
    return { place: name, away: undefined, mode, root, bucket: openBucket(place) }
  }
  if (mode === 'reference') {
    throw new Problem(
      'bad_data',
      `the archive ${name} is a folder: a backup can refer to a bucket only; use --archive include`,
    )
  }
  return { place: name, away: undefined, mode, root: place.path, bucket: undefined }
}

/** What a restore does with an archive. */
export interface RestoreArchive {
  /** That of the server that is brought back. */
  readonly settings: ArchiveSettings
  /** It has what the backup refers to, and belongs to the new data folder from now on. */
  readonly isTakenOver: boolean
}

/** Brings a backup back into an empty data folder. Resolves to what is wrong. */
export async function restoreBackup(
  repository: Repository,
  manifest: Manifest,
  place: RestorePlace,
  told: {
    readonly log: Log
    readonly memoryBudgetBytes: number
    readonly isChecked?: boolean
    /** `left`: what the backup refers to is left out. */
    readonly archive?: RestoreArchive | 'left'
  },
): Promise<readonly string[]> {
  if (manifest.schemaVersion > (MIGRATIONS.at(-1)?.version ?? 0)) {
    throw new Problem(
      'bad_data',
      `the backup ${manifest.id} was made by Vedette ${manifest.version}, whose tables are newer than those of this one: use that`,
    )
  }
  const archive = told.archive === 'left' ? undefined : told.archive
  if (manifest.archive?.state === 'referenced' && told.archive !== 'left')
    refuseUnclear(manifest.archive.place, archive)
  await refuseUsedFolder(place.dataFolder)
  await mkdir(place.dataFolder, { recursive: true, mode: 0o700 })
  const isTakenOver = archive?.isTakenOver === true && manifest.archive?.state === 'referenced'
  if (archive !== undefined && isTakenOver) {
    const faults = await checkArchive(repository, manifest, archive.settings, place.dataFolder)
    if (faults.length > 0) throw new Problem('bad_data', faults.slice(0, 5).join('\n'))
  }
  await restoreFiles(repository, manifest, place)
  if (manifest.tables.length === 0) return []
  if (archive !== undefined && isTakenOver) await takeOver(archive.settings, place.dataFolder)
  const { memoryBudgetBytes, log } = told
  const { dataFolder } = place
  const engine = { dataFolder, memoryBudgetBytes, archive: archive?.settings }
  return withOwnEngine(engine, log, async (client, away) => {
    if (away !== undefined) throw new Problem('unavailable', `the archive cannot be used: ${away}`)
    const hasDisk = archive !== undefined
    await restoreTables(repository, manifest, client, place, { hasDisk, isTakenOver })
    const note = readArchiveNote(dataFolder)
    if (note !== undefined) {
      const ranges = Object.fromEntries(
        [...(await readArchived(client))].map(([signal, { range }]) => [signal, range]),
      )
      writeArchiveNote(dataFolder, { ...note, ranges })
    }
    return told.isChecked === true ? checkTables(client, manifest) : []
  })
}

/** A backup that refers to an archive needs to be told what becomes of that: only one server may have it. */
function refuseUnclear(name: string, archive: RestoreArchive | undefined): void {
  if (archive?.isTakenOver === true) return
  throw new Problem(
    'bad_data',
    `the backup does not hold what lay in the archive ${name}, but refers to it: give that to the restored server with --config FILE --take-archive ` +
      '(the server that had it must not run any more), or leave it out with --without-archive',
  )
}

async function checkArchive(
  repository: Repository,
  manifest: Manifest,
  { place }: ArchiveSettings,
  scratch: string,
): Promise<readonly string[]> {
  if (place.kind !== 's3') {
    throw new Problem(
      'bad_data',
      'the backup refers to a bucket, the configuration has a folder as its archive',
    )
  }
  const bucket = openBucket(place)
  try {
    return await checkReferred(repository, manifest, bucket, scratch)
  } finally {
    await bucket.close()
  }
}

async function takeOver({ place }: ArchiveSettings, dataFolder: string): Promise<void> {
  const id = randomUUID()
  await claimArchive(place, id)
  writeArchiveNote(dataFolder, { id, place: nameOfPlace(place), ranges: {} })
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
    /** Whose objects are looked at, where the backup refers to them; `left`: they are not. */
    readonly archive?: ArchiveSettings | 'left'
  },
): Promise<readonly string[]> {
  const { archive } = told
  const isReferring = manifest.archive?.state === 'referenced'
  if (isReferring && archive === undefined) {
    throw new Problem(
      'bad_data',
      `the backup refers to the archive ${manifest.archive?.place ?? ''}: name the configuration that has its keys with --config, or leave it unproven with --without-archive`,
    )
  }
  const folder = await mkdtemp(path.join(scratch, 'vedette-verify-'))
  const { onProgress } = told
  try {
    const place = {
      dataFolder: path.join(folder, 'data'),
      configFolder: path.join(folder, 'config'),
      ...(onProgress === undefined ? {} : { onProgress }),
    }
    const missing =
      isReferring && archive !== undefined && archive !== 'left'
        ? await checkArchive(repository, manifest, archive, folder)
        : []
    const { log, memoryBudgetBytes } = told
    const faults = await restoreBackup(repository, manifest, place, {
      ...{ log, memoryBudgetBytes, isChecked: true, archive: 'left' },
    })
    const file = path.join(place.dataFolder, 'metadata.sqlite')
    if (existsSync(file)) await (await openMetadata({ path: file }, told.log)).close()
    return [...missing, ...faults]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
