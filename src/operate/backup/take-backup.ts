import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { Problem } from '../../model/problem.ts'
import { VERSION } from '../../self/version.ts'
import { readArchived } from '../../store/archive.ts'
import type { StoreClient } from '../../store/client.ts'
import { freezeTables, schemaVersionOf } from '../../store/freeze.ts'
import type { Metadata } from '../../store/metadata/metadata.ts'
import { snapshotMetadata } from '../../store/metadata/snapshot.ts'
import { BackupWriter } from './backup-writer.ts'
import { HOLD, letGo } from './let-go.ts'
import { BACKUP_FORMAT, type BackupObject, type BackupTable } from './manifest.ts'
import type { Repository } from './repository.ts'

/** What is to be backed up. */
export interface BackupSource {
  readonly dataFolder: string
  /** Undefined when the data lies in a ClickHouse, which has its own way. */
  readonly client: StoreClient | undefined
  /** Undefined when it lies in a PostgreSQL. */
  readonly metadata: Metadata | undefined
  /** Files of the configuration, absolute. */
  readonly configFiles: readonly string[]
  readonly nowMs: () => number
  /** Write every object, also those that are there already. */
  readonly isFull: boolean
  /** Objects of earlier backups, by their ids: those are not written again. */
  readonly known?: ReadonlyMap<string, BackupObject>
  readonly onProgress?: (told: BackupProgress) => void
}

export interface BackupProgress {
  readonly doneBytes: number
  readonly newBytes: number
}

export interface TakenBackup extends BackupProgress {
  readonly id: string
  readonly rows: number
  /** Rows that lie in the archive and are not in it. */
  readonly archivedRows: number
}

/**
 * Takes everything at one point of time: parts of tables are held first, in a few milliseconds and without a copy; then they are
 * written at leisure. Every item that was acknowledged before the call is in it. Rejects with a `Problem`; what was held is let go.
 */
export async function takeBackup(
  source: BackupSource,
  repository: Repository,
): Promise<TakenBackup> {
  const { client, metadata, dataFolder } = source
  const timeMs = source.nowMs()
  const id = new Date(timeMs).toISOString().replace(/[-:]|\.\d+/g, '')
  const work = path.join(dataFolder, 'backup', `taking-${id}`)
  await letGo(dataFolder, client)
  await mkdir(work, { recursive: true, mode: 0o700 })
  const writer = new BackupWriter(source, repository)
  try {
    const held = client === undefined ? [] : await freezeTables(client, `${HOLD}${id}`)
    if (metadata !== undefined) await snapshotMetadata(metadata, path.join(work, METADATA_FILE))
    const tables: BackupTable[] = []
    for (const table of held) tables.push(await writer.table(table, `${HOLD}${id}`))
    if (
      client !== undefined &&
      !tables.some(({ name, rows }) => name === 'schema_version' && rows > 0)
    ) {
      // It never is: a backup of nothing must not be taken for one.
      throw new Problem('internal', 'the engine has held nothing')
    }
    const own = metadata === undefined ? [] : [await writer.folder('data', work, [METADATA_FILE])]
    const folders = [...own, ...(await writer.dataFiles()), ...(await writer.configFiles())]
    const schemaVersion = client === undefined ? 0 : await schemaVersionOf(client)
    const outline = { format: BACKUP_FORMAT, id, timeMs, version: VERSION, schemaVersion }
    await repository.putManifest({ ...outline, tables, folders })
    const archived = client === undefined ? [] : [...(await readArchived(client)).values()]
    return {
      id,
      rows: tables.reduce((sum, { rows }) => sum + rows, 0),
      archivedRows: archived.reduce((sum, { rows }) => sum + rows, 0),
      ...writer.progress,
    }
  } finally {
    await rm(work, { recursive: true, force: true })
    await letGo(dataFolder, client)
  }
}

const METADATA_FILE = 'metadata.sqlite'
