import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { isCompressedName } from './uncompress.ts'
import type { FilePosition } from '../positions/position-record.ts'

/** A file that was renamed, and has more than was read of it. */
export interface MovedFile {
  readonly position: FilePosition
  /** Where it is now. */
  readonly file: string
}

/**
 * Files that were renamed while nobody looked, in the order in which they were begun: of the positions those that are no longer at
 * their path, found by their inode in the same folder.
 */
export async function findMoved(positions: Iterable<FilePosition>): Promise<readonly MovedFile[]> {
  const missing = new Map<string, FilePosition>()
  for (const position of positions) {
    const now = await stat(position.path, { bigint: true }).catch(() => undefined)
    if (String(now?.ino) !== position.inode) missing.set(position.inode, position)
  }
  const folders = new Set(Array.from(missing.values(), (position) => path.dirname(position.path)))
  const moved: MovedFile[] = []
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      // An inode is soon given to another file: what is packed is none that lines are appended to.
      if (isCompressedName(name)) continue
      const file = path.join(folder, name)
      const now = await stat(file, { bigint: true }).catch(() => undefined)
      const position = now?.isFile() === true ? missing.get(String(now.ino)) : undefined
      if (position !== undefined && Number(now?.size) > position.offset) {
        moved.push({ position, file })
      }
    }
  }
  return moved.sort((a, b) => a.position.id - b.position.id)
}
