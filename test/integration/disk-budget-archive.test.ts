import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startEngine } from '../../src/engine/supervise.ts'
import { silentLog } from '../../src/self/log.ts'
import { StoreClient } from '../../src/store/client.ts'
import { DiskBudget } from '../../src/store/disk/disk-budget.ts'
import { migrate } from '../../src/store/migrate.ts'

const MIB = 1024 ** 2
const DAY_MS = 86_400_000
const FIRST_MS = Date.UTC(2026, 3, 1, 12)

it(
  'does not count what lies in an archive, and leaves its days their names',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'disk-archive-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const dataDir = path.join(folder, 'data')
    const engine = await startEngine({
      ...{ dataDir, memoryBudgetBytes: 256 * MIB, log: silentLog() },
      archive: {
        place: () => Promise.resolve({ kind: 'folder', path: path.join(folder, 'archive') }),
        onRefused: () => undefined,
      },
    })
    onTestFinished(() => engine.stop())
    await engine.whenReady(AbortSignal.timeout(30_000))
    const { url, socketPath } = engine
    const client = new StoreClient({ url, socketPath, database: 'vedette' })
    onTestFinished(() => client.close())
    await migrate(client)
    for (const day of [0, 1, 2, 3]) {
      const ms = FIRST_MS + day * DAY_MS
      await client.command(
        `INSERT INTO {db}.lines (keep, id, ts, body) SELECT 0, 1, fromUnixTimestamp64Milli(toInt64(${ms} + number), 'UTC')::DateTime64(9, 'UTC'), randomString(1000) FROM numbers(3000)`,
      )
      await client.command(
        `INSERT INTO {db}.stream_days SELECT 0, toDate(fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')), 1, 1, map('app', 'a')`,
      )
    }
    const [part] = await client.rows(
      `SELECT name FROM system.parts WHERE active AND table = 'lines' ORDER BY max_time LIMIT 1`,
    )
    await client.command(
      `ALTER TABLE {db}.lines MOVE PART '${String(part?.['name'])}' TO DISK 'archive'`,
    )

    const forgotten: string[] = []
    const budget = new DiskBudget({
      ...{ client, folder: dataDir, log: silentLog(), nowMs: () => FIRST_MS + 3 * DAY_MS },
      settings: () => ({
        budgetBytes: 8 * MIB,
        shares: { metrics: 0.2, logs: 0.6, traces: 0.2 },
        order: ['traces', 'logs', 'metrics'],
      }),
      retentionMs: () => ({ metrics: DAY_MS, logs: 100 * DAY_MS, traces: DAY_MS }),
      onDrop: (signal) => forgotten.push(signal),
      freeBytes: async () => 1e12,
      letGo: async () => undefined,
    })
    onTestFinished(() => budget.stop())
    await budget.apply()
    const daysOf = async (table: string, day: string): Promise<number[]> => {
      const rows = await client.rows(
        `SELECT DISTINCT toUInt32(${day}) AS day FROM {db}.${table} ORDER BY day`,
      )
      return rows.map((row) => Number(row['day']) - Math.floor(FIRST_MS / DAY_MS))
    }
    // Of four days of three mebibytes the first is elsewhere, and two of the others are too much.
    expect(await daysOf('lines', 'toDate(ts)')).toEqual([0, 3])
    expect(await daysOf('stream_days', 'day')).toEqual([0, 3])
    // Streams that only the archive has would not be found any more.
    expect(forgotten).toEqual([])
    expect(budget.state?.usage.signals.logs).toBeLessThan(4 * MIB)
  },
)
