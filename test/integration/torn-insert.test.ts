import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startEngine, type EngineHandle } from '../../src/engine/supervise.ts'
import { Labels } from '../../src/model/labels.ts'
import { Problem } from '../../src/model/problem.ts'
import type { SampleBatch } from '../../src/model/samples.ts'
import { createLog } from '../../src/self/log.ts'
import { StoreClient } from '../../src/store/client.ts'
import { MetricsStore } from '../../src/store/metrics-store.ts'

const DAY = 86_400_000
const now = Date.UTC(2026, 4, 1, 12)

let dataDir = ''
let engine: EngineHandle

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'torn-'))
  engine = await startEngine({
    dataDir,
    memoryBudgetBytes: 300e6,
    log: createLog({ level: 'error' }),
  })
  await engine.whenReady()
})

afterAll(async () => {
  await engine.stop()
  await rm(dataDir, { recursive: true })
})

/** What becomes of the first insert into `samples`, whose answer never arrives. */
type Fate = 'committed' | 'token noted, rows lost' | 'never arrived'

class UnluckyClient extends StoreClient {
  fate: Fate | undefined

  override async insertNative(
    table: string,
    columns: readonly string[],
    block: Uint8Array,
    token: string,
    settings?: string,
  ): Promise<void> {
    const { fate } = this
    if (table !== 'samples' || fate === undefined) {
      return super.insertNative(table, columns, block, token, settings)
    }
    this.fate = undefined
    if (fate !== 'never arrived') await super.insertNative(table, columns, block, token, settings)
    // The engine notes the token first and renames the part after that; a death in between leaves the token alone.
    if (fate === 'token noted, rows lost') {
      await this.command('DELETE FROM {db}.samples WHERE v = 2', { lightweight_deletes_sync: 2 })
    }
    throw new Problem('unavailable', 'the engine died')
  }
}

function batchOf(timestampMs: number, value: number): SampleBatch {
  return {
    series: [Labels.from({ __name__: 'a' })],
    seriesIndex: Uint32Array.of(0),
    timestampsMs: Float64Array.of(timestampMs),
    values: Float64Array.of(value),
  }
}

it.each(['committed', 'token noted, rows lost', 'never arrived'] as const)(
  'stores a sample exactly once when its first insert was %s',
  async (fate) => {
    const client = new UnluckyClient({
      url: engine.url,
      socketPath: engine.socketPath,
      database: `t_${fate.replaceAll(/\W/g, '_')}`,
    })
    const store = await MetricsStore.open({
      client,
      nowMs: () => now,
      retention: { timeMs: 15 * DAY, sizeBytes: 0, rules: [] },
    })
    await store.append(batchOf(now - 2000, 1))
    client.fate = fate
    expect(await store.append(batchOf(now - 1000, 2))).toMatchObject({ accepted: 1 })
    await store.append(batchOf(now, 3))
    const rows = await client.rows('SELECT v FROM {db}.samples ORDER BY ts')
    expect(rows.map((row) => row['v'])).toEqual([1, 2, 3])
    await store.stop(5000)
    await client.close()
  },
)
