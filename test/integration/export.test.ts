import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { startTestEngine, type TestEngine } from '../../src/engine/test-engine.ts'
import { matcher } from '../../src/model/matcher.ts'
import {
  exportDays,
  listExported,
  type ExportedFile,
  type ExportWish,
} from '../../src/operate/archive/export-archive.ts'
import { folderTarget } from '../../src/operate/backup/folder-target.ts'
import { s3Target } from '../../src/operate/backup/s3-target.ts'
import type { BackupTarget } from '../../src/operate/backup/target.ts'
import { StoreClient } from '../../src/store/client.ts'
import { migrate } from '../../src/store/migrate.ts'
import { S3Server } from '../house/s3-server.ts'

vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })

const DAY = Date.UTC(2026, 9, 1) / 86_400_000
let folder = ''
let engine: TestEngine
let client: StoreClient

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-export-'))
  engine = await startTestEngine()
  const { url, socketPath } = engine.handle
  client = new StoreClient({ url, socketPath, database: 'vedette' })
  await migrate(client)
  const day = "toDateTime64('2026-10-01 00:00:00', 9, 'UTC')"
  const series = (date: string, id: number, job: string): string =>
    `INSERT INTO {db}.series_days (keep, day, id, mh, labels) SELECT 0, toDate('${date}'), ${id}, 1, map('__name__', 'up', 'job', '${job}')`
  const stale = 'reinterpretAsFloat64(0x7ff0000000000002)'
  for (const statement of [
    series('2026-10-01', 1, 'node'),
    series('2026-10-01', 2, 'db'),
    series('2026-10-02', 1, 'node'),
    `INSERT INTO {db}.samples (keep, mh, id, ts, v) SELECT 0, 1, 1 + number % 2, ${day} + toIntervalMillisecond(number * 500 + 1), number FROM numbers(1000)`,
    // The same again, one with another value, the end of a series, and another day.
    `INSERT INTO {db}.samples (keep, mh, id, ts, v) SELECT 0, 1, 1 + number % 2, ${day} + toIntervalMillisecond(number * 500 + 1), number FROM numbers(100)`,
    `INSERT INTO {db}.samples (keep, mh, id, ts, v) SELECT 0, 1, 1, ${day} + toIntervalHour(3), ${stale}`,
    `INSERT INTO {db}.samples (keep, mh, id, ts, v) SELECT 0, 1, 1, ${day} + toIntervalDay(1), 7`,
    `INSERT INTO {db}.stream_days (keep, day, id, mh, labels) SELECT 0, toDate('2026-10-01'), 5, 5, map('app', 'shop')`,
    ...[1, 2].map(
      () =>
        `INSERT INTO {db}.lines (keep, id, ts, seq, body, meta) SELECT 0, 5, ${day} + toIntervalNanosecond(123456789), 0, 'hello\\nworld ✓', map('trace', 'abc')`,
    ),
    `INSERT INTO {db}.resource_days (keep, day, id, mh, labels) SELECT 0, toDate('2026-10-01'), 9, 9, map('service.name', 'sshop', 'host.cpus', 'i4')`,
    `INSERT INTO {db}.spans (keep, res, ts, dur, trace, span, parent, name, kind, status, message, state, scope, attrs, events, links)
     SELECT 0, 9, ${day}, 1500, unhex('000102030405060708090a0b0c0d0e0f'), 17, 0, 'GET /', 2, 2, 'no', '', '[]', map('http.status_code', 'i500'), '', ''`,
  ])
    await client.command(statement)
})
afterAll(async () => {
  await client.close()
  await engine.stop()
  rmSync(folder, { recursive: true, force: true })
})

const WISH: ExportWish = {
  ...{ signals: ['metrics', 'logs', 'traces'], fromDay: DAY, toDay: DAY + 1 },
  ...{ matchers: [], match: undefined, compression: 'snappy' },
}

async function run(target: BackupTarget, wish: Partial<ExportWish> = {}): Promise<ExportedFile[]> {
  const files: ExportedFile[] = []
  const scratch = path.join(folder, 'scratch')
  await exportDays(
    { client, scratch, refuse: () => undefined, onFile: (file) => files.push(file) },
    target,
    { ...WISH, ...wish },
  )
  expect(readdirSync(scratch)).toEqual([])
  return files
}

async function read(name: string): Promise<Record<string, unknown>[]> {
  const file = await asyncBufferFromFile(path.join(folder, name))
  return parquetReadObjects({ file })
}

it('gives every row once, in columns that other programs understand', async () => {
  const target = folderTarget(path.join(folder, 'all'))
  const files = await run(target)
  expect(files.map(({ key, isNew }) => [key, isNew])).toEqual([
    ['metrics/2026-10-01.parquet', true],
    ['logs/2026-10-01.parquet', true],
    ['traces/2026-10-01.parquet', true],
  ])
  const samples = await read('all/metrics/2026-10-01.parquet')
  expect(samples).toHaveLength(1000)
  expect(samples[0]).toEqual({
    ...{ name: 'up', labels: { job: 'node' } },
    ...{ ts: new Date(DAY * 86_400_000 + 1), value: 0 },
  })
  expect(samples.reduce((sum, { value }) => sum + Number(value), 0)).toBe(499_500)
  const [line, ...others] = await read('all/logs/2026-10-01.parquet')
  expect(others).toEqual([])
  expect(line).toMatchObject({
    ...{ labels: { app: 'shop' }, line: 'hello\nworld ✓', metadata: { trace: 'abc' } },
  })
  const [span] = await read('all/traces/2026-10-01.parquet')
  expect(span).toMatchObject({
    ...{ trace_id: '000102030405060708090a0b0c0d0e0f', span_id: '0000000000000011', parent_id: '' },
    ...{ duration_ns: 1500n, name: 'GET /', kind: 'server', status: 'error', status_message: 'no' },
    ...{ resource: { 'service.name': 'shop', 'host.cpus': '4' } },
    attributes: { 'http.status_code': '500' },
  })
  const metadata = await parquetMetadataAsync(
    await asyncBufferFromFile(path.join(folder, 'all/logs/2026-10-01.parquet')),
  )
  expect(metadata.schema.find(({ name }) => name === 'ts')?.logical_type).toMatchObject({
    ...{ type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' },
  })
  const file = path.join(folder, 'all/logs/2026-10-01.parquet')
  expect(
    await engine.ask(
      `SELECT toUnixTimestamp64Nano(ts) % 1000000000, labels['app'] FROM file('${file}')`,
    ),
  ).toBe('123456789\tshop\n')
})

it('goes on where it stopped, and never mixes two selections', async () => {
  const target = folderTarget(path.join(folder, 'again'))
  const wish: Partial<ExportWish> = { signals: ['metrics'] }
  await run(target, wish)
  rmSync(path.join(folder, 'scratch'), { recursive: true })
  const files = await run(target, { ...wish, toDay: DAY + 2 })
  expect(files.map(({ isNew }) => isNew)).toEqual([false, true])
  expect((await listExported(target)).map(({ key }) => key)).toEqual([
    ...['metrics/2026-10-01.parquet', 'metrics/2026-10-02.parquet'],
  ])
  const other = { ...wish, match: '{job="db"}', matchers: [matcher('job', '=', 'db')] }
  await expect(run(target, other)).rejects.toThrow(/holds another export/)
})

it.each([
  ['=', 'db', 500],
  ['!=', 'db', 500],
  ['=~', 'd.|node', 1000],
  ['!~', "n'o.*", 1000],
] as const)('takes only what a selector takes: job%s"%s"', async (op, value, rows) => {
  const name = `match-${rows}-${Buffer.from(op + value).toString('hex')}`
  const matchers = [matcher('job', op, value)]
  await run(folderTarget(path.join(folder, name)), { signals: ['metrics'], matchers, match: name })
  expect(await read(`${name}/metrics/2026-10-01.parquet`)).toHaveLength(rows)
})

it('goes to a bucket, too', async () => {
  const server = new S3Server()
  const endpoint = await server.listen()
  onTestFinished(() => server.close())
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const target = s3Target({
    ...{ endpoint, region: 'r', bucket: 'bucket', prefix: 'x' },
    credentials,
  })
  await run(target, { signals: ['logs'] })
  await target.close()
  const object = server.objects.get('x/logs/2026-10-01.parquet')
  expect(object?.subarray(-4).toString()).toBe('PAR1')
})

it('has no file of a day that cannot be read whole', async () => {
  const target = folderTarget(path.join(folder, 'away'))
  const refuse = (): never => {
    throw new Error('the archive is away')
  }
  const scratch = path.join(folder, 'scratch')
  await expect(
    exportDays({ client, scratch, refuse, onFile: () => undefined }, target, WISH),
  ).rejects.toThrow('the archive is away')
  expect(await listExported(target)).toEqual([])
})
