import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { S3Server } from '../house/s3-server.ts'
import { startServer, type Server } from './server.ts'
import { own, ownFolder } from './tools/owned.ts'
import { queryValue } from './tools/query.ts'
import { RemoteWriter, type PushRow } from './tools/remote-write.ts'
import { runVedette } from './tools/run-vedette.ts'
import { waitFor } from './tools/wait-for.ts'

const DAY_MS = 86_400_000
/** Noon, forty days ago. */
const OLD_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS - 40 * DAY_MS + DAY_MS / 2
const ANSWER = 'sum(count_over_time(archived[1h]))'

/** A server with samples of forty days ago, started a second time, so that they go to its archive. */
async function startWithArchive(folder: string, section: string): Promise<() => Promise<Server>> {
  const config = join(folder, 'vedette.yml')
  writeFileSync(config, `storage:\n  retention_time: 90d\narchive:\n  after: 30d\n${section}`)
  const start = async (): Promise<Server> =>
    own(await startServer({ dataDir: join(folder, 'data'), configPath: config }))
  const server = await start()
  const writer = new RemoteWriter(server.url('prometheus'))
  const rows = Array.from({ length: 100 }, (_, i): PushRow => {
    return [{ __name__: 'archived', n: String(i % 5) }, OLD_MS - i * 1000, i]
  })
  const { status } = await writer.push(rows)
  expect(status).toBe(204)
  await writer.push([[{ __name__: 'recent' }, Date.now(), 1]])
  await writer.close()
  await server.stop()
  return start
}

async function moved(server: Server): Promise<boolean> {
  const text = await (await fetch(`${server.url('prometheus')}/metrics`)).text()
  return Number(/^vedette_archive_moved_bytes_total (\S+)/m.exec(text)?.[1] ?? 0) > 0
}

it('old samples go to a folder, are queried there, and exported from there', async () => {
  const folder = ownFolder()
  const start = await startWithArchive(folder, `  path: ${join(folder, 'big')}\n`)
  const server = await start()
  await waitFor('the move', () => moved(server))
  const url = server.url('prometheus')
  expect(await queryValue(url, ANSWER, OLD_MS)).toBe(100)
  expect(readdirSync(join(folder, 'big')).sort()).toContain('store')
  const target = join(folder, 'export')
  const day = new Date(OLD_MS).toISOString().slice(0, 10)
  const data = join(folder, 'data')
  const config = join(folder, 'vedette.yml')
  const place = ['--data', data, '--config', config]
  const exported = await runVedette(
    'archive',
    'export',
    target,
    '--match',
    'archived',
    '--signal',
    'metrics',
    ...place,
  )
  expect(exported, exported.err).toMatchObject({ code: 0 })
  expect(exported.out).toContain(`metrics/${day}.parquet`)
  const listed = await runVedette('archive', 'list', ...place)
  expect(listed.out).toMatch(new RegExp(`metrics +${day} +${day} +100 `))
  const files = await runVedette('archive', 'list', target)
  expect(files.out).toContain(`metrics/${day}.parquet`)
  const backup = await runVedette('backup', join(folder, 'backups'), ...place)
  expect(backup, backup.err).toMatchObject({ code: 0 })
  expect(backup.err).toMatch(/100 rows of the archive .*big are in it/)
  const backups = await runVedette('backup', 'list', join(folder, 'backups'))
  expect(backups.out).toMatch(/ included /)
  await server.stop()
  // Without the other disk every row comes back.
  renameSync(join(folder, 'big'), join(folder, 'gone'))
  const back = join(folder, 'back')
  const restored = await runVedette('restore', join(folder, 'backups'), '--data', back)
  expect(restored, restored.err).toMatchObject({ code: 0 })
  const plain = join(folder, 'plain.yml')
  writeFileSync(plain, 'storage:\n  retention_time: 90d\n')
  const second = own(await startServer({ dataDir: back, configPath: plain }))
  expect(await queryValue(second.url('prometheus'), ANSWER, OLD_MS)).toBe(100)
  await second.stop()
  renameSync(join(folder, 'gone'), join(folder, 'big'))
  // The engine of the verb itself has the archive, too.
  const again = await runVedette('archive', 'list', ...place)
  expect(again.out, again.err).toMatch(new RegExp(`metrics +${day}`))
}, 900_000)

it('old samples go to S3; while that is away the rest is served, and says what is not', async () => {
  const folder = ownFolder()
  const s3 = new S3Server()
  const endpoint = await s3.listen()
  onTestFinished(() => s3.close())
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'the-secret-of-s3\n', { mode: 0o600 })
  const start = await startWithArchive(
    folder,
    `  s3:\n    endpoint: ${endpoint}\n    bucket: bucket\n    prefix: host1\n    access_key: AKID\n    secret_key: \${file:${secret}}\n    cache: 64MiB\n`,
  )
  let server = await start()
  await waitFor('the move', () => moved(server))
  expect(await queryValue(server.url('prometheus'), ANSWER, OLD_MS)).toBe(100)
  await server.stop()
  await s3.close()
  server = await start()
  const url = server.url('prometheus')
  await expect(queryValue(url, ANSWER, OLD_MS)).rejects.toThrow(
    /503 unavailable: .*the archive s3:\/\/bucket\/host1 .*is away: http:\/\/127.0.0.1:\d+ cannot be reached/,
  )
  expect(await queryValue(url, 'sum_over_time(recent[1h])')).toBe(1)
  await waitFor('a scrape of now', async () => (await queryValue(url, 'count(up)')) !== undefined)
  await s3.listen()
  await waitFor(
    'the archive',
    async () => (await queryValue(url, ANSWER, OLD_MS).catch(() => 0)) === 100,
    90_000,
  )
  await server.stop()
  const readable = filesBelow(join(folder, 'data'))
    .filter((file) => readFileSync(file).includes('the-secret-of-s3'))
    .filter((file) => (statSync(file).mode & 0o077) !== 0)
  expect(readable).toEqual([])
  expect(server.readLog()).not.toContain('the-secret-of-s3')
}, 900_000)

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
