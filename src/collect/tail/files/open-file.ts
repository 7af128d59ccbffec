import { constants, type BigIntStats } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'

/** A regular file that is open for reading. */
export interface OpenFile {
  readonly handle: FileHandle
  readonly stats: BigIntStats
}

/** Why a path is not read. */
export interface NotAFile {
  /** What it is instead; undefined when it is gone. */
  readonly what: string | undefined
}

/** Opens a regular file; never waits for the other end of a pipe. Rejects when it may not be read. */
export async function openFile(file: string): Promise<OpenFile | NotAFile> {
  const before = await stat(file, { bigint: true }).catch(goneOrThrow)
  if (before === undefined) return { what: undefined }
  if (!before.isFile()) return { what: kindOf(before) }
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch(goneOrThrow)
  if (handle === undefined) return { what: undefined }
  const stats = await handle.stat({ bigint: true })
  if (stats.isFile()) return { handle, stats }
  await handle.close()
  return { what: kindOf(stats) }
}

/** Whether a file was not opened because this user may not read it. */
export function isForbidden(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EACCES'
}

function goneOrThrow(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
  throw thrown
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a pipe'
  if (stats.isSocket()) return 'a socket'
  return 'a device'
}
