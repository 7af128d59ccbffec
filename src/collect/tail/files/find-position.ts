import type { FileHandle } from 'node:fs/promises'
import type { FilePosition } from '../positions/position-record.ts'
import type { Positions } from '../positions/positions.ts'
import { hasHead, isShort, readHead } from './file-head.ts'
import type { OpenFile } from './open-file.ts'

export interface FindPosition {
  readonly positions: Positions
  /** Positions that are being read now; the one that is found is added. */
  readonly inUse: Set<FilePosition>
  /** The name of the job: several of its targets may read the same file. */
  readonly job: string
  readonly file: string
  /** Where a file begins that is met for the first time. */
  readonly firstOffset: (handle: FileHandle, sizeBytes: number) => Promise<number>
}

/**
 * How far an open file was read: the position with its inode whose first bytes are those of the file, a new one when there is
 * none, since inodes are given to other files once theirs is gone. `isKnown` when it was read before.
 */
export async function findPosition(
  { handle, stats }: OpenFile,
  { positions, inUse, job, file, firstOffset }: FindPosition,
): Promise<{ readonly position: FilePosition; readonly isKnown: boolean }> {
  const inode = String(stats.ino)
  const sizeBytes = Number(stats.size)
  const head = await readHead(handle)
  const offset = await firstOffset(handle, sizeBytes)
  for (let n = 1; ; n++) {
    const target = n === 1 ? job : `${job}#${n}`
    const same = [...positions.of(target)].filter((position) => position.inode === inode)
    if (same.some((position) => inUse.has(position))) continue
    for (const position of same) {
      // Nobody else may take it while it is looked at.
      inUse.add(position)
      if (position.offset <= sizeBytes && (await hasHead(handle, position.head))) {
        if (position.path !== file || isShort(position.head)) {
          position.path = file
          position.head = head
          positions.changed(position)
        }
        return { position, isKnown: true }
      }
      inUse.delete(position)
      positions.drop(position)
    }
    const position = positions.create({ target, path: file, inode }, head, offset)
    inUse.add(position)
    return { position, isKnown: false }
  }
}
