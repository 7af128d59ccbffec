import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { FileHead } from '../positions/position-record.ts'

/** So much of its beginning tells a file from others. */
const HEAD_BYTES = 1024

const EMPTY_HEAD: FileHead = { sizeBytes: 0, sha1: '' }

/** The head of a file: of at most `sizeBytes` where a shorter one is to be compared. */
export async function readHead(handle: FileHandle, sizeBytes = HEAD_BYTES): Promise<FileHead> {
  return headOf(await readStart(handle, sizeBytes))
}

/** Whether the file begins as it did when `head` was taken. */
export async function hasHead(handle: FileHandle, head: FileHead): Promise<boolean> {
  const now = await readHead(handle, head.sizeBytes)
  return now.sizeBytes === head.sizeBytes && now.sha1 === head.sha1
}

/**
 * The head of a file that begins as it did when `head` was taken: longer where the file has grown since, else `head` itself.
 * Undefined when it begins otherwise. One read tells both, so that nothing can happen to the file between.
 */
export async function extendHead(
  handle: FileHandle,
  head: FileHead,
): Promise<FileHead | undefined> {
  const start = await readStart(handle, HEAD_BYTES)
  const known = headOf(start.subarray(0, head.sizeBytes))
  if (known.sizeBytes !== head.sizeBytes || known.sha1 !== head.sha1) return undefined
  return start.length > head.sizeBytes ? headOf(start) : head
}

/** Whether more of the beginning can be known than is. */
export function isShort(head: FileHead): boolean {
  return head.sizeBytes < HEAD_BYTES
}

async function readStart(handle: FileHandle, sizeBytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(sizeBytes, HEAD_BYTES))
  if (buffer.length === 0) return buffer
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
  return buffer.subarray(0, bytesRead)
}

function headOf(start: Buffer): FileHead {
  if (start.length === 0) return EMPTY_HEAD
  return { sizeBytes: start.length, sha1: createHash('sha1').update(start).digest('base64') }
}
