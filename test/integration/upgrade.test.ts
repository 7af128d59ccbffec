import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startEngine } from '../../src/engine/supervise.ts'
import { bringBack, listUpgradeBackups } from '../../src/operate/upgrade/upgrade-backups.ts'
import { readVersionNote, writeVersionNote } from '../../src/operate/upgrade/version-note.ts'
import { silentLog } from '../../src/self/log.ts'
import { noteVersions, prepareUpgrade } from '../../src/start-upgrade.ts'
import { StoreClient } from '../../src/store/client.ts'
import { migrate } from '../../src/store/migrate.ts'
import { MIGRATIONS } from '../../src/store/schema.ts'

// Engines are started several times.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })

const NEWEST = MIGRATIONS.at(-1)?.version ?? 0
let folder = ''
beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'vedette-upgrade-')), 'data')
})
afterEach(() => rmSync(path.dirname(folder), { recursive: true, force: true }))

async function withEngine<T>(work: (client: StoreClient) => Promise<T>): Promise<T> {
  const engine = await startEngine({
    ...{ dataDir: folder, memoryBudgetBytes: 256 * 1024 * 1024, log: silentLog() },
  })
  const { url, socketPath } = engine
  const client = new StoreClient({ url, socketPath, database: 'vedette' })
  try {
    await engine.whenReady(AbortSignal.timeout(30_000))
    return await work(client)
  } finally {
    await client.close()
    await engine.stop()
  }
}

const upTo = (version: number) => MIGRATIONS.filter((each) => each.version <= version)

/** What a program of each version has written: tables, and rows in all of their columns. */
const WRITTEN: Readonly<Record<number, readonly string[]>> = {
  1: [
    `INSERT INTO {db}.samples (keep, mh, id, ts, v) SELECT 0, number % 7, number % 70, fromUnixTimestamp64Milli(toInt64(1778400000000 + number * 1000)), sin(number) FROM numbers(50000)`,
    `INSERT INTO {db}.series_days (keep, day, id, mh, labels) SELECT 0, toDate('2026-05-10'), number, number % 7, map('__name__', concat('m', toString(number % 7)), 'n', toString(number)) FROM numbers(70)`,
    `INSERT INTO {db}.exemplars (mh, id, ts, v, labels) SELECT 1, 1, fromUnixTimestamp64Milli(1778400000000), 5, map('trace_id', 'abc')`,
    `INSERT INTO {db}.histograms (keep, mh, id, ts, data) SELECT 0, 1, 1, fromUnixTimestamp64Milli(1778400000000), unhex('000102')`,
    `INSERT INTO {db}.metric_metadata (family, type, help, unit, seen) SELECT 'm1', 'counter', 'Of the test.', '', toDateTime(1778400000)`,
  ],
  2: [
    `INSERT INTO {db}.lines (keep, id, ts, body, meta) SELECT 0, number % 3, fromUnixTimestamp64Nano(toInt64(1778400000000000000 + number * 1000000)), concat('line ', toString(number), ' word', toString(number % 50)), map('n', toString(number)) FROM numbers(20000)`,
    `INSERT INTO {db}.stream_days (keep, day, id, mh, labels) SELECT 0, toDate('2026-05-10'), number, number, map('job', toString(number)) FROM numbers(3)`,
  ],
  4: [
    `INSERT INTO {db}.spans (keep, res, ts, dur, trace, span, parent, name, kind, status, message, state, scope, attrs, events, links)
     SELECT 0, number % 5, fromUnixTimestamp64Nano(toInt64(1778400000000000000 + number * 1000000)), number, toFixedString(unhex(leftPad(hex(intDiv(number, 10)), 32, '0')), 16), number, 0, 'op', 1, 0, '', '', '[]', map('n', concat('i', toString(number)), 'list', 'S["a"]'), '', '' FROM numbers(20000)`,
    `INSERT INTO {db}.trace_times (keep, day, trace, first, last) SELECT 0, toDate('2026-05-10'), toFixedString(unhex(leftPad(hex(number), 32, '0')), 16), 1778400000000000000 + number * 10000000, 1778400000000000000 + number * 10000000 + 9000000 FROM numbers(2000)`,
    `INSERT INTO {db}.resource_days (keep, day, id, mh, labels) SELECT 0, toDate('2026-05-10'), number, number, map('service.name', 'sshop') FROM numbers(5)`,
  ],
}

/** By the version that made its table: a question with one answer, for ever. */
const ASKED: Readonly<Record<number, readonly string[]>> = {
  1: [
    'SELECT count() AS n, sum(cityHash64(keep, mh, id, ts, v)) AS hash FROM {db}.samples',
    'SELECT count() AS n, sum(cityHash64(keep, day, id, mh, labels)) AS hash FROM {db}.series_days',
    'SELECT count() AS n, sum(cityHash64(mh, id, ts, v, labels)) AS hash FROM {db}.exemplars',
    'SELECT count() AS n, sum(cityHash64(mh, id, ts, data)) AS hash FROM {db}.histograms',
    'SELECT family, type, help, unit FROM {db}.metric_metadata',
  ],
  2: [
    'SELECT count() AS n, sum(cityHash64(keep, id, ts, body, meta)) AS hash FROM {db}.lines',
    "SELECT count() AS n FROM {db}.lines WHERE hasToken(body, 'word7')",
    'SELECT count() AS n, sum(cityHash64(keep, day, id, mh, labels)) AS hash FROM {db}.stream_days',
  ],
  4: [
    'SELECT count() AS n, sum(cityHash64(keep, res, ts, dur, trace, span, parent, name, kind, status, attrs)) AS hash FROM {db}.spans',
    "SELECT count() AS n FROM {db}.spans WHERE has(mapValues(attrs), 'i77')",
    'SELECT count() AS n, sum(cityHash64(keep, day, trace, first, last)) AS hash FROM {db}.trace_times',
    'SELECT count() AS n, sum(cityHash64(keep, day, id, mh, labels)) AS hash FROM {db}.resource_days',
  ],
}

async function ask(client: StoreClient, version: number): Promise<unknown[]> {
  const queries = Object.entries(ASKED).flatMap(([from, own]) =>
    Number(from) <= version ? own : [],
  )
  return Promise.all(queries.map((query) => client.rows(query)))
}

describe('the tables', () => {
  it('of the first version answer the same after each later one, step by step', async () => {
    await withEngine(async (client) => {
      let before: unknown[] = []
      for (const { version } of MIGRATIONS) {
        expect(await migrate(client, upTo(version))).toBe(version)
        const after = await ask(client, version)
        expect(after.slice(0, before.length), `version ${version}`).toEqual(before)
        for (const statement of WRITTEN[version] ?? []) await client.command(statement)
        before = await ask(client, version)
      }
      for (const table of ['samples', 'lines', 'spans', 'trace_times'])
        await client.command(`OPTIMIZE TABLE {db}.${table} FINAL`)
      expect(await ask(client, NEWEST)).toEqual(before)
    })
    // And a second time, in one go, as most will do it.
    await withEngine(async (client) => {
      const database = client
      expect(await migrate(database)).toBe(NEWEST)
    })
  })

  it('of spans have granules of 1024 since version 10, also those that were there', async () => {
    await withEngine(async (client) => {
      const marks = async (table: string): Promise<number> => {
        const [row] = await client.rows(
          `SELECT sum(marks) AS marks FROM system.parts WHERE active AND database = {db_name} AND table = '${table}'`,
        )
        return Number(row?.['marks'])
      }
      await migrate(client, upTo(9))
      for (const statement of WRITTEN[4] ?? []) await client.command(statement)
      const before = [await marks('spans'), await marks('trace_times')]
      await migrate(client)
      expect([await marks('spans'), await marks('trace_times')]).toEqual(before)
      for (const table of ['spans', 'trace_times']) {
        await client.command(`OPTIMIZE TABLE {db}.${table} FINAL`)
        const left = await client.rows(
          `SELECT name FROM system.tables WHERE database = {db_name} AND name = '${table}_fine'`,
        )
        expect(left).toEqual([])
      }
      expect(before[0]).toBeLessThan(10)
      expect(await marks('spans')).toBeGreaterThanOrEqual(20)
      expect(await marks('trace_times')).toBeGreaterThanOrEqual(8)
      // Interrupted at any statement, it is run again.
      const ten = MIGRATIONS.find(({ version }) => version === 10)
      for (const statement of ten?.statements ?? []) await client.command(statement)
      const [row] = await client.rows('SELECT count() AS n FROM {db}.spans FINAL')
      expect(row?.['n']).toBe('20000')
    })
  })
})

describe('an upgrade', () => {
  const core = () => ({
    config: () => ({
      dataFolder: folder,
      clickhouse: undefined,
      memoryBudgetBytes: 256 * 1024 * 1024,
    }),
    log: silentLog(),
  })

  it('takes a backup first, and one step back brings everything as it was', async () => {
    const before = await withEngine(async (client) => {
      await migrate(client, upTo(4))
      for (const statements of Object.values(WRITTEN))
        for (const statement of statements) await client.command(statement)
      return ask(client, 4)
    })
    // No program of that version left a note.
    await prepareUpgrade(core(), {})
    expect(readdirSync(folder)).toContain('before-upgrade-4')
    await withEngine(async (client) => {
      await migrate(client)
      await client.command(`INSERT INTO {db}.samples SELECT 0, 1, 1, now64(3), 1`)
      for (const table of ['samples', 'lines', 'spans'])
        await client.command(`OPTIMIZE TABLE {db}.${table} FINAL`)
      await client.command('TRUNCATE TABLE {db}.trace_times')
    })
    noteVersions(core())
    await prepareUpgrade(core(), {})
    expect(listUpgradeBackups(folder)).toHaveLength(1)

    const { aside } = bringBack(folder, Date.now())
    expect(existsSync(path.join(aside, 'engine/db'))).toBe(true)
    expect(readVersionNote(folder)?.schema).toBe(4)
    await withEngine(async (client) => {
      const [row] = await client.rows('SELECT max(version) AS version FROM {db}.schema_version')
      expect(row?.['version']).toBe(4)
      expect(await ask(client, 4)).toEqual(before)
      // And forward again.
      await migrate(client)
      expect(await ask(client, NEWEST)).toEqual(before)
    })
  })

  it('without a backup to go back to says so, and half a step back is refused until it is a whole one', async () => {
    await withEngine((client) => migrate(client, upTo(2)))
    expect(() => bringBack(folder, 0)).toThrow(/there is no backup of an upgrade in/)
    await prepareUpgrade(core(), { VEDETTE_UPGRADE_WITHOUT_BACKUP: 'yes' })
    expect(listUpgradeBackups(folder)).toEqual([])
  })

  it('to what a newer program has written is refused, with the way back', async () => {
    await withEngine((client) => migrate(client, upTo(2)))
    await prepareUpgrade(core(), {})
    writeVersionNote(folder, { schema: NEWEST + 1, metadata: {}, program: '9.9.9' })
    await expect(prepareUpgrade(core(), {})).rejects.toThrow(
      /was written by a newer Vedette \(9\.9\.9, tables of version \d+\).*vedette downgrade --data/,
    )
  })
})
