import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { startTestEngine } from './test-engine.ts'
import type { TestEngine } from './test-engine.ts'

let engine: TestEngine | undefined

afterEach(async () => {
  await engine?.stop()
  engine = undefined
})

const createTable = `CREATE TABLE o.t (id UInt64, batch UInt32) ENGINE = MergeTree ORDER BY id
  SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000`

function rowsOf(batch: number, count: number): Buffer {
  const rows = Buffer.alloc(count * 12)
  for (let row = 0; row < count; row++) {
    rows.writeBigUInt64LE(BigInt(batch * count + row), row * 12)
    rows.writeUInt32LE(batch, row * 12 + 8)
  }
  return rows
}

function insertTarget(token: string): string {
  const query = encodeURIComponent('INSERT INTO o.t FORMAT RowBinary')
  return `/?insert_deduplication_token=${token}&query=${query}`
}

async function open(): Promise<TestEngine> {
  engine = await startTestEngine()
  await engine.ask('CREATE DATABASE o')
  await engine.ask(createTable)
  return engine
}

/** How often files and directories were synced since the engine started, by the engine's own count. */
async function countSyncs(from: TestEngine): Promise<{ files: number; directories: number }> {
  const sql =
    "SELECT sumIf(value, event = 'FileSync'), sumIf(value, event = 'DirectorySync') FROM system.events"
  const [files, directories] = (await from.ask(sql)).trim().split('\t').map(Number)
  return { files: files ?? 0, directories: directories ?? 0 }
}

async function killHard(target: TestEngine): Promise<void> {
  const { handle } = target
  const down = new Promise<void>((resolve) => {
    const unsubscribe = handle.onStateChange(({ state }) => {
      if (state !== 'down') return
      unsubscribe()
      resolve()
    })
  })
  process.kill(handle.pid ?? 0, 'SIGKILL')
  await down
  await handle.whenReady(AbortSignal.timeout(20_000))
}

describe('an acknowledged insert', () => {
  it('was synced, files and directory, before the answer', async () => {
    const opened = await open()
    const { ask, send } = opened
    await ask('SYSTEM STOP MERGES o.t')
    let before = await countSyncs(opened)
    for (let batch = 0; batch < 10; batch++) {
      expect((await send(insertTarget(`b${batch}`), { body: rowsOf(batch, 100) })).status).toBe(200)
      const after = await countSyncs(opened)
      expect(after.files).toBeGreaterThan(before.files)
      expect(after.directories).toBeGreaterThan(before.directories)
      before = after
    }
    // The same count stands still for a table that does not ask for it, so it does tell something.
    await ask('CREATE TABLE o.lazy (a UInt8) ENGINE = MergeTree ORDER BY a')
    before = await countSyncs(opened)
    await ask('INSERT INTO o.lazy FORMAT RowBinary', Buffer.from([1, 2, 3]))
    expect(await countSyncs(opened)).toEqual(before)
  })

  it('is there after SIGKILL at any moment, once, and whole', async () => {
    const opened = await open()
    const { ask, send, handle } = opened
    const acknowledged = new Set<number>()
    let batch = 0
    for (let round = 0; round < 3; round++) {
      const dead = new AbortController()
      const writing = Array.from({ length: 2 }, async () => {
        while (!dead.signal.aborted) {
          const mine = batch++
          const reply = await send(insertTarget(`b${mine}`), { body: rowsOf(mine, 500) }).catch(
            () => undefined,
          )
          if (reply?.status === 200) acknowledged.add(mine)
          if (reply === undefined) return
        }
      })
      const enough = acknowledged.size + 10
      while (acknowledged.size < enough) await new Promise((resolve) => setTimeout(resolve, 5))
      await killHard(opened)
      dead.abort()
      await Promise.all(writing)
    }
    expect(handle.restarts).toBe(3)
    const stored = await ask('SELECT batch, count(), uniqExact(id) FROM o.t GROUP BY batch')
    const counts = new Map(
      stored
        .trim()
        .split('\n')
        .map((line) => [Number(line.split('\t')[0]), line]),
    )
    for (const mine of acknowledged) expect(counts.get(mine)).toBe(`${mine}\t500\t500`)
    for (const [mine, line] of counts) expect(line).toBe(`${mine}\t500\t500`)
  }, 60_000)
})

describe('a batch that is sent again with its token', () => {
  it('is stored once, across SIGKILL and a clean restart', async () => {
    const opened = await open()
    const { ask, send } = opened
    await send(insertTarget('first'), { body: rowsOf(0, 100) })
    await send(insertTarget('first'), { body: rowsOf(0, 100) })
    expect(await ask('SELECT count() FROM o.t')).toBe('100\n')
    await killHard(opened)
    expect((await send(insertTarget('first'), { body: rowsOf(0, 100) })).status).toBe(200)
    expect(await ask('SELECT count() FROM o.t')).toBe('100\n')
    await send(insertTarget('second'), { body: rowsOf(1, 100) })
    expect(await ask('SELECT count() FROM o.t')).toBe('200\n')
  })

  it('is told by the token, not by its rows', async () => {
    const { ask, send } = await open()
    await send(insertTarget('one'), { body: rowsOf(0, 10) })
    await send(insertTarget('two'), { body: rowsOf(0, 10) })
    expect(await ask('SELECT count() FROM o.t')).toBe('20\n')
  })
})

it('asks the kernel to sync: the bytes reach the disk', async () => {
  const { send, handle } = await open()
  const written = (): number =>
    Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${handle.pid}/io`, 'utf8'))?.[1] ?? 0)
  const before = written()
  await send(insertTarget('x'), { body: rowsOf(0, 50_000) })
  expect(written()).toBeGreaterThan(before)
})
