import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { messageOf, Problem } from '../../model/problem.ts'
import type { StoreClient } from '../../store/client.ts'
import {
  attachPart,
  checkTable,
  countRows,
  createTables,
  detachedFolderOf,
} from '../../store/freeze.ts'
import type { BackupObject, BackupTable, Manifest } from './manifest.ts'
import { unpackFiles } from './pack.ts'
import type { Repository } from './repository.ts'

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

/** Brings back the tables, into an engine that has none. */
export async function restoreTables(
  repository: Repository,
  { tables }: Manifest,
  client: StoreClient,
  place: RestorePlace,
): Promise<void> {
  await createTables(client, tables)
  for (const table of tables) await restoreTable(repository, table, client, place)
}

async function restoreTable(
  repository: Repository,
  { name, parts, rows }: BackupTable,
  client: StoreClient,
  place: RestorePlace,
): Promise<void> {
  const detached = await detachedFolderOf(client, name)
  for (const part of parts) {
    const folder = path.join(detached, part.name)
    await unpack(repository, part.object, folder, `${part.name} of ${name}`)
    await attachPart(client, name, part.name)
    place.onProgress?.(part.object.sizeBytes)
  }
  const found = await countRows(client, name)
  if (found !== rows) {
    throw new Problem('bad_data', `the table ${name} has ${found} rows, its backup says ${rows}`)
  }
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
