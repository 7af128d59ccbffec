import { spawn } from 'node:child_process'
import type { FileHandle } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createInflate } from 'node:zlib'

/** How files may be compressed, in promtail's words. */
export const COMPRESSIONS = ['gz', 'z', 'bz2'] as const

export type Compression = (typeof COMPRESSIONS)[number]

/** Whether a file is a compressed one by the ending of its name. */
export function isCompressedName(name: string): boolean {
  return /\.(?:gz|bz2|xz|zst|lz4|Z)$/.test(name)
}

/** Takes what is uncompressed, as it comes. */
export type ReadChunks = (chunks: AsyncIterable<Buffer>) => Promise<void>

/**
 * Uncompresses an open file into `read`, from its start. Rejects when it is not what it is said to be, when it ends in the middle,
 * and, for bz2, when there is no program `bzip2`.
 */
export async function uncompress(
  handle: FileHandle,
  compression: Compression,
  read: ReadChunks,
  signal: AbortSignal,
): Promise<void> {
  if (compression === 'bz2') {
    await runBzip2(handle, read, signal)
    return
  }
  const source = handle.createReadStream({ start: 0, autoClose: false })
  const text = compression === 'gz' ? createGunzip() : createInflate()
  await pipeline(source, text, (chunks: AsyncIterable<Buffer>) => read(chunks), { signal })
}

/** Node has no bzip2 of its own. */
async function runBzip2(handle: FileHandle, read: ReadChunks, signal: AbortSignal): Promise<void> {
  const child = spawn('bzip2', ['-dc'], { stdio: [handle.fd, 'pipe', 'ignore'], signal })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`bzip2 ended with code ${code}`))
    })
  })
  const { stdout } = child
  await Promise.all([ended, stdout === null ? undefined : read(stdout)])
}
