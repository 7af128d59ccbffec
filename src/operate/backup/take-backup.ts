import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { Problem } from '../../model/problem.ts'
import { VERSION } from '../../self/version.ts'
import type { StoreClient } from '../../store/client.ts'
import { freezeTables, schemaVersionOf, type FrozenTable } from '../../store/freeze.ts'
import type { Metadata } from '../../store/metadata/metadata.ts'
import { snapshotMetadata } from '../../store/metadata/snapshot.ts'
import { BackupWriter } from './backup-writer.ts'
import { HOLD, letGo } from './let-go.ts'
import { FrozenInBucket, frozenInFolder } from './frozen-place.ts'
import {
  BACKUP_FORMAT,
  REFERRING_FORMAT,
  type BackedUpArchive,
  type BackupObject,
  type BackupPart,
  type BackupTable,
} from './manifest.ts'
import type { Repository } from './repository.ts'
import type { BackupTarget } from './target.ts'

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
  /** Undefined when nothing was ever archived. */
  readonly archive?: ArchiveSource
}

/** The second disk of the engine, where old parts lie. */
export type ArchiveSource =
  | { readonly place: string; readonly away: string }
  | {
      readonly place: string
      readonly away: undefined
      readonly mode: ArchiveMode
      /** Of the disk: its own folder, or where the engine keeps the list of a bucket. */
      readonly root: string
      /** With keys from its top; undefined for a folder. */
      readonly bucket: BackupTarget | undefined
    }

/** Whether a backup holds what lies in the archive, or says where in the bucket it is. */
export type ArchiveMode = 'include' | 'reference'

export interface BackupProgress {
  readonly doneBytes: number
  readonly newBytes: number
}

export interface TakenBackup extends BackupProgress {
  readonly id: string
  /** In the backup itself. */
  readonly rows: number
  /** Undefined when nothing was archived. */
  readonly archive: BackedUpArchive | undefined
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
  const archiveRoot = rootOf(source)
  await letGo(dataFolder, client, archiveRoot)
  await mkdir(work, { recursive: true, mode: 0o700 })
  const writer = new BackupWriter(source, repository)
  const hold = `${HOLD}${id}`
  try {
    const held = client === undefined ? [] : await freezeTables(client, hold)
    if (metadata !== undefined) await snapshotMetadata(metadata, path.join(work, METADATA_FILE))
    const archived = await takeArchive(source, writer, held, hold)
    const here = frozenInFolder(path.join(dataFolder, 'engine/db'), hold)
    const tables: BackupTable[] = []
    for (const table of held) {
      const own = await writer.parts(table, here)
      tables.push(
        describeTable(table, [...(archived.parts.get(table.name) ?? []), ...own], archived),
      )
    }
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
    const { archive } = archived
    const format = archive?.state === 'referenced' ? REFERRING_FORMAT : BACKUP_FORMAT
    const outline = { format, id, timeMs, version: VERSION, schemaVersion }
    const last = archive === undefined ? {} : { archive }
    await repository.putManifest({ ...outline, tables, folders, ...last })
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    return { id, rows, archive, ...writer.progress }
  } finally {
    await rm(work, { recursive: true, force: true })
    await letGo(dataFolder, client, archiveRoot)
  }
}

function rootOf({ archive }: BackupSource): string | undefined {
  return archive?.away === undefined ? archive?.root : undefined
}

interface ArchivedParts {
  readonly archive: BackedUpArchive | undefined
  /** By table. */
  readonly parts: ReadonlyMap<string, readonly BackupPart[]>
  readonly referred: ReadonlyMap<string, readonly BackupPart[]>
}

/**
 * What lies in the archive. One that is away, or cannot be read now, keeps nothing else from being backed up: the backup says that it is missing.
 */
async function takeArchive(
  { archive, client }: BackupSource,
  writer: BackupWriter,
  tables: readonly FrozenTable[],
  hold: string,
): Promise<ArchivedParts> {
  const none = { parts: new Map(), referred: new Map() }
  if (archive === undefined || client === undefined) return { archive: undefined, ...none }
  const { place } = archive
  const missing = (reason: string): ArchivedParts => ({
    archive: { state: 'missing', place, rows: 0, reason },
    ...none,
  })
  if (archive.away !== undefined) return missing(archive.away)
  const { root, bucket, mode } = archive
  const frozen =
    bucket === undefined ? frozenInFolder(root, hold) : new FrozenInBucket(root, hold, bucket)
  const [parts, referred] = [
    new Map<string, readonly BackupPart[]>(),
    new Map<string, BackupPart[]>(),
  ]
  try {
    for (const table of tables) {
      if (mode === 'reference' && frozen instanceof FrozenInBucket) {
        referred.set(table.name, await referTo(table, frozen, writer))
      } else {
        parts.set(table.name, await writer.parts(table, frozen, true))
      }
    }
  } catch (thrown) {
    if (frozen.failure === undefined) throw thrown
    return missing(frozen.failure)
  }
  const all = [...parts.values(), ...referred.values()].flat()
  if (all.length === 0) return { archive: undefined, ...none }
  const rows = all.reduce((sum, part) => sum + part.rows, 0)
  const state = mode === 'reference' ? 'referenced' : 'included'
  return { archive: { state, place, rows, reason: '' }, parts, referred }
}

async function referTo(
  { name, uuid }: FrozenTable,
  frozen: FrozenInBucket,
  writer: BackupWriter,
): Promise<BackupPart[]> {
  const parts: BackupPart[] = []
  for (const part of await frozen.partsOf(uuid)) {
    const [lists, files] = [await frozen.listsOf(uuid, part), await frozen.filesOf(uuid, part)]
    parts.push(await writer.reference(name, part, { lists, files }))
  }
  return parts
}

function describeTable(
  { name, create }: FrozenTable,
  parts: readonly BackupPart[],
  archived: ArchivedParts,
): BackupTable {
  const referred = archived.referred.get(name) ?? []
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  return { name, create, rows, parts, ...(referred.length === 0 ? {} : { referred }) }
}

const METADATA_FILE = 'metadata.sqlite'
