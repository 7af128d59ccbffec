import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ArchiveSettings } from '../../src/operate/archive/archive-section.ts'
import { readArchiveNote, writeArchiveNote } from '../../src/operate/archive/archive-note.ts'
import { bringBack, listUpgradeBackups } from '../../src/operate/upgrade/upgrade-backups.ts'
import { createLog, silentLog } from '../../src/self/log.ts'
import { createRegistry } from '../../src/self/metrics.ts'
import { startEngine } from '../../src/engine/supervise.ts'
import { Archive } from '../../src/start-archive.ts'
import { withOwnEngine } from '../../src/start-beside.ts'
import { prepareUpgrade } from '../../src/start-upgrade.ts'
import { listDueParts, moveToArchive, readArchived } from '../../src/store/archive.ts'
import { StoreClient } from '../../src/store/client.ts'
import { migrate } from '../../src/store/migrate.ts'
import { MIGRATIONS } from '../../src/store/schema.ts'
import { Secret } from '../../src/yaml/secret.ts'
import { S3Server } from '../house/s3-server.ts'

const DAY_MS = 86_400_000
const MIB = 1024 * 1024
const FIRST_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS - 40 * DAY_MS
const upTo = (version: number) => MIGRATIONS.filter((each) => each.version <= version)

// Each test starts engines, several times.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })

let folder = ''
const s3 = new S3Server()
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-upgraded-archive-'))
})
afterEach(async () => {
  await s3.close()
  rmSync(folder, { recursive: true, force: true })
})

const dataFolder = (): string => path.join(folder, 'data')

async function settingsOf(kind: 's3' | 'folder'): Promise<ArchiveSettings> {
  const rest = {
    afterMs: 30 * DAY_MS,
    signals: ['metrics', 'logs', 'traces'] as const,
    bytesPerSecond: 1e9,
  }
  if (kind === 'folder') return { ...rest, place: { kind, path: path.join(folder, 'big') } }
  s3.objects.clear()
  const endpoint = await s3.listen()
  const place = { kind, endpoint, bucket: 'bucket', prefix: 'host1', region: 'eu-west-1' }
  const keys = { accessKey: 'A', secretKey: new Secret('the-secret'), cacheBytes: 64 * MIB }
  return { ...rest, place: { ...place, ...keys } }
}

const withEngine = <T>(
  archive: ArchiveSettings,
  work: (client: StoreClient) => Promise<T>,
): Promise<T> =>
  withOwnEngine(
    { dataFolder: dataFolder(), memoryBudgetBytes: 256 * MIB, archive },
    silentLog(),
    work,
  )

/** A thousand lines and spans on each of three days; the day that is written to last is not moved. */
async function fill(client: StoreClient): Promise<void> {
  for (const day of [0, 1, 38]) await fillDay(client, day)
}

async function fillDay(client: StoreClient, day: number): Promise<void> {
  const at = `${FIRST_MS + day * DAY_MS} + number * 1000`
  await client.command(
    `INSERT INTO {db}.lines (keep, id, ts, body, meta) SELECT 0, number % 4, fromUnixTimestamp64Nano(toInt64(${at}) * 1000000), concat('line ', toString(number)), map() FROM numbers(1000)`,
  )
  await client.command(
    `INSERT INTO {db}.spans (keep, res, ts, dur, trace, span, parent, name, kind, status, message, state, scope, attrs, events, links)
     SELECT 0, 1, fromUnixTimestamp64Nano(toInt64(${at}) * 1000000), 1, toFixedString(toString(number), 16), number, 0, 'op', 1, 0, '', '', '[]', map('n', concat('i', toString(number))), '', '' FROM numbers(1000)`,
  )
}

async function moveOld(client: StoreClient, signals: ArchiveSettings['signals']): Promise<void> {
  for (const part of await listDueParts(client, signals, Date.now() - 30 * DAY_MS))
    await moveToArchive(client, part)
  const note = readArchiveNote(dataFolder())
  if (note === undefined) throw new Error('there is no archive')
  const ranges = Object.fromEntries(
    [...(await readArchived(client))].map(([signal, { range }]) => [signal, range]),
  )
  writeArchiveNote(dataFolder(), { ...note, ranges })
}

const lines = (client: StoreClient): Promise<readonly unknown[]> =>
  client.rows(
    'SELECT toDate(ts) AS day, count() AS n, sum(cityHash64(id, ts, body)) AS hash FROM {db}.lines GROUP BY day ORDER BY day',
  )

/** Has what mutations and merges have replaced removed soon, and waits until all of it is. */
async function removeOutdated(client: StoreClient, table: 'lines' | 'spans'): Promise<void> {
  await client.command(
    `ALTER TABLE {db}.${table} MODIFY SETTING old_parts_lifetime = 1, cleanup_delay_period = 1, max_cleanup_delay_period = 2, cleanup_delay_period_random_add = 0`,
  )
  const count = async (from: string): Promise<number> => {
    const [row] = await client.rows(`SELECT count() AS n FROM ${from}`)
    return Number(row?.['n'])
  }
  const left = async (): Promise<number> =>
    (await count(`system.mutations WHERE table = '${table}' AND NOT is_done`)) +
    (await count(`system.parts WHERE table = '${table}' AND NOT active`))
  await vi.waitFor(async () => expect(await left()).toBe(0), { timeout: 120_000 })
}

const upgrade = (): Promise<void> =>
  prepareUpgrade(
    {
      config: () => ({
        dataFolder: dataFolder(),
        clickhouse: undefined,
        memoryBudgetBytes: 256 * MIB,
      }),
      log: silentLog(),
    },
    {},
  )

it.each(['s3', 'folder'] as const)(
  'what lies in an archive (%s) is seen after a step back, as it is now',
  async (kind) => {
    const archive = await settingsOf(kind)
    await withEngine(archive, async (client) => {
      await migrate(client, upTo(10))
      await fill(client)
      await moveOld(client, ['logs'])
    })
    await upgrade()
    expect(listUpgradeBackups(dataFolder())).toHaveLength(1)
    const after = await withEngine(archive, async (client) => {
      await migrate(client)
      // A deletion rewrites archived parts where they are, and retention drops others: both are gone for good.
      await client.command('ALTER TABLE {db}.lines DELETE WHERE id = 1', { mutations_sync: 1 })
      const day = new Date(FIRST_MS).toISOString().slice(0, 10)
      await client.command(`ALTER TABLE {db}.lines DROP PARTITION (0, '${day}')`)
      await removeOutdated(client, 'lines')
      return lines(client)
    })
    bringBack(dataFolder(), Date.now())
    await withEngine(archive, async (client) => {
      const [row] = await client.rows('SELECT max(version) AS version FROM {db}.schema_version')
      expect(row?.['version']).toBe(10)
      const found = await lines(client)
      // The archived day is as the deletion has left it, the recent one as it was before the upgrade.
      expect(found[0]).toEqual(after[0])
      expect(found).toMatchObject([{ n: '750' }, { n: '1000' }])
      // And it is worked on further.
      await client.command('ALTER TABLE {db}.lines DELETE WHERE id = 2', { mutations_sync: 1 })
      expect(await lines(client)).toMatchObject([{ n: '500' }, { n: '750' }])
      expect((await readArchived(client)).get('logs')?.rows).toBe(500)
    })
  },
)

it('tables that an upgrade has made anew, of which parts are archived, are no way back', async () => {
  const archive = await settingsOf('s3')
  await withEngine(archive, async (client) => {
    await migrate(client, upTo(9))
    await fill(client)
    await moveOld(client, ['traces'])
  })
  await upgrade()
  await withEngine(archive, async (client) => {
    await migrate(client)
    expect((await readArchived(client)).get('traces')?.rows).toBe(2000)
    // Otherwise parts that a migration has replaced are there and counted, too.
    await removeOutdated(client, 'spans')
  })
  expect(() => bringBack(dataFolder(), Date.now())).toThrow(
    /has made tables anew of which 2 parts lie in the archive s3:.*vedette restore.*Nothing was changed/,
  )
  expect(listUpgradeBackups(dataFolder())).toHaveLength(1)
  bringBack(dataFolder(), Date.now(), { isArchiveLeft: true })
  await withEngine(archive, async (client) => {
    const [row] = await client.rows('SELECT count() AS n FROM {db}.spans')
    expect(row?.['n']).toBe('1000')
  })
})

it('nothing is moved to an archive while there is a way back', async () => {
  const archive = await settingsOf('folder')
  await withEngine(archive, async (client) => {
    await migrate(client, upTo(10))
    await fill(client)
  })
  await upgrade()
  const logged: string[] = []
  const log = createLog({ level: 'info', format: 'logfmt', write: (line) => logged.push(line) })
  const ends: (() => Promise<void> | void)[] = []
  const core = { config: () => ({ dataFolder: dataFolder(), archive }), log, ends }
  const moving = new Archive({ ...core, registry: createRegistry() }, 100)
  const { option } = moving
  const engine = await startEngine({
    ...{ dataDir: dataFolder(), memoryBudgetBytes: 256 * MIB, log: silentLog() },
    ...(option === undefined ? {} : { archive: option }),
  })
  const { url, socketPath } = engine
  const client = new StoreClient({ url, socketPath, database: 'vedette' })
  try {
    await engine.whenReady(AbortSignal.timeout(30_000))
    await migrate(client)
    moving.begin(client, engine)
    await vi.waitFor(() => expect(logged.join('')).toContain('while the backup of an upgrade'))
    expect(await readArchived(client)).toEqual(new Map())
    rmSync(listUpgradeBackups(dataFolder())[0]?.folder ?? '', { recursive: true })
    await vi.waitFor(async () => expect((await readArchived(client)).size).toBe(2), {
      timeout: 30_000,
    })
  } finally {
    for (const end of ends) await end()
    await client.close()
    await engine.stop()
  }
})
