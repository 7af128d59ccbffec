import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { messageOf, Problem } from '../../model/problem.ts'
import { archiveTable } from '../../store/archive.ts'
import type { StoreClient } from '../../store/client.ts'
import {
  attachPart,
  checkTable,
  countRows,
  createTables,
  detachedFoldersOf,
} from '../../store/freeze.ts'
import { readBucketFile, type BucketPiece } from '../archive/bucket-file.ts'
import { filesBelow } from './frozen-place.ts'
import type { BackupObject, BackupPart, BackupTable, Manifest } from './manifest.ts'
import { unpackFiles } from './pack.ts'
import type { Repository } from './repository.ts'
import type { BackupTarget } from './target.ts'

/** Where a backup goes to. */
export interface RestorePlace {
  /** Empty, or not there. */
  readonly dataFolder: string
  /** Where files of the configuration are laid, under the paths that they had. */
  readonly configFolder: string
  readonly onProgress?: (doneBytes: number) => void
}

/** Refuses a folder that holds something: a restore replaces nothing. */
export async function refuseUsedFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  if (names.length === 0) return
  throw new Problem(
    'bad_data',
    `${folder} is not empty: nothing is overwritten. Name another one with --data, or move this one away`,
  )
}

/** Brings back files of the data folder and the configuration. */
export async function restoreFiles(
  repository: Repository,
  manifest: Manifest,
  place: RestorePlace,
): Promise<void> {
  for (const { place: where, object } of manifest.folders) {
    const folder = where === 'data' ? place.dataFolder : place.configFolder
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await unpack(repository, object, folder, `files of ${where}`)
    place.onProgress?.(object.sizeBytes)
  }
}

/** What becomes of what lay in an archive. */
export interface RestoredArchive {
  /** The engine has an archive of its own: parts that lay in one go there, one by one, so that the first disk needs no room for them. */
  readonly hasDisk: boolean
  /** Parts that the backup only refers to are taken in, where they are in the bucket. */
  readonly isTakenOver: boolean
}

/** Brings back the tables, into an engine that has none. */
export async function restoreTables(
  repository: Repository,
  { tables }: Manifest,
  client: StoreClient,
  place: RestorePlace,
  archive: RestoredArchive = { hasDisk: false, isTakenOver: false },
): Promise<void> {
  await createTables(client, tables)
  for (const table of tables) await restoreTable(repository, table, client, { place, archive })
}

async function restoreTable(
  repository: Repository,
  { name, parts, rows, referred = [] }: BackupTable,
  client: StoreClient,
  { place, archive }: { readonly place: RestorePlace; readonly archive: RestoredArchive },
): Promise<void> {
  const [here, inArchive] = await detachedFoldersOf(client, name)
  const attach = async (part: BackupPart, detached: string | undefined): Promise<void> => {
    if (detached === undefined) throw new Problem('internal', `${name} has no archive`)
    const folder = path.join(detached, part.name)
    await unpack(repository, part.object, folder, `${part.name} of ${name}`)
    await attachPart(client, name, part.name)
    place.onProgress?.(part.object.sizeBytes)
  }
  const taken = archive.isTakenOver ? referred : []
  // Before all others: what is on the first disk must be newer than what is in the archive (store/archive.ts).
  for (const part of taken) await attach(part, inArchive)
  for (const part of parts) {
    await attach(part, here)
    if (part.isArchived === true && archive.hasDisk) await archiveTable(client, name)
  }
  const wanted = rows + taken.reduce((sum, part) => sum + part.rows, 0)
  const found = await countRows(client, name)
  if (found !== wanted) {
    throw new Problem('bad_data', `the table ${name} has ${found} rows, its backup says ${wanted}`)
  }
}

/** Objects of the archive's bucket that a backup refers to and that are not as it says. `bucket` reads keys from its top; `scratch` is a folder for lists. */
export async function checkReferred(
  repository: Repository,
  { tables }: Manifest,
  bucket: BackupTarget,
  scratch: string,
): Promise<readonly string[]> {
  const faults: string[] = []
  for (const { name, referred = [] } of tables) {
    for (const part of referred) {
      const folder = path.join(scratch, 'lists')
      await unpack(repository, part.object, folder, `${part.name} of ${name}`)
      const pieces = (await readPieces(folder)).flat()
      const sizes = await Promise.all(pieces.map(({ key }) => bucket.sizeOf(key)))
      const bad = pieces.filter(({ sizeBytes }, i) => sizes[i] !== sizeBytes)
      if (bad.length > 0) {
        const first = bad[0]?.key ?? ''
        faults.push(
          `${part.name} of ${name}: ${bad.length} of its ${pieces.length} objects are not in the bucket any more, or have another size (${first})`,
        )
      }
      await rm(folder, { recursive: true, force: true })
    }
  }
  return faults
}

async function readPieces(folder: string): Promise<(readonly BucketPiece[])[]> {
  const names = await filesBelow(folder, '.')
  return Promise.all(
    names.map(async (name) => readBucketFile(await readFile(path.join(folder, name), 'utf8'))),
  )
}

async function unpack(
  repository: Repository,
  object: BackupObject,
  folder: string,
  what: string,
): Promise<void> {
  try {
    await unpackFiles(repository.read(object), folder)
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    await rm(folder, { recursive: true, force: true })
    throw new Problem(thrown.code, `${what}: ${messageOf(thrown)}`, { cause: thrown })
  }
}

/** Has the engine prove the content of every part. Resolves to what is wrong. */
export async function checkTables(
  client: StoreClient,
  { tables }: Manifest,
): Promise<readonly string[]> {
  const faults: string[] = []
  for (const { name } of tables) {
    const fault = await checkTable(client, name)
    if (fault !== undefined) faults.push(`${name}: ${fault}`)
  }
  return faults
}
