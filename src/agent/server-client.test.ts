import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import type { SendOutcome } from '../forward/remote-sender.ts'
import { PLAIN_HTTP_CLIENT, type HttpClientConfig } from '../outbound/http-client.ts'
import { createAuthority, createCertificate, hasOpenssl } from '../outbound/testing/certificates.ts'
import { FakeReceiver, type Answering } from '../outbound/testing/fake-receiver.ts'
import { ServerClient } from './server-client.ts'
import type { Signal } from './signal.ts'

const WITHOUT_REDIRECTS: HttpClientConfig = { ...PLAIN_HTTP_CLIENT, followRedirects: false }

async function start(
  answering: Answering,
  config = WITHOUT_REDIRECTS,
  tls?: Parameters<typeof FakeReceiver.start>[1],
) {
  const receiver = await FakeReceiver.start(answering, tls)
  const client = new ServerClient(new URL(`${receiver.url}/below/`), config)
  onTestFinished(async () => {
    await client.close()
    await receiver.close()
  })
  const send = (signal: Signal, ...bodies: readonly string[]): Promise<SendOutcome> =>
    client.send(
      signal,
      bodies.map((body) => gzipSync(body)),
      AbortSignal.timeout(10_000),
    )
  return { receiver, send }
}

it.each([
  ['metrics', '/below/api/v1/write', 'snappy', '0.1.0'],
  ['logs', '/below/loki/api/v1/push', 'snappy', undefined],
  ['otlp_logs', '/below/api/v1/otlp/v1/logs', 'gzip', undefined],
  ['traces', '/below/api/v1/otlp/v1/traces', 'gzip', undefined],
] as const)('sends %s to their door', async (signal, door, encoding, version) => {
  const { receiver, send } = await start(() => ({ status: 204 }))
  expect(await send(signal, 'one', 'two')).toEqual({ kind: 'sent' })
  const { method, path: seen, headers, body } = receiver.only
  expect([method, seen]).toEqual(['POST', door])
  expect(headers).toMatchObject({
    'content-type': 'application/x-protobuf',
    'content-encoding': encoding,
  })
  expect(headers['x-prometheus-remote-write-version']).toBe(version)
  // A Snappy block of so short a text holds it as it is.
  expect(body.includes('onetwo')).toBe(encoding === 'snappy')
})

it.each([
  [400, 'refused'],
  [413, 'refused'],
  [422, 'refused'],
  [401, 'later'],
  [403, 'later'],
  [404, 'later'],
  [302, 'later'],
  [429, 'later'],
  [500, 'later'],
  [503, 'later'],
] as const)('of an answer %i makes: %s', async (status, kind) => {
  const headers = status === 302 ? { location: '/elsewhere' } : {}
  const { receiver, send } = await start(() => ({ status, headers, body: 'as told' }))
  const outcome = await send('metrics', 'one')
  expect(outcome.kind).toBe(kind)
  expect('message' in outcome ? outcome.message : '').toContain('as told')
  expect(receiver.seen).toHaveLength(1)
})

it('says what to do about a wrong token, without the token', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vedette-client-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const credentialsFile = path.join(folder, 'token')
  writeFileSync(credentialsFile, 'vdt_secret\n')
  const authorization = { type: 'Bearer', credentials: undefined, credentialsFile }
  const { send } = await start(
    ({ headers }) =>
      headers.authorization === 'Bearer vdt_right'
        ? { status: 204 }
        : { status: 401, body: `who is ${headers.authorization}?` },
    { ...WITHOUT_REDIRECTS, authorization },
  )
  const outcome = await send('logs', 'one')
  expect(outcome).toMatchObject({ kind: 'later' })
  const message = outcome.kind === 'later' ? outcome.message : ''
  expect(message).toMatch(/does not know the token .*vedette token create NAME --agent/)
  expect(message).not.toContain('vdt_secret')
  // It is exchanged while the agent runs.
  writeFileSync(credentialsFile, 'vdt_right\n')
  expect(await send('logs', 'one')).toEqual({ kind: 'sent' })
})

it('believes the certificates that it is told to', async () => {
  if (!hasOpenssl()) return
  const folder = mkdtempSync(path.join(tmpdir(), 'vedette-client-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const authority = createAuthority(folder, 'ca')
  const { cert, key } = createCertificate(folder, 'server', authority, 'IP:127.0.0.1')
  const files = { cert: readFileSync(cert), key: readFileSync(key) }
  const tls = {
    ...{ ca: undefined, caFile: authority.cert, cert: undefined, certFile: undefined },
    ...{ key: undefined, keyFile: undefined, serverName: undefined },
    ...{ insecureSkipVerify: false, minVersion: undefined, maxVersion: undefined },
  }
  const knowing = await start(() => ({}), { ...WITHOUT_REDIRECTS, tls }, files)
  expect(await knowing.send('traces', 'one')).toEqual({ kind: 'sent' })
  const unknowing = await start(() => ({}), WITHOUT_REDIRECTS, files)
  const outcome = await unknowing.send('traces', 'one')
  expect(outcome.kind).toBe('later')
  expect('message' in outcome ? outcome.message : '').toMatch(/certificate/)
})
