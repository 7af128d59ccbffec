import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startEngine, type EngineHandle } from '../../src/engine/supervise.ts'
import { nameOfPlace, type ArchivePlace } from '../../src/operate/archive/archive-section.ts'
import { readArchiveNote } from '../../src/operate/archive/archive-note.ts'
import { createLog, silentLog } from '../../src/self/log.ts'
import { createRegistry } from '../../src/self/metrics.ts'
import { Archive, diskOf } from '../../src/start-archive.ts'
import { readArchived } from '../../src/store/archive.ts'
import { StoreClient } from '../../src/store/client.ts'
import { migrate } from '../../src/store/migrate.ts'
import { freezeTables, releaseTables } from '../../src/store/freeze.ts'
import { dropExpired, LINE_TABLES, SPAN_TABLES } from '../../src/store/retention.ts'
import { Secret } from '../../src/yaml/secret.ts'
import { S3Server } from '../house/s3-server.ts'

const DAY_MS = 86_400_000
const MIB = 1024 * 1024
const SECRET = 'a-secret-key-of-the-test'
/** The first of the days, forty days ago. */
const FIRST_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS - 40 * DAY_MS

// Each test starts engines, several times.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })

let folder = ''
const ends: (() => Promise<void> | void)[] = []
let logged: string[] = []
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-archive-'))
  logged = []
})
afterEach(async () => {
  await stopAll()
  rmSync(folder, { recursive: true, force: true })
})

async function stopAll(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end()
}

interface Running {
  readonly client: StoreClient
  readonly engine: EngineHandle
  readonly archive: Archive
}

/** The engine with an archive, as the server starts it. */
async function open(place: ArchivePlace | undefined, isMoving = true): Promise<Running> {
  const log = createLog({ level: 'info', format: 'logfmt', write: (line) => logged.push(line) })
  const archive = new Archive(
    {
      config: () => ({
        dataFolder: path.join(folder, 'data'),
        archive: place && {
          place,
          afterMs: 30 * DAY_MS,
          signals: ['metrics', 'logs', 'traces'],
          bytesPerSecond: 1e9,
        },
      }),
      ...{ log, registry: createRegistry(), ends },
    },
    200,
  )
  const { option } = archive
  const engine = await startEngine({
    dataDir: path.join(folder, 'data'),
    memoryBudgetBytes: 256 * MIB,
    log,
    ...(option === undefined ? {} : { archive: option }),
  })
  ends.push(() => engine.stop())
  const client = new StoreClient({
    url: engine.url,
    socketPath: engine.socketPath,
    database: 'vedette',
  })
  ends.push(() => client.close())
  await engine.whenReady(AbortSignal.timeout(30_000))
  await migrate(client)
  if (isMoving) archive.begin(client, engine)
  return { client, engine, archive }
}

/** A thousand samples on each of six days, in two inserts. */
async function fill(client: StoreClient): Promise<void> {
  for (const half of [0, 1]) {
    await client.command(
      `INSERT INTO {db}.samples (keep, mh, id, ts, v)
       SELECT 0, 1, cityHash64(number % 10), fromUnixTimestamp64Milli(toInt64(${FIRST_MS} + [0, 1, 2, 35, 36, 38][intDiv(number, 500) + 1] * ${DAY_MS} + (number % 500) * 60000 + ${half})), number
       FROM numbers(3000)`,
      { max_partitions_per_insert_block: 0 },
    )
    await client.command(
      `INSERT INTO {db}.lines (keep, id, ts, seq, body, meta)
       SELECT 0, number % 3, fromUnixTimestamp64Nano(toInt64(${FIRST_MS} + [0, 38][number % 2 + 1] * ${DAY_MS} + number * 1000 + ${half}) * 1000000), 0, concat('line ', toString(number)), map() FROM numbers(1000)`,
    )
    await client.command(
      `INSERT INTO {db}.spans (keep, res, ts, dur, trace, span, parent, name, kind, status, message, state, scope, attrs, events, links)
       SELECT 0, 1, fromUnixTimestamp64Nano(toInt64(${FIRST_MS} + [0, 38][number % 2 + 1] * ${DAY_MS} + number * 1000 + ${half}) * 1000000), 1, toFixedString(toString(number), 16), number, 0, 'op', 1, 0, '', '', '[]', map('n', concat('i', toString(number))), '', '' FROM numbers(1000)`,
    )
  }
}

async function others(client: StoreClient): Promise<unknown[]> {
  return Promise.all([
    client.rows('SELECT count() AS n, sum(cityHash64(id, ts, body)) AS hash FROM {db}.lines'),
    client.rows(
      'SELECT count() AS n, sum(cityHash64(trace, span, ts, attrs)) AS hash FROM {db}.spans',
    ),
  ])
}

async function answer(
  client: StoreClient,
  days = 40,
): Promise<Record<string, unknown> | undefined> {
  const [row] = await client.rows(
    `SELECT count() AS n, sum(v) AS sum, sum(cityHash64(id, ts, v)) AS hash FROM {db}.samples
     WHERE ts >= fromUnixTimestamp64Milli(toInt64(${FIRST_MS + (40 - days) * DAY_MS}))`,
  )
  return row
}

async function partsOn(client: StoreClient, disk: string): Promise<number> {
  const [row] = await client.rows(
    `SELECT count() AS n FROM system.parts WHERE active AND table = 'samples' AND disk_name = '${disk}'`,
  )
  return Number(row?.['n'])
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > deadlineMs)
      throw new Error(`the condition did not come true: ${logged.join('')}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Three of the days ended thirty days ago, in two parts each. */
const isMoved = (client: StoreClient) => async () =>
  (await partsOn(client, 'archive')) >= 3 && logged.join('').includes('was moved')

/** Six days, of which the first are in the archive. */
async function fillAndMove(
  place: ArchivePlace,
): Promise<Running & { readonly before: Record<string, unknown> | undefined }> {
  const running = await open(place, false)
  const { client, engine, archive } = running
  await fill(client)
  const before = await answer(client)
  archive.begin(client, engine)
  await until(isMoved(client))
  return { ...running, before }
}

async function playS3(): Promise<{ server: S3Server; place: ArchivePlace }> {
  const server = new S3Server()
  const endpoint = await server.listen()
  ends.push(() => server.close())
  return {
    server,
    place: {
      ...{ kind: 's3', endpoint, bucket: 'bucket', prefix: 'host1', region: 'eu-west-1' },
      ...{ accessKey: 'AKID', secretKey: new Secret(SECRET), cacheBytes: 64 * MIB },
    },
  }
}

describe('an archive in S3', () => {
  it('takes the old days, and queries see them, also after a restart', async () => {
    const { server, place } = await playS3()
    const { before, client, archive } = await fillAndMove(place)
    expect(await answer(client)).toEqual(before)
    const told = archive.describe()
    expect(told).toMatchObject({
      ...{ place: nameOfPlace(place), afterMs: 30 * DAY_MS, away: null, awaySinceMs: null },
      signals: [
        { signal: 'metrics', rows: 3000, fromMs: FIRST_MS, toMs: FIRST_MS + 3 * DAY_MS },
        { signal: 'logs', rows: 1000 },
        { signal: 'traces', rows: 1000 },
      ],
      ...{ fault: null, unreadableParts: 0, isHeld: false },
    })
    expect(told?.movedBytes).toBeGreaterThan(0)
    expect(told?.movedMs).toBeGreaterThan(Date.now() - 120_000)
    const shares = await readArchived(client)
    expect([...shares.keys()].sort()).toEqual(['logs', 'metrics', 'traces'])
    const linesBefore = await others(client)
    // Deletions rewrite archived parts where they are.
    await client.command('ALTER TABLE {db}.lines DELETE WHERE id = 1', { mutations_sync: 1 })
    expect((await readArchived(client)).get('logs')?.rows).toBe(668)
    const linesAfter = await others(client)
    expect(linesAfter[1]).toEqual(linesBefore[1])
    expect(linesAfter[0]).toMatchObject([{ n: '1334' }])
    expect(await partsOn(client, 'default')).toBeGreaterThan(2)
    expect([...server.objects.keys()].every((key) => key.startsWith('host1/'))).toBe(true)
    const config = path.join(folder, 'data/engine/config.xml')
    expect(readFileSync(config, 'utf8')).toContain(SECRET)
    expect(statSync(config).mode & 0o777).toBe(0o600)
    await stopAll()
    await server.listen()
    ends.push(() => server.close())
    const again = await open(place)
    expect(await answer(again.client)).toEqual(before)
    expect(await others(again.client)).toEqual(linesAfter)
    expect(logged.join('')).not.toContain(SECRET)
  })

  it('that nobody listens for is away: recent data is served and written, the rest is refused until it is back', async () => {
    const { server, place } = await playS3()
    const { before } = await fillAndMove(place)
    await stopAll()
    await server.close()
    const { client, archive, engine } = await open(place)
    expect(logged.join('')).toMatch(/the archive s3:\/\/bucket\/host1 \(http:\S+\) is away/)
    expect(Number((await answer(client, 20))?.['n'])).toBe(3000)
    // What lies there is known from before, how much is not.
    const told = archive.describe()
    expect(told?.signals).toMatchObject([
      { signal: 'metrics', rows: null, bytes: null, fromMs: FIRST_MS },
      {},
      {},
    ])
    expect(told?.away).toMatch(/cannot be reached/)
    expect(told?.awaySinceMs).toBeGreaterThan(Date.now() - 120_000)
    expect(told?.movedMs).toBeGreaterThan(Date.now() - 120_000)
    expect(() => archive.refuse('metrics', FIRST_MS, FIRST_MS + 1000)).toThrow(
      /the archive s3:\/\/bucket\/host1 .* is away: .*cannot be reached/,
    )
    archive.refuse('metrics', Date.now() - 5 * DAY_MS, Date.now())
    archive.refuse('logs', Date.now() - 5 * DAY_MS, Date.now())
    expect(() => archive.refuse('logs', 0, FIRST_MS + 1)).toThrow(/is away/)
    await client.command(`INSERT INTO {db}.samples SELECT 0, 2, 2, now64(3), 2`)
    await client.command(`ALTER TABLE {db}.samples DELETE WHERE mh = 2`, { mutations_sync: 1 })
    await server.listen()
    ends.push(() => server.close())
    await until(() => engine.restarts === 1 && engine.ready)
    expect(await answer(client)).toEqual(before)
    archive.refuse('metrics', FIRST_MS, Date.now())
  })

  it('that refuses breaks no part: queries fail while it does, and parts that were set aside come back', async () => {
    const { server, place } = await playS3()
    const { before, client, engine } = await fillAndMove(place)
    server.mood = 'refuses'
    await client.command('SYSTEM DROP FILESYSTEM CACHE')
    await expect(answer(client)).rejects.toThrow(/archive/)
    expect(Number((await answer(client, 20))?.['n'])).toBe(3000)
    server.mood = 'serves'
    expect(await answer(client)).toEqual(before)
    // The engine asks nobody whether the bucket is there: so it starts while the bucket refuses everything.
    await stopAll()
    rmSync(path.join(folder, 'data/engine/db/cache/archive'), { recursive: true, force: true })
    await server.listen()
    ends.push(() => server.close())
    server.mood = 'refuses'
    const bare = await startEngine({
      ...{ dataDir: path.join(folder, 'data'), memoryBudgetBytes: 256 * MIB, log: silentLog() },
      archive: { place: () => Promise.resolve(diskOf(place)), onRefused: () => undefined },
    })
    await bare.whenReady(AbortSignal.timeout(30_000))
    await bare.stop()
    server.mood = 'serves'
    expect(await answer((await open(place)).client)).toEqual(before)
    expect(engine.status.state).toBe('stopped')
  })

  it('loses what retention drops, and keeps nothing of backups', async () => {
    const { server, place } = await playS3()
    const { client } = await fillAndMove(place)
    const held = new Set(server.objects.keys())
    await freezeTables(client, 'vedette_test')
    await releaseTables(client, 'vedette_test')
    expect(new Set(server.objects.keys())).toEqual(held)
    const retention = { timeMs: 20 * DAY_MS, sizeBytes: 0, rules: [] }
    for (const tables of [undefined, LINE_TABLES, SPAN_TABLES])
      await dropExpired(client, retention, Date.now(), () => undefined, tables)
    expect(await readArchived(client)).toEqual(new Map())
    await until(() => server.objects.size === 1)
    expect([...server.objects.keys()]).toEqual(['host1/vedette-archive.json'])
  })

  it('loses nothing when the engine is killed amid the moves', async () => {
    const { place } = await playS3()
    const { client, engine, archive } = await open(place, false)
    await fill(client)
    const before = [await answer(client), await others(client)]
    archive.begin(client, engine)
    for (let round = 1; round <= 3; round++) {
      await until(async () => (await partsOn(client, 'archive').catch(() => 0)) >= round)
      const { restarts } = engine
      if (engine.pid !== undefined) process.kill(engine.pid, 'SIGKILL')
      await until(() => engine.restarts > restarts && engine.ready)
      expect([await answer(client), await others(client)]).toEqual(before)
    }
    await until(isMoved(client))
    expect([await answer(client), await others(client)]).toEqual(before)
  })

  it('of another data folder is not used', async () => {
    const { server, place } = await playS3()
    server.objects.set('host1/vedette-archive.json', Buffer.from('{"id":"another"}'))
    const { client } = await open(place)
    await fill(client)
    expect(logged.join('')).toMatch(/it is the archive of another data directory/)
    expect(await partsOn(client, 'archive')).toBe(0)
  })
})

describe('an archive in a folder', () => {
  it('takes the old days; one whose disk is not mounted is away, and one that is not configured any more, too', async () => {
    const place: ArchivePlace = { kind: 'folder', path: path.join(folder, 'big') }
    const { before } = await fillAndMove(place)
    expect(readArchiveNote(path.join(folder, 'data'))?.ranges.metrics?.startMs).toBe(FIRST_MS)
    await stopAll()
    renameSync(place.path, `${place.path}-elsewhere`)
    const unmounted = await open(place)
    expect(() => unmounted.archive.refuse('metrics', FIRST_MS, Date.now())).toThrow(/mounted\?/)
    await stopAll()
    rmSync(place.path, { recursive: true, force: true })
    renameSync(`${place.path}-elsewhere`, place.path)
    const removed = await open(undefined)
    expect(() => removed.archive.refuse('metrics', FIRST_MS, Date.now())).toThrow(
      /has no section `archive` any more/,
    )
    await stopAll()
    expect(await answer((await open(place)).client)).toEqual(before)
  })
})
