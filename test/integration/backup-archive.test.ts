import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { loadConfig, type VedetteConfig } from '../../src/config.ts'
import { readArchiveNote, writeArchiveNote } from '../../src/operate/archive/archive-note.ts'
import { folderTarget } from '../../src/operate/backup/folder-target.ts'
import { Repository } from '../../src/operate/backup/repository.ts'
import type { ArchiveMode, TakenBackup } from '../../src/operate/backup/take-backup.ts'
import { silentLog } from '../../src/self/log.ts'
import { backUp, restoreBackup, verifyBackup } from '../../src/start-backup.ts'
import { withOwnEngine } from '../../src/start-beside.ts'
import { listDueParts, moveToArchive, readArchived } from '../../src/store/archive.ts'
import type { StoreClient } from '../../src/store/client.ts'
import { migrate } from '../../src/store/migrate.ts'
import { S3Server } from '../house/s3-server.ts'

const DAY_MS = 86_400_000
const FIRST_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS - 40 * DAY_MS
const ENGINE = { log: silentLog(), memoryBudgetBytes: 256 * 1024 * 1024 }

// Each test starts engines, several times.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })

let folder = ''
let s3 = new S3Server()
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-backed-archive-'))
  s3 = new S3Server()
})
afterEach(async () => {
  await s3.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The configuration of a server with an archive; `name` is that of its data folder. */
function configured(name: string, archive: string): VedetteConfig {
  const file = path.join(folder, `${name}.yml`)
  writeFileSync(file, `archive:\n  after: 30d\n${archive}`)
  const loaded = loadConfig({ flags: { config: file, data: path.join(folder, name) }, env: {} })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults))
  return loaded.config
}

const inBucket = (endpoint: string, prefix: string): string =>
  `  s3: {endpoint: '${endpoint}', bucket: bucket, prefix: ${prefix}, access_key: AKID, secret_key: the-secret, cache: 64MiB}\n`

async function answers(client: StoreClient): Promise<unknown[]> {
  return Promise.all(
    ['id, ts, v', 'id, ts, body'].map((columns, i) =>
      client.rows(
        `SELECT count() AS n, sum(cityHash64(${columns})) AS hash FROM {db}.${i === 0 ? 'samples' : 'lines'}`,
      ),
    ),
  )
}

/** Samples and lines of four days, of which two are moved to the archive. */
async function fill(config: VedetteConfig): Promise<unknown[]> {
  return withOwnEngine(config, ENGINE.log, async (client) => {
    await migrate(client)
    for (const half of [0, 1]) {
      const at = `${FIRST_MS} + [0, 1, 36, 38][number % 4 + 1] * ${DAY_MS} + number * 1000 + ${half}`
      await client.command(
        `INSERT INTO {db}.samples (keep, mh, id, ts, v) SELECT 0, 1, number % 10, fromUnixTimestamp64Milli(toInt64(${at})), number FROM numbers(4000)`,
      )
      await client.command(
        `INSERT INTO {db}.lines (keep, id, ts, seq, body, meta) SELECT 0, number % 3, fromUnixTimestamp64Nano(toInt64(${at}) * 1000000), 0, concat('line ', toString(number)), map() FROM numbers(2000)`,
      )
    }
    const untilMs = Date.now() - 30 * DAY_MS
    for (const part of await listDueParts(client, ['metrics', 'logs'], untilMs))
      await moveToArchive(client, part)
    const ranges = Object.fromEntries(
      [...(await readArchived(client))].map(([signal, { range }]) => [signal, range]),
    )
    const note = readArchiveNote(config.dataFolder)
    if (note === undefined) throw new Error('there is no archive')
    writeArchiveNote(config.dataFolder, { ...note, ranges })
    return answers(client)
  })
}

/** What a data folder answers, and how many rows of it lie in an archive. */
async function look(
  config: Pick<VedetteConfig, 'dataFolder' | 'archive'>,
): Promise<{ readonly all: unknown[]; readonly archived: number; readonly away: unknown }> {
  const { dataFolder, archive } = config
  const { memoryBudgetBytes, log } = ENGINE
  return withOwnEngine({ dataFolder, archive, memoryBudgetBytes }, log, async (client, away) => {
    const shares = [...(await readArchived(client)).values()]
    const archived = shares.reduce((sum, { rows }) => sum + rows, 0)
    return { all: await answers(client), archived, away }
  })
}

async function withRepository<T>(work: (repository: Repository) => Promise<T>): Promise<T> {
  const repository = await Repository.open(folderTarget(path.join(folder, 'target')), {
    passphrase: undefined,
    create: true,
  })
  return work(repository)
}

const take = (config: VedetteConfig, archiveMode?: ArchiveMode): Promise<TakenBackup> =>
  withRepository((repository) =>
    backUp(config, repository, {
      ...{ log: ENGINE.log, isFull: false },
      ...(archiveMode === undefined ? {} : { archiveMode }),
    }),
  )

type RestoreTold = Partial<Parameters<typeof restoreBackup>[3]>
const restore = (name: string, told: RestoreTold = {}): Promise<readonly string[]> =>
  withRepository(async (repository) =>
    restoreBackup(
      repository,
      await repository.manifest(),
      { dataFolder: path.join(folder, name), configFolder: path.join(folder, `${name}-config`) },
      { ...ENGINE, ...told },
    ),
  )

const verify = (told: Partial<Parameters<typeof verifyBackup>[3]> = {}): Promise<unknown> =>
  withRepository(async (repository) =>
    verifyBackup(repository, await repository.manifest(), folder, { ...ENGINE, ...told }),
  )

it('a backup holds what lies in a bucket, and needs it no more', async () => {
  const endpoint = await s3.listen()
  const config = configured('data', inBucket(endpoint, 'host1'))
  const before = await fill(config)
  const objects = new Set(s3.objects.keys())
  const first = await take(config)
  expect(first).toMatchObject({ archive: { state: 'included', rows: 6000 } })
  expect(first.rows).toBeGreaterThanOrEqual(12_000)
  expect(first.newBytes).toBe(first.doneBytes)
  const second = await take(config)
  // Parts of the archive are written once, as all others.
  const archivedBytes = [...s3.objects.values()].reduce((sum, { length }) => sum + length, 0)
  expect(second.doneBytes - second.newBytes).toBeGreaterThan(archivedBytes)
  expect(new Set(s3.objects.keys())).toEqual(objects)

  // Another archive takes them again.
  const other = configured('other', inBucket(endpoint, 'host2'))
  if (other.archive === undefined) throw new Error('there is no archive')
  await restore('other', { archive: { settings: other.archive, isTakenOver: false } })
  expect(await look(other)).toEqual({ all: before, archived: 6000, away: undefined })
  expect(readArchiveNote(other.dataFolder)?.ranges.metrics?.startMs).toBe(FIRST_MS)
  // That of a server which may still run is not touched.
  if (config.archive === undefined) throw new Error('there is no archive')
  await expect(
    restore('same', { archive: { settings: config.archive, isTakenOver: false } }),
  ).rejects.toThrow(/cannot be used: it is the archive of another data directory/)

  await s3.close()
  expect(await verify()).toEqual([])
  await restore('back')
  const back = { dataFolder: path.join(folder, 'back'), archive: undefined }
  expect(await look(back)).toEqual({ all: before, archived: 0, away: undefined })
  // A bucket that is away keeps nothing else from being backed up, and is said to be missing.
  const third = await take(config)
  expect(third.archive).toMatchObject({ state: 'missing', rows: 0 })
  expect(third.archive?.reason).toMatch(/cannot be reached/)
})

it('a bucket that refuses while it is read is missing, too', async () => {
  const config = configured('data', inBucket(await s3.listen(), 'host1'))
  await fill(config)
  await withOwnEngine(config, ENGINE.log, async () => {
    s3.mood = 'refuses'
    const taken = await take(config)
    expect(taken.archive).toMatchObject({ state: 'missing' })
    expect(taken.archive?.reason).toMatch(/403/)
    s3.mood = 'serves'
    expect((await take(config)).archive).toMatchObject({ state: 'included', rows: 6000 })
  })
})

it('a backup may refer to the objects of a bucket, which one server has', async () => {
  const endpoint = await s3.listen()
  const config = configured('data', inBucket(endpoint, 'host1'))
  const { archive } = config
  if (archive === undefined) throw new Error('there is no archive')
  const before = await fill(config)
  const objects = new Set(s3.objects.keys())
  const taken = await take(config, 'reference')
  expect(taken).toMatchObject({ archive: { state: 'referenced', rows: 6000 } })
  expect(new Set(s3.objects.keys())).toEqual(objects)
  await expect(verify()).rejects.toThrow(/name the configuration that has its keys/)
  expect(await verify({ archive })).toEqual([])
  await expect(restore('back')).rejects.toThrow(/refers to it: give that .* --take-archive/)
  await expect(
    restore('back', { archive: { settings: archive, isTakenOver: false } }),
  ).rejects.toThrow(/--take-archive/)
  await restore('without', { archive: 'left' })
  const without = { dataFolder: path.join(folder, 'without'), archive: undefined }
  expect((await look(without)).all).toMatchObject([[{ n: '4000' }], [{ n: '2000' }]])

  await restore('back', { archive: { settings: archive, isTakenOver: true } })
  const back = { dataFolder: path.join(folder, 'back'), archive }
  expect(await look(back)).toEqual({ all: before, archived: 6000, away: undefined })
  expect(new Set(s3.objects.keys())).toEqual(objects)
  // Who had it before sees that it is another's.
  const former = await look(config)
  expect(former.away).toMatch(/it is the archive of another data directory/)
  expect(former.archived).toBe(0)

  const gone = [...s3.objects.keys()].find((key) => !key.endsWith('.json')) ?? ''
  s3.objects.delete(gone)
  expect(await verify({ archive })).toEqual([expect.stringContaining(gone)])
  await expect(
    restore('again', { archive: { settings: archive, isTakenOver: true } }),
  ).rejects.toThrow(/1 of its \d+ objects are not in the bucket/)
})

it('a backup holds what lies in a folder of another disk', async () => {
  const big = path.join(folder, 'big')
  mkdirSync(big)
  const config = configured('data', `  path: ${big}\n`)
  const before = await fill(config)
  expect(await take(config)).toMatchObject({ archive: { state: 'included', rows: 6000 } })
  await expect(take(config, 'reference')).rejects.toThrow(/is a folder: a backup can refer to a/)
  rmSync(big, { recursive: true })
  expect(await verify()).toEqual([])
  await restore('back')
  const back = { dataFolder: path.join(folder, 'back'), archive: undefined }
  expect(await look(back)).toEqual({ all: before, archived: 0, away: undefined })
})
