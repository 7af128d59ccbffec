import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Spool } from './spool.ts'

const MIB = 1024 * 1024
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-spool-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function openSpool(): Promise<Spool> {
  const diskFolder = path.join(folder, 'spool')
  return Spool.open({
    diskFolder,
    memoryRoot: undefined,
    bodyBytes: 64 * MIB,
    totalBytes: 64 * MIB,
  })
}

/** So many chunks of 64 KiB and a small one, which nobody waits for to be written, and then its connection is gone. */
async function* leavingAfter(chunks: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < chunks; i++) yield Buffer.alloc(64 * 1024, i)
  if (chunks > 0) yield Buffer.alloc(1024)
  throw new Error('aborted')
}

it('outlives senders that leave in the middle, at any moment, and keeps nothing of them', async () => {
  const spool = await openSpool()
  // Rows beyond four mebibytes go to the disk as they come: the last ones are still being written when their sender leaves.
  for (let chunks = 60; chunks < 100; chunks++) {
    await expect(spool.store(Buffer.alloc(0), leavingAfter(chunks))).rejects.toThrow('aborted')
  }
  // What was wrong with a file is told after it was closed.
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(spool.heldBytes).toBe(0)
  expect(readdirSync(path.join(folder, 'spool'))).toEqual([])
})

it('refuses rows that the disk does not take', async () => {
  const spool = await openSpool()
  rmSync(path.join(folder, 'spool'), { recursive: true })
  await expect(spool.store(Buffer.alloc(5 * MIB), leavingAfter(0))).rejects.toThrow('ENOENT')
  expect(spool.heldBytes).toBe(0)
})
