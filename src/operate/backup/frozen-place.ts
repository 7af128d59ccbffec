import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { messageOf, Problem } from '../../model/problem.ts'
import { printBucketFile, readBucketFile } from '../archive/bucket-file.ts'
import { sourceOfFile, sourceOfText, type PackSource } from './pack.ts'
import type { BackupTarget } from './target.ts'

/** Where the parts of tables are that are held for a backup: one disk of the engine. */
export interface FrozenPlace {
  /** Parts of a table, by their names; none where nothing was held. */
  partsOf(uuid: string): Promise<readonly string[]>
  /** Files of a part, in order. */
  filesOf(uuid: string, part: string): Promise<readonly PackSource[]>
  /** Why something there could not be read; undefined as long as everything could. */
  readonly failure: string | undefined
}

/** Parts that lie in a folder of this machine; `root` is the disk's. */
export function frozenInFolder(root: string, hold: string): FrozenPlace {
  const at = (uuid: string): string => path.join(frozenFolder(root, hold), storeOf(uuid))
  return {
    failure: undefined,
    partsOf: (uuid) => namesIn(at(uuid)),
    filesOf: async (uuid, part) => {
      const folder = path.join(at(uuid), part)
      const names = await filesBelow(folder, '.')
      return Promise.all(names.map((name) => sourceOfFile(folder, name)))
    },
  }
}

/** Parts whose bytes lie in a bucket: read from there, by the list that the engine has of it below `root`. */
export class FrozenInBucket implements FrozenPlace {
  readonly #root: string
  readonly #hold: string
  readonly #bucket: BackupTarget
  #failure: string | undefined

  /** `bucket` reads keys from its top. */
  constructor(root: string, hold: string, bucket: BackupTarget) {
    this.#root = root
    this.#hold = hold
    this.#bucket = bucket
  }

  get failure(): string | undefined {
    return this.#failure
  }

  partsOf(uuid: string): Promise<readonly string[]> {
    return frozenInFolder(this.#root, this.#hold).partsOf(uuid)
  }

  async filesOf(uuid: string, part: string): Promise<readonly PackSource[]> {
    return this.#lists(uuid, part, (name, text) => {
      const pieces = readBucketFile(text)
      const size = pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      return { name, size, mode: 0o640, read: () => this.#read(pieces.map(({ key }) => key)) }
    })
  }

  /** The lists themselves, as whoever has the bucket next can use them. */
  async listsOf(uuid: string, part: string): Promise<readonly PackSource[]> {
    return this.#lists(uuid, part, (name, text) =>
      sourceOfText(name, printBucketFile(readBucketFile(text))),
    )
  }

  async #lists(
    uuid: string,
    part: string,
    sourceOf: (name: string, text: string) => PackSource,
  ): Promise<readonly PackSource[]> {
    const folder = path.join(frozenFolder(this.#root, this.#hold), storeOf(uuid), part)
    const names = await filesBelow(folder, '.')
    return Promise.all(
      names.map(async (name) => sourceOf(name, await readFile(path.join(folder, name), 'utf8'))),
    )
  }

  async *#read(keys: readonly string[]): AsyncGenerator<Uint8Array> {
    try {
      for (const key of keys) yield* await this.#bucket.get(key)
    } catch (thrown) {
      this.#failure = messageOf(thrown)
      throw new Problem('unavailable', `the archive cannot be read: ${messageOf(thrown)}`, {
        cause: thrown,
      })
    }
  }
}

/** Where the engine lays what it holds, below the root of a disk. */
function frozenFolder(root: string, hold: string): string {
  return path.join(root, 'shadow', hold)
}

function storeOf(uuid: string): string {
  return path.join('store', uuid.slice(0, 3), uuid)
}

/** Files below a folder's entry, relative to the folder, sorted; sockets and pipes are left out. */
export async function filesBelow(folder: string, name: string): Promise<string[]> {
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
