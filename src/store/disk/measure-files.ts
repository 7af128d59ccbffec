import { lstat, readdir } from 'node:fs/promises'
import path from 'node:path'

/** What lies in the data directory besides the parts of tables, in bytes that it takes on the disk. */
export interface OtherFiles {
  /** Metadata, queues, rows on their way in, and whatever else is there. */
  readonly bytes: number
  /** Parts that a backup holds although no table has them any more. */
  readonly heldBytes: number
  /** A backup holds parts now: what is dropped frees nothing until it is done. */
  readonly isHeld: boolean
}

/** Where the engine's tables are, and what backups hold of them, below the data directory. */
const PARTS = path.join('engine', 'db', 'store')
const HELD = path.join('engine', 'db', 'shadow')
/** A file takes whole blocks. */
const BLOCK_BYTES = 512

/** Looks at all files but those of tables, which the engine itself knows. What goes away meanwhile is not there. */
export async function measureFiles(folder: string): Promise<OtherFiles> {
  const parts = path.join(folder, PARTS)
  const held = path.join(folder, HELD)
  let bytes = 0
  for await (const { blocks, nlink, isFile } of filesBelow(folder, new Set([parts, held]))) {
    // The backup of an upgrade holds files of tables by a second name.
    if (isFile && nlink > 1) continue
    bytes += blocks * BLOCK_BYTES
  }
  let heldBytes = 0
  let isHeld = false
  // Of a part that a table still has, the same file is in its folder.
  for await (const { blocks, nlink, isFile } of filesBelow(held, new Set())) {
    if (!isFile) continue
    isHeld = true
    if (nlink === 1) heldBytes += blocks * BLOCK_BYTES
  }
  return { bytes, heldBytes, isHeld }
}

interface Found {
  readonly blocks: number
  readonly nlink: number
  readonly isFile: boolean
}

async function* filesBelow(folder: string, without: ReadonlySet<string>): AsyncGenerator<Found> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const name = path.join(folder, entry.name)
    if (without.has(name)) continue
    const stats = await lstat(name).catch(() => undefined)
    if (stats === undefined) continue
    yield { blocks: stats.blocks, nlink: stats.nlink, isFile: entry.isFile() }
    if (entry.isDirectory()) yield* filesBelow(name, without)
  }
}
