import { Problem } from '../../model/problem.ts'

/** The form of backups that hold everything themselves. */
export const BACKUP_FORMAT = 1
/** The form of those that refer to an archive, which older programs would bring back without it; the newest that is read. */
export const REFERRING_FORMAT = 2

/** One backup: everything at one point of time, by the objects that hold it. */
export interface Manifest {
  readonly format: number
  /** `20261121T171500Z`. */
  readonly id: string
  readonly timeMs: number
  /** Of the program that made it. */
  readonly version: string
  /** Of the tables; 0 when the data is not in it (it lies in a ClickHouse). */
  readonly schemaVersion: number
  readonly tables: readonly BackupTable[]
  /** Files of the data folder, metadata, and the configuration. */
  readonly folders: readonly BackupFolder[]
  /** What became of what lay in the archive; undefined when nothing did, and in backups of before. */
  readonly archive?: BackedUpArchive
}

/**
 * `included`: its parts are in the backup, as all others. `referenced`: they are in the bucket, and the backup says which objects they are.
 * `missing`: the archive was away.
 */
export interface BackedUpArchive {
  readonly state: 'included' | 'referenced' | 'missing'
  /** For people; without secrets. */
  readonly place: string
  /** 0 when it was away. */
  readonly rows: number
  /** Why it is missing; '' when it is not. */
  readonly reason: string
}

export interface BackupTable {
  readonly name: string
  /** The statement that makes it, for a database that is named when it is run. */
  readonly create: string
  /** Of `parts`. */
  readonly rows: number
  readonly parts: readonly BackupPart[]
  /** Parts that stay in the bucket of the archive: their objects hold lists of the bucket's objects (archive/bucket-file.ts). */
  readonly referred?: readonly BackupPart[]
}

export interface BackupPart {
  readonly name: string
  readonly rows: number
  readonly object: BackupObject
  /** It lay in the archive. Such parts come first in their table. */
  readonly isArchived?: boolean
}

/** Where files come back to: `data` is the data folder, `config` a folder beside it that a person looks through. */
export interface BackupFolder {
  readonly place: 'data' | 'config'
  readonly object: BackupObject
}

export interface BackupObject {
  readonly id: string
  /** Of the content, not sealed. */
  readonly sizeBytes: number
  readonly sha256: string
}

export const OBJECTS = 'objects/'
export const MANIFESTS = 'backups/'

export function objectKey(id: string): string {
  return `${OBJECTS}${id.slice(0, 2)}/${id}`
}

export function manifestKey(id: string): string {
  return `${MANIFESTS}${id}.json`
}

export function objectsOf({ tables, folders }: Manifest): readonly BackupObject[] {
  return [
    ...tables.flatMap(({ parts, referred = [] }) =>
      [...parts, ...referred].map(({ object }) => object),
    ),
    ...folders.map(({ object }) => object),
  ]
}

/** Reads a manifest that was proven whole. Throws a `Problem` for one of a newer program. */
export function readManifest(text: string): Manifest {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('format' in value)) {
    throw new Problem('bad_data', 'it is damaged: its list of contents is none')
  }
  if (typeof value.format !== 'number' || value.format > REFERRING_FORMAT) {
    const version = 'version' in value ? String(value.version) : 'newer'
    throw new Problem(
      'bad_data',
      `it was made by Vedette ${version}, which is newer than this one: use that`,
    )
  }
  if (!isManifest(value))
    throw new Problem('bad_data', 'it is damaged: its list of contents is not whole')
  return value
}

/** Its content was proven by its hash; only the outline has to be looked at. */
function isManifest(value: object): value is Manifest {
  return (
    'id' in value &&
    typeof value.id === 'string' &&
    'tables' in value &&
    Array.isArray(value.tables) &&
    'folders' in value &&
    Array.isArray(value.folders)
  )
}
