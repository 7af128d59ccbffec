import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { FileHead } from '../positions/position-record.ts'

/** So much of its beginning tells a file from others. */
const HEAD_BYTES = 1024

const EMPTY_HEAD: FileHead = { sizeBytes: 0, sha1: '' }

/** The head of a file: of at most `sizeBytes` where a shorter one is to be compared. */
export async function readHead(handle: FileHandle, sizeBytes = HEAD_BYTES): Promise<FileHead> {
  const buffer = Buffer.allocUnsafe(Math.min(sizeBytes, HEAD_BYTES))
  if (buffer.length === 0) return EMPTY_HEAD
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
  if (bytesRead === 0) return EMPTY_HEAD
  const sha1 = createHash('sha1').update(buffer.subarray(0, bytesRead)).digest('base64')
  return { sizeBytes: bytesRead, sha1 }
}

/** Whether the file begins as it did when `head` was taken. */
export async function hasHead(handle: FileHandle, head: FileHead): Promise<boolean> {
  const now = await readHead(handle, head.sizeBytes)
  return now.sizeBytes === head.sizeBytes && now.sha1 === head.sha1
}

/** Whether more of the beginning can be known than is. */
export function isShort(head: FileHead): boolean {
  return head.sizeBytes < HEAD_BYTES
}
