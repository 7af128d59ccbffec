import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { FrozenTable } from '../../store/freeze.ts'
import type { BackupFolder, BackupObject, BackupPart, BackupTable } from './manifest.ts'
import { packFiles } from './pack.ts'
import type { Repository } from './repository.ts'
import type { BackupProgress, BackupSource } from './take-backup.ts'

/** What of the data folder is the engine's, the server's own, or taken in another way. */
const NOT_COPIED =
  /^(?:engine|backup|archive\.json|(?:before|after)-upgrade-.*|vedette\.lock.*|engine\.sock|metadata\.sqlite.*)$/
/** Files that are no configuration, such as a disk image that somebody has put there, are not taken. */
const MAX_CONFIG_BYTES = 64 * 1024 * 1024

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

  /** The parts of a table that are held under a name. */
  async table({ name, create, uuid }: FrozenTable, hold: string): Promise<BackupTable> {
    const shadow = path.join(this.#source.dataFolder, 'engine/db/shadow', hold)
    const folder = path.join(shadow, 'store', uuid.slice(0, 3), uuid)
    const parts: BackupPart[] = []
    for (const part of await namesIn(folder)) {
      parts.push(await this.#part(name, path.join(folder, part), part))
    }
    return { name, create, rows: parts.reduce((sum, { rows }) => sum + rows, 0), parts }
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
    return { place, object: await this.#write(id, folder, names, true) }
  }

  async #part(table: string, folder: string, part: string): Promise<BackupPart> {
    const names = await filesBelow(folder, '.')
    const rows = Number(await readFile(path.join(folder, 'count.txt'), 'utf8'))
    // Parts never change; the engine's own checksums cover every file of one.
    const checksums = await readFile(path.join(folder, 'checksums.txt'), 'latin1')
    const id = this.#repository.idOf([table, part, checksums, ...names].join('\n'))
    return { name: part, rows, object: await this.#write(id, folder, names, false) }
  }

  async #write(
    id: string,
    folder: string,
    names: readonly string[],
    isAlwaysNew: boolean,
  ): Promise<BackupObject> {
    const pack = await packFiles(folder, names)
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

/** Files below a folder's entry, relative to the folder, sorted; sockets and pipes are left out. */
async function filesBelow(folder: string, name: string): Promise<string[]> {
  const found = await stat(path.join(folder, name)).catch(() => undefined)
  if (found?.isFile() === true) return [name]
  if (found?.isDirectory() !== true) return []
  const inner = await namesIn(path.join(folder, name))
  const below = await Promise.all(
    inner.map((each) => filesBelow(folder, name === '.' ? each : `${name}/${each}`)),
  )
  return below.flat()
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return []
    throw thrown
  }
}
