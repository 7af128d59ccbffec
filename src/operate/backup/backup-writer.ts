import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { Problem } from '../../model/problem.ts'
import type { FrozenTable } from '../../store/freeze.ts'
import { filesBelow, type FrozenPlace } from './frozen-place.ts'
import type { BackupFolder, BackupObject, BackupPart } from './manifest.ts'
import { packFiles, packSources, type Pack, type PackSource } from './pack.ts'
import type { Repository } from './repository.ts'
import { readWhole } from './target.ts'
import type { BackupProgress, BackupSource } from './take-backup.ts'

/** What of the data folder is the engine's, the server's own, or taken in another way. */
const NOT_COPIED =
  /^(?:engine|backup|archive\.json|(?:before|after)-upgrade-.*|vedette\.lock.*|engine\.sock|metadata\.sqlite.*)$/
/** Files that are no configuration, such as a disk image that somebody has put there, are not taken. */
const MAX_CONFIG_BYTES = 64 * 1024 * 1024
/** Of a part: the checksums of its files, how many rows it has. */
const MAX_SMALL_BYTES = 16 * 1024 * 1024

/** Writes the objects of one backup, leaving out those that are there. */
export class BackupWriter {
  readonly #source: BackupSource
  readonly #repository: Repository
  #doneBytes = 0
  #newBytes = 0

  constructor(source: BackupSource, repository: Repository) {
    this.#source = source
    this.#repository = repository
  }

  get progress(): BackupProgress {
    return { doneBytes: this.#doneBytes, newBytes: this.#newBytes }
  }

  /** The parts of a table that are held on a disk. */
  async parts(
    { name, uuid }: FrozenTable,
    place: FrozenPlace,
    isArchived = false,
  ): Promise<readonly BackupPart[]> {
    const parts: BackupPart[] = []
    for (const part of await place.partsOf(uuid)) {
      const written = await this.#part(name, part, await place.filesOf(uuid, part))
      parts.push(isArchived ? { ...written, isArchived } : written)
    }
    return parts
  }

  /** What says where a part of a table is that stays where it is. `files` has what it would consist of. */
  async reference(
    table: string,
    part: string,
    {
      lists,
      files,
    }: { readonly lists: readonly PackSource[]; readonly files: readonly PackSource[] },
  ): Promise<BackupPart> {
    const rows = Number(await textOf(files, 'count.txt'))
    const said = await Promise.all(lists.map(({ name }) => textOf(lists, name)))
    const id = this.#repository.idOf([table, part, 'by reference', ...said].join('\n'))
    return { name: part, rows, object: await this.#write(id, packSources(lists), false) }
  }

  /** Files of the data folder beside the engine's: positions, what was pushed, what waits to be sent. */
  async dataFiles(): Promise<readonly BackupFolder[]> {
    const { dataFolder } = this.#source
    const entries = await readdir(dataFolder, { withFileTypes: true })
    const names = entries.map(({ name }) => name).filter((name) => !NOT_COPIED.test(name))
    const files = (await Promise.all(names.map((name) => filesBelow(dataFolder, name)))).flat()
    return files.length === 0 ? [] : [await this.folder('data', dataFolder, files)]
  }

  /** The configuration, under the paths that it had. */
  async configFiles(): Promise<readonly BackupFolder[]> {
    const files: string[] = []
    for (const file of this.#source.configFiles) {
      const found = await stat(file).catch(() => undefined)
      if (found?.isFile() === true && found.size <= MAX_CONFIG_BYTES)
        files.push(path.resolve(file).slice(1))
    }
    return files.length === 0 ? [] : [await this.folder('config', '/', [...new Set(files)].sort())]
  }

  /** Files of a folder as one object, named by what is in them. */
  async folder(
    place: BackupFolder['place'],
    folder: string,
    names: readonly string[],
  ): Promise<BackupFolder> {
    // They change at any time, and are small: always written.
    const id = this.#repository.idOf(
      [place, ...names, String(this.#source.nowMs()), folder].join('\n'),
    )
    return { place, object: await this.#write(id, await packFiles(folder, names), true) }
  }

  async #part(table: string, part: string, files: readonly PackSource[]): Promise<BackupPart> {
    const names = files.map(({ name }) => name)
    const rows = Number(await textOf(files, 'count.txt'))
    // Parts never change, wherever they lie; the engine's own checksums cover every file of one.
    const checksums = await textOf(files, 'checksums.txt')
    const id = this.#repository.idOf([table, part, checksums, ...names].join('\n'))
    return { name: part, rows, object: await this.#write(id, packSources(files), false) }
  }

  async #write(id: string, pack: Pack, isAlwaysNew: boolean): Promise<BackupObject> {
    const known = this.#source.known?.get(id)
    const isThere =
      !isAlwaysNew &&
      !this.#source.isFull &&
      known?.sizeBytes === pack.sizeBytes &&
      (await this.#repository.has(id, pack.sizeBytes))
    const object = isThere && known !== undefined ? known : await this.#repository.put(id, pack)
    this.#doneBytes += pack.sizeBytes
    if (!isThere) this.#newBytes += pack.sizeBytes
    this.#source.onProgress?.(this.progress)
    return object
  }
}

/** The content of a small file of a part. */
async function textOf(files: readonly PackSource[], name: string): Promise<string> {
  const file = files.find((each) => each.name === name)
  if (file === undefined) throw new Problem('bad_data', `a part has no ${name}`)
  return (await readWhole(file.read(), MAX_SMALL_BYTES)).toString('latin1')
}
