import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import grpc from '@grpc/grpc-js'
import { afterEach, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { silentLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import { LateSpans } from '../../store/late-spans.ts'
import type { SpanRows } from '../../store/spans-source.ts'
import type { TlsSettings } from '../listener-tls.ts'
import { createTempoListener } from '../tempo.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Traces of one span, named by the store in two portions. */
class TwoPortions extends LateSpans {
  override async *findTraces(): AsyncIterable<readonly string[]> {
    yield ['a1', 'a2']
    yield ['a3']
  }

  override readTraces(ids: readonly string[]): Promise<SpanRows> {
    const empty = ids.map(() => '')
    return Promise.resolve({
      ...{ length: ids.length, traceIds: ids, spanIds: ids, parentIds: empty, names: ids },
      startsNs: new BigInt64Array(ids.length),
      durationsNs: new BigInt64Array(ids.length),
      ...{ kinds: new Uint32Array(ids.length), statuses: new Uint32Array(ids.length) },
      ...{ messages: empty, states: empty, scopes: empty, events: empty, links: empty },
      attributes: { offsets: new Uint32Array(ids.length + 1), keys: [], values: [] },
      resources: ids.map(() => Labels.EMPTY),
    })
  }
}

async function open(tls?: TlsSettings): Promise<string> {
  const doors = {
    ...{ source: new TwoPortions(), readiness: { ready: () => ({ ok: true }) } },
    ...{ selfMetrics: () => '', limits: () => ({}), nowMs: Date.now },
    ...{ registry: createRegistry(), log: silentLog() },
  }
  const address = { host: '127.0.0.1', port: 0, ...(tls && { tls }) }
  const listener = createTempoListener(doors, { address, access: {} })
  ends.push(() => listener.close())
  return `127.0.0.1:${await listener.listen()}`
}

/** The messages of a search, as far as they can be read. */
function search(address: string, credentials: grpc.ChannelCredentials): Promise<string[]> {
  const client = new grpc.Client(address, credentials)
  ends.push(() => client.close())
  const asIs = (bytes: Buffer): Buffer => bytes
  const request = Buffer.concat([Buffer.from([8 * 8 + 2, 2]), Buffer.from('{}')])
  const call = client.makeServerStreamRequest(
    '/tempopb.StreamingQuerier/Search',
    asIs,
    asIs,
    request,
  )
  const messages: string[] = []
  call.on('data', (bytes: Buffer) => messages.push(bytes.toString('latin1')))
  return new Promise((resolve, reject) => {
    call.on('error', reject)
    call.on('end', () => resolve(messages.map((text) => text.match(/a[0-9]/g)?.join() ?? '')))
  })
}

/** Each trace has its id, and its name as that of the root, of the span and of the span of the first set. */
const FOUND = [/^a1.*a2/, /^a3/, /^$/]

it('a search tells what it finds as it finds it, then what it cost', async () => {
  const messages = await search(await open(), grpc.credentials.createInsecure())
  expect(messages).toHaveLength(3)
  for (const [i, text] of messages.entries()) expect(text).toMatch(FOUND[i] ?? /x/)
})

const hasOpenssl = findOpenssl()

it.runIf(hasOpenssl)('speaks gRPC and HTTP on one port with TLS, too', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vedette-tempo-'))
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  const tls = { certFile: path.join(folder, 'a.crt'), keyFile: path.join(folder, 'a.key') }
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=a', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', tls.keyFile, '-out', tls.certFile],
    ],
    { stdio: 'pipe' },
  )
  const address = await open(tls)
  const ca = readFileSync(tls.certFile)
  expect(await search(address, grpc.credentials.createSsl(ca))).toHaveLength(3)
  const status = await new Promise((resolve, reject) => {
    // Clients that know both are answered over HTTP/1.
    const request = https.get(
      { ...{ host: '127.0.0.1', port: Number(address.split(':')[1]), path: '/api/echo', ca } },
      (answer) => resolve(answer.resume().statusCode),
    )
    request.on('error', reject)
  })
  expect(status).toBe(200)
})

function findOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' })
    return true
  } catch {
    console.log('notice: there is no openssl, so the streaming API over TLS is not tested')
    return false
  }
}
