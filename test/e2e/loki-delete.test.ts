import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { own, ownFolder, ownServer } from './tools/owned.ts'
import { queryLines } from './tools/query-lines.ts'
import { waitFor } from './tools/wait-for.ts'

const HOUR_S = 3600

async function push(server: Server, app: string, lines: readonly string[]): Promise<void> {
  const firstNs = BigInt(Date.now() - 60_000) * 1_000_000n
  const values = lines.map((line, i) => [String(firstNs + BigInt(i)), line])
  const answer = await fetch(`${server.url('loki')}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream: { app }, values }] }),
  })
  expect(answer.status).toBe(204)
}

async function linesOf(server: Server): Promise<string[]> {
  const found = await queryLines(server, '{app=~".+"}')
  return found.map(({ line }) => line).sort()
}

async function askToDelete(server: Server, query: string): Promise<string> {
  const nowS = Math.floor(Date.now() / 1000)
  const params = new URLSearchParams({ query, start: String(nowS - HOUR_S), end: String(nowS) })
  const answer = await fetch(`${server.url('loki')}/loki/api/v1/delete?${params.toString()}`, {
    method: 'POST',
  })
  expect(answer.status).toBe(204)
  return answer.headers.get('x-delete-request-id') ?? ''
}

async function statusOf(server: Server, id: string): Promise<unknown> {
  const answer = await fetch(`${server.url('loki')}/loki/api/v1/delete`)
  const requests: unknown = await answer.json()
  const found: unknown = Array.isArray(requests)
    ? requests.find((request) => JSON.stringify(request).includes(`"request_id":"${id}"`))
    : undefined
  return typeof found === 'object' && found !== null && 'status' in found ? found.status : undefined
}

const untilProcessed = (server: Server, id: string): Promise<unknown> =>
  waitFor('the deletion', async () => (await statusOf(server, id)) === 'processed', 60_000)

it('deletes the lines of a request and no others, and they stay away', async () => {
  const dataDir = join(ownFolder(), 'data')
  const first = await ownServer({ dataDir, listeners: ['loki'] })
  await push(first, 'web', ['keep a', 'password=1', 'password=2', '{"level":"debug"}'])
  await push(first, 'db', ['password=3', 'keep b'])
  await untilProcessed(first, await askToDelete(first, '{app="web"} |= "password"'))
  const left = ['keep a', 'keep b', 'password=3']
  expect(await linesOf(first)).toEqual([...left, '{"level":"debug"}'])
  await untilProcessed(first, await askToDelete(first, '{app="web"} | json | level="debug"'))
  expect(await linesOf(first)).toEqual(left)
  expect(await first.stop()).toEqual({ code: 0, signal: null })

  const second = own(await startServer({ dataDir, listeners: ['loki'] }))
  expect(await linesOf(second)).toEqual(left)
  await untilProcessed(second, await askToDelete(second, '{app="db"}'))
  expect(await linesOf(second)).toEqual(['keep a'])
  const labels = await fetch(`${second.url('loki')}/loki/api/v1/label/app/values`)
  expect(await labels.json()).toEqual({ status: 'success', data: ['web'] })
})

it('carries a request out that was kept over a SIGKILL, and not one that was cancelled', async () => {
  const dataDir = join(ownFolder(), 'data')
  const config = ownFolder()
  const file = join(config, 'loki.yml')
  writeFileSync(file, 'compactor: {delete_request_cancel_period: 24h}\n')
  const first = await ownServer({ dataDir, configPath: config, listeners: ['loki'] })
  await push(first, 'web', ['a'])
  await push(first, 'db', ['b'])
  const wanted = await askToDelete(first, '{app="web"}')
  const cancelled = await askToDelete(first, '{app="db"}')
  const cancel = await fetch(`${first.url('loki')}/loki/api/v1/delete?request_id=${cancelled}`, {
    method: 'DELETE',
  })
  expect(cancel.status).toBe(204)
  expect(await statusOf(first, wanted)).toBe('received')
  // What waits to be deleted is hidden; what was cancelled is shown again.
  expect(await linesOf(first)).toEqual(['b'])
  await first.kill()

  writeFileSync(file, '')
  const second = own(await startServer({ dataDir, configPath: config, listeners: ['loki'] }))
  await untilProcessed(second, wanted)
  expect(await linesOf(second)).toEqual(['b'])
})
