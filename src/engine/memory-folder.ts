import { createHash } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identifySelf, isDead, parseIdentity } from './process-identity.ts'

/** In each folder: the process that works in it. */
const ownerFile = 'owner'
const folderName = /^vedette-[0-9a-f]{16}$/

/** Where a spool keeps small bodies: the name follows from the data directory, so whoever comes next finds what was left. */
export function memoryFolderOf(memoryRoot: string, diskFolder: string): string {
  const mark = createHash('sha256').update(diskFolder).digest('hex').slice(0, 16)
  return join(memoryRoot, `vedette-${mark}`)
}

/**
 * Makes the folder of a spool, or empties what an earlier process left in it. Undefined where it cannot be used: a folder below a
 * file system that everybody may write to is used only when it is ours alone.
 */
export async function openMemoryFolder(
  memoryRoot: string,
  diskFolder: string,
): Promise<string | undefined> {
  const folder = memoryFolderOf(memoryRoot, diskFolder)
  try {
    // Not `recursive`: below /proc Node's never returns.
    await mkdir(folder, { mode: 0o700 }).catch(() => undefined)
    if (!(await isOurs(folder))) return undefined
    await emptyFolder(folder)
    await writeFile(join(folder, ownerFile), JSON.stringify(identifySelf()), { mode: 0o600 })
    return folder
  } catch {
    return undefined
  }
}

/** Removes the folders of processes of this user that were killed together with their parents, and so could not do it. */
export async function removeDeadFolders(memoryRoot: string): Promise<void> {
  const names = await readdir(memoryRoot).catch(() => [])
  for (const name of names) {
    if (!folderName.test(name)) continue
    const folder = join(memoryRoot, name)
    try {
      if (!(await isOurs(folder))) continue
      const owner = parseIdentity(await readFile(join(folder, ownerFile), 'utf8'))
      if (owner !== undefined && isDead(owner)) await rm(folder, { recursive: true, force: true })
    } catch {
      // Another start removes it at the same time, or its process is about to say whose it is.
    }
  }
}

export async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    await rm(join(folder, name), { recursive: true, force: true })
}

async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder)
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0
}
