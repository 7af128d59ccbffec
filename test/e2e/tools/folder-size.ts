import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/** What a folder takes on the disk, in bytes: whole blocks, each file once however many names it has. As `du -s` counts. */
export function folderSize(folder: string): number {
  const seen = new Set<number>()
  let bytes = 0
  const visit = (path: string): void => {
    const stats = tryStat(path)
    if (stats === undefined || seen.has(stats.ino)) return
    seen.add(stats.ino)
    bytes += stats.blocks * 512
    if (stats.isDirectory()) for (const name of tryList(path)) visit(join(path, name))
  }
  visit(folder)
  return bytes
}

function tryStat(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false })
}

/** The engine removes folders while they are looked at. */
function tryList(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
