import { afterEach, expect, it } from 'vitest'
import { createAlertmanagerClient, type AlertmanagerClient } from './alertmanager-client.ts'
import { ApiError } from './api-client.ts'
import { startFakeApi, type FakeAnswer, type FakeApi } from './testing/fake-api.ts'
import { UsageError } from './usage-error.ts'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function start(
  answers: Readonly<Record<string, FakeAnswer>>,
  credentials = '',
): Promise<{ api: FakeApi; client: AlertmanagerClient }> {
  const api = await startFakeApi(answers)
  const client = createAlertmanagerClient(`${api.url.replace('//', `//${credentials}`)}/am/`)
  open.push(api, client)
  return { api, client }
}

it('sends JSON and reads JSON, below the path of the URL', async () => {
  const { api, client } = await start({ '/am/api/v2/silences': { body: { silenceID: 'x' } } })
  expect(await client.call('POST', '/api/v2/silences', { a: 1 })).toEqual({ silenceID: 'x' })
  expect(api.requests).toMatchObject([
    { method: 'POST', path: '/am/api/v2/silences', body: '{"a":1}' },
  ])
})

it('signs in with what the URL holds, and shows none of it', async () => {
  const { api, client } = await start({ '/am/x': { body: '' } }, 'me:a%20secret@')
  await client.call('DELETE', '/x')
  expect(api.requests[0]?.authorization).toBe(
    `Basic ${Buffer.from('me:a secret').toString('base64')}`,
  )
  expect(client.url).toBe(`${api.url}/am`)
  await expect(client.call('GET', '/other')).rejects.not.toThrow(/secret/)
})

it.each([
  [{ status: 400, body: '"bad matcher"' }, 'refused: bad matcher'],
  [{ status: 422, body: '{"code":602,"message":"labels is required"}' }, 'refused: labels is req'],
  [{ status: 500, body: 'plain \u001b[31mred' }, 'refused: plain'],
  [{ status: 503, body: '' }, 'refused: status 503'],
  [{ body: '<html>' }, 'does not answer as Alertmanager does'],
])('tells why it was refused: %j', async (answer, message) => {
  const { client } = await start({ '/am/x': answer })
  const failure = client.call('GET', '/x')
  await expect(failure).rejects.toBeInstanceOf(ApiError)
  await expect(failure).rejects.toThrow(message)
  await expect(failure).rejects.not.toThrow('\u001b')
})

it('says how to reach a server when there is none', async () => {
  const client = createAlertmanagerClient('http://127.0.0.1:1')
  open.push(client)
  await expect(client.call('GET', '/x')).rejects.toThrow(
    /cannot reach http:\/\/127\.0\.0\.1:1: .*--alertmanager\.url/,
  )
})

it.each(['', 'localhost:9093', 'ftp://localhost'])('refuses the URL %j', (url) => {
  expect(() => createAlertmanagerClient(url)).toThrow(UsageError)
})
