import type { FileHandle } from 'node:fs/promises'

const LOOK_BYTES = 4096

/** Whether a file holds text: no byte 0 is at its beginning, nor where what is appended would be. An empty one may become text. */
export async function isTextFile(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat()
  const buffer = Buffer.allocUnsafe(LOOK_BYTES)
  for (const from of new Set([0, Math.max(0, size - LOOK_BYTES)])) {
    const { bytesRead } = await handle.read(buffer, 0, LOOK_BYTES, from)
    if (buffer.subarray(0, bytesRead).includes(0)) return false
  }
  return true
}
