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
  for (let run = await queue.peek(); run !== undefined; run = await queue.peek()) {
    out.push(...run.records.map((record) => new TextDecoder().decode(record)))
    await queue.done(run)
  }
  return out
}

describe('a queue on disk', () => {
  it('keeps the order and gives each record until it is done', async () => {
    const queue = await open()
    for (const text of ['a', '', 'c\n\n']) expect(await queue.push(bytes(text))).toBe(true)
    expect((await queue.peek())?.records).toEqual((await queue.peek())?.records)
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

  it('takes what comes at the same time, in order, and refuses what goes past its bounds', async () => {
    const queue = await open(200 * 1024)
    const texts = Array.from({ length: 300 }, (_, i) => `${i} `.padEnd(1024))
    const taken = await Promise.all(texts.map((text) => queue.push(bytes(text))))
    const expected = texts.slice(0, Math.floor((200 * 1024) / (1024 + 8)))
    expect(taken.filter(Boolean)).toHaveLength(expected.length)
    expect(await drain(queue)).toEqual(expected)
    await queue.close()
  })

  it('gives several records at once, as many as are asked for, and a large one alone', async () => {
    const queue = await open()
    for (const size of [10, 20, 30, 4000, 10]) await queue.push(new Uint8Array(size))
    const sizes: number[][] = []
    const peek = () => queue.peek({ bytes: 100, records: 2 })
    for (let run = await peek(); run !== undefined; run = await peek()) {
      sizes.push(run.records.map(({ length }) => length))
      await queue.done(run)
    }
    expect(sizes).toEqual([[10, 20], [30], [4000], [10]])
    await queue.close()
  })

  it('drops its oldest part when it is told to, also while somebody sends it', async () => {
    const queue = await open(128 * 1024)
    const texts = Array.from({ length: 100 }, (_, i) => `${i} `.padEnd(1024))
    for (const text of texts) await queue.push(bytes(text))
    const run = await queue.peek()
    const dropped = await queue.dropOldest()
    expect(dropped).toBeGreaterThan(40)
    if (run !== undefined) await queue.done(run)
    expect(queue.records).toBe(100 - dropped)
    expect(await drain(queue)).toEqual(texts.slice(dropped))
    expect(await queue.dropOldest()).toBe(0)
    await queue.push(bytes('after'))
    expect(await drain(queue)).toEqual(['after'])
    await queue.close()
  })
})

describe('a sender', () => {
  it('sends several at once, and one by one what failed', async () => {
    const queue = await open()
    for (let i = 0; i < 7; i++) await queue.push(bytes(`${i}`))
    const sizes: number[] = []
    const send = (records: readonly Uint8Array[]): Promise<SendOutcome> => {
      sizes.push(records.length)
      return Promise.resolve(
        sizes.length === 2 ? { kind: 'later', message: 'too slow' } : { kind: 'sent' },
      )
    }
    const registry = createRegistry()
    const sender = new RemoteSender({
      ...{ queue, send, limit: { bytes: 1000, records: 3 }, timeoutMs: 1000 },
      ...{ sent: registry.counter('sent', 's'), failed: registry.counter('failed', 'f') },
      retry: { initialMs: 1, maxMs: 2, maxElapsedMs: Number.POSITIVE_INFINITY },
      log: createLog({ write: () => undefined }),
    })
    await expect.poll(() => queue.records).toBe(0)
    await sender.stop()
    expect(sizes).toEqual([3, 3, 1, 3])
    await queue.close()
  })

  it('comes again until it is taken, drops what is refused, and leaves the rest', async () => {
    const queue = await open()
    for (const text of ['later', 'refused', 'sent', 'never']) await queue.push(bytes(text))
    const seen: string[] = []
    const send = ([body]: readonly Uint8Array[]): Promise<SendOutcome> => {
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
