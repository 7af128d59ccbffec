import type { FileHandle } from 'node:fs/promises'

const LOOK_BYTES = 64 * 1024
const NEWLINE = 0x0a

/** Where the first line begins of the last `mostBytes` of a file. */
export async function lastLines(
  handle: FileHandle,
  sizeBytes: number,
  mostBytes: number,
): Promise<number> {
  if (sizeBytes <= mostBytes) return 0
  // The byte before may be the line break that the first line begins behind.
  const from = sizeBytes - mostBytes - 1
  const { bytesRead, buffer } = await handle.read(
    Buffer.allocUnsafe(LOOK_BYTES),
    0,
    LOOK_BYTES,
    from,
  )
  const found = buffer.subarray(0, bytesRead).indexOf(NEWLINE)
  return found < 0 ? from + 1 : from + found + 1
}
