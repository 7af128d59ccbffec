import { describe, expect, it } from 'vitest'
import { createLog } from '../self/log.ts'
import { CACHE_DROPS, Relief } from './relief.ts'
import { startTestEngine } from './test-engine.ts'

describe('relief', () => {
  function make(): {
    relief: Relief
    asked: string[]
    told: () => number
    at: (ms: number) => void
  } {
    const asked: string[] = []
    let nowMs = 0
    let told = 0
    const relief = new Relief({
      ask: async (sql) => {
        asked.push(sql)
        if (sql.includes('MARK')) throw new Error('Code: 241. DB::Exception')
      },
      onRelief: () => void told++,
      nowMs: () => nowMs,
    })
    return { relief, asked, told: () => told, at: (ms) => void (nowMs = ms) }
  }

  it('drops every cache and then gives back what is free, whichever of it fails', async () => {
    const { relief, asked, told } = make()
    await relief.relieve()
    expect(asked).toEqual([...CACHE_DROPS, 'SYSTEM JEMALLOC PURGE'])
    expect(told()).toBe(1)
  })

  it('is once for all who ask meanwhile, and once in two seconds', async () => {
    const { relief, told, at } = make()
    await Promise.all([relief.relieve(), relief.relieve()])
    at(1999)
    await relief.relieve()
    expect(told()).toBe(1)
    at(2000)
    await relief.relieve()
    expect(told()).toBe(2)
  })
})

it('lets an insert in where the keys of parts have filled the memory of the engine', async () => {
  const lines: string[] = []
  const engine = await startTestEngine({ log: createLog({ write: (line) => lines.push(line) }) })
  const rows = Array.from({ length: 25_000 }, (_, i) => `${i}\t${'y'.repeat(150)}\n`)
  try {
    await engine.ask('CREATE TABLE lines (a UInt64, b String) ENGINE = MergeTree ORDER BY a')
    // The key of every row is held.
    await engine.ask(
      'CREATE TABLE keys (k String) ENGINE = MergeTree ORDER BY k SETTINGS index_granularity = 1, index_granularity_bytes = 0, primary_key_lazy_load = 0',
    )
    await engine.ask('SYSTEM STOP MERGES')
    // What the allocator gives back meanwhile can be enough for an insert: then there is room for more keys.
    let inserted = 0
    while (engine.handle.reliefs === 0 && inserted < 10 * rows.length) {
      for (const step of [10_000, 2000, 500]) {
        await expect(fillWithKeys(engine.ask, step)).rejects.toThrow('memory limit exceeded')
      }
      await engine.ask('INSERT INTO lines FORMAT TSV', Buffer.from(rows.join('')))
      inserted += rows.length
    }
    expect(await engine.ask('SELECT count() FROM lines')).toBe(`${inserted}\n`)
    expect(engine.handle.reliefs).toBeGreaterThan(0)
    expect(lines.filter((line) => line.includes('met its memory limit'))).toHaveLength(1)
  } finally {
    await engine.stop()
  }
}, 60_000)

it('answers a query where the keys of parts have filled the memory of the engine', async () => {
  const engine = await startTestEngine({})
  try {
    await engine.ask(
      'CREATE TABLE keys (k String) ENGINE = MergeTree ORDER BY k SETTINGS index_granularity = 1, index_granularity_bytes = 0, primary_key_lazy_load = 0',
    )
    await engine.ask('SYSTEM STOP MERGES')
    // What the allocator gives back meanwhile can be enough for the query: then there is room for more keys.
    for (let tries = 0; engine.handle.reliefs === 0 && tries < 20; tries++) {
      for (const step of [10_000, 2000, 500]) {
        await expect(fillWithKeys(engine.ask, step)).rejects.toThrow('memory limit exceeded')
      }
      const numbers = 'SELECT number FROM numbers(200000) GROUP BY number'
      expect(await engine.ask(`SELECT count() FROM (${numbers})`)).toBe('200000\n')
    }
    expect(engine.handle.reliefs).toBeGreaterThan(0)
  } finally {
    await engine.stop()
  }
}, 60_000)

/** Inserts so many keys of a kilobyte at a time until that fails. */
async function fillWithKeys(ask: (sql: string) => Promise<string>, step: number): Promise<never> {
  for (;;)
    await ask(`INSERT INTO keys SELECT repeat('x', 1000) || toString(number) FROM numbers(${step})`)
}
