import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { messageOf, Problem } from '../../model/problem.ts'
import type { BackupTarget } from './target.ts'

/** Backups in a folder: of this machine, or of one that is mounted. Made readable for its owner alone. */
export function folderTarget(root: string): BackupTarget {
  const at = (key: string): string => path.join(root, ...key.split('/'))
  return {
    name: root,
    sizeOf: async (key) => (await stat(at(key)).catch(unlessMissing))?.size,
    put: async (key, body) => writeSynced(at(key), body),
    get: async (key) => {
      const file = at(key)
      const found = await stat(file).catch(unlessMissing)
      if (found === undefined) throw new Problem('not_found', `${file} is missing`)
      return createReadStream(file, { highWaterMark: 1024 * 1024 })
    },
    list: async (prefix) => {
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
      const keys = await keysBelow(at(folder), folder)
      return keys.filter((key) => key.startsWith(prefix)).sort()
    },
    remove: async (key) => rm(at(key), { force: true }),
    close: () => Promise.resolve(),
  }
}

/** Under another name first, synced, so that what has the name is whole. */
async function writeSynced(file: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const draft = `${file}.${process.pid}.part`
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    const handle = await open(draft, 'w', 0o600)
    try {
      for await (const chunk of body) await handle.writeFile(chunk)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, file)
    const folder = await open(path.dirname(file), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (thrown) {
    await rm(draft, { force: true })
    if (thrown instanceof Problem) throw thrown
    throw new Problem('unavailable', `${file} cannot be written: ${messageOf(thrown)}`, {
      cause: thrown,
    })
  }
}

async function keysBelow(folder: string, prefix: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(unlessMissing)) ?? []
  const found = await Promise.all(
    entries.map((entry) =>
      entry.isDirectory()
        ? keysBelow(path.join(folder, entry.name), `${prefix}${entry.name}/`)
        : Promise.resolve(entry.name.endsWith('.part') ? [] : [`${prefix}${entry.name}`]),
    ),
  )
  return found.flat()
}

function unlessMissing(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
  throw thrown
}
