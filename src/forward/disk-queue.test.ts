import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../self/log.ts'
import { createRegistry } from '../self/metrics.ts'
import { DiskQueue } from './disk-queue.ts'
import { RemoteSender, type SendOutcome } from './remote-sender.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-queue-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function open(maxBytes = 1_000_000, maxRecords = 1000): Promise<DiskQueue> {
  return DiskQueue.open({ folder, maxBytes, maxRecords })
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Takes everything out. */
async function drain(queue: DiskQueue): Promise<string[]> {
  const out: string[] = []
  for (let record = await queue.peek(); record !== undefined; record = await queue.peek()) {
    out.push(new TextDecoder().decode(record.bytes))
    await queue.done(record)
  }
  return out
}

describe('a queue on disk', () => {
  it('keeps the order and gives each record until it is done', async () => {
    const queue = await open()
    for (const text of ['a', '', 'c\n\n']) expect(await queue.push(bytes(text))).toBe(true)
    expect((await queue.peek())?.bytes).toEqual((await queue.peek())?.bytes)
    expect(await drain(queue)).toEqual(['a', '', 'c\n\n'])
    expect([queue.records, queue.sizeBytes]).toEqual([0, 0])
    await queue.close()
  })

  it('is there again after an end without notice, without what was done', async () => {
    const first = await open()
    for (const text of ['a', 'b', 'c']) await first.push(bytes(text))
    const record = await first.peek()
    if (record !== undefined) await first.done(record)
    const second = await open()
    expect(second.records).toBe(2)
    await second.push(bytes('d'))
    expect(await drain(second)).toEqual(['b', 'c', 'd'])
    expect(readdirSync(folder).filter((name) => name.endsWith('.queue'))).toEqual([])
    await Promise.all([first.close(), second.close()])
  })

  it('loses only the record that broke off', async () => {
    const first = await open()
    await first.push(bytes('a'))
    await first.close()
    const [name = ''] = readdirSync(folder)
    appendFileSync(path.join(folder, name), Uint8Array.of(0, 0, 0, 9, 1, 2, 3, 4, 65))
    const second = await open()
    await second.push(bytes('b'))
    expect(await drain(second)).toEqual(['a', 'b'])
    await second.close()
  })

  it('takes no more than its bounds', async () => {
    const small = await open(30)
    const taken = [await small.push(bytes('0123456789')), await small.push(bytes('0123456789'))]
    expect(taken).toEqual([true, false])
    await small.close()
  })
})

describe('a sender', () => {
  it('comes again until it is taken, drops what is refused, and leaves the rest', async () => {
    const queue = await open()
    for (const text of ['later', 'refused', 'sent', 'never']) await queue.push(bytes(text))
    const seen: string[] = []
    const send = (body: Uint8Array): Promise<SendOutcome> => {
      const text = new TextDecoder().decode(body)
      seen.push(text)
      const isFirst = seen.filter((each) => each === text).length === 1
      if (text === 'never' || (text === 'later' && isFirst)) {
        return Promise.resolve({ kind: 'later', message: '503' })
      }
      return Promise.resolve(
        text === 'refused' ? { kind: 'refused', message: '400' } : { kind: 'sent' },
      )
    }
    const registry = createRegistry()
    const [sent, failed] = [registry.counter('sent', 's'), registry.counter('failed', 'f')]
    const sender = new RemoteSender({
      ...{ queue, send, sent, failed, timeoutMs: 1000 },
      retry: { initialMs: 1, maxMs: 2, maxElapsedMs: Number.POSITIVE_INFINITY },
      log: createLog({ write: () => undefined }),
    })
    await expect.poll(() => seen.filter((text) => text === 'never').length).toBeGreaterThan(2)
    await sender.stop()
    expect(seen.slice(0, 4)).toEqual(['later', 'later', 'refused', 'sent'])
    expect([sent.value, failed.value, queue.records]).toEqual([2, 1, 1])
    await queue.close()
  })
})
