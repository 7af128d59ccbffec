import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import grpc from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import type { TlsSettings } from '../listener-tls.ts'
import type { OpenDoor } from '../listener.ts'
import type { ExportReceiver } from './export-outcome.ts'
import { createOtlpGrpcListener } from './grpc.ts'

const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'

const hasOpenssl = findOpenssl()
let folder = ''
const ends: (() => unknown)[] = []

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-grpc-'))
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  rmSync(folder, { recursive: true, force: true })
})

function findOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' })
    return true
  } catch {
    console.log('notice: there is no openssl, so gRPC over TLS is not tested')
    return false
  }
}

function makeCertificate(): TlsSettings {
  const settings = { certFile: path.join(folder, 'a.crt'), keyFile: path.join(folder, 'a.key') }
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=a', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', settings.keyFile, '-out', settings.certFile],
    ],
    { stdio: 'pipe' },
  )
  return settings
}

async function open(receive: ExportReceiver, tls?: TlsSettings): Promise<[OpenDoor, string]> {
  const signals = { logs: receive, spans: receive, metrics: receive }
  const doors = { ...signals, registry: createRegistry(), log: silentLog() }
  const address = { host: '127.0.0.1', port: 0, ...(tls === undefined ? {} : { tls }) }
  const door = createOtlpGrpcListener(doors, { address, access: {} })
  ends.push(() => door.close())
  return [door, `127.0.0.1:${await door.listen()}`]
}

function connect(address: string, credentials: grpc.ChannelCredentials): grpc.Client {
  const client = new grpc.Client(address, credentials)
  ends.push(() => client.close())
  return client
}

/** The code of an empty export. */
function send(client: grpc.Client): Promise<number> {
  const asIs = (bytes: Buffer): Buffer => bytes
  const deadline = { deadline: Date.now() + 15_000 }
  return new Promise((resolve) => {
    const empty = Buffer.alloc(0)
    client.makeUnaryRequest(LOGS, asIs, asIs, empty, new grpc.Metadata(), deadline, (error) =>
      resolve(error?.code ?? 0),
    )
  })
}

const taken: ExportReceiver = () => Promise.resolve({ kind: 'taken' })

describe.runIf(hasOpenssl)('over TLS', () => {
  it('exports are taken, and nothing in the clear', async () => {
    const tls = makeCertificate()
    const [, address] = await open(taken, tls)
    const trusted = grpc.credentials.createSsl(readFileSync(tls.certFile))
    expect(await send(connect(address, trusted))).toBe(0)
    expect(await send(connect(address, grpc.credentials.createInsecure()))).toBe(14)
  })
})

describe('the end', () => {
  it('comes at once while connections are idle', async () => {
    const [door, address] = await open(taken)
    const client = connect(address, grpc.credentials.createInsecure())
    expect(await send(client)).toBe(0)
    await door.drain(60_000)
    await door.close()
    expect(await send(client)).toBe(14)
  })

  it('waits for exports that are under way, and answers them', async () => {
    let store = (): void => undefined
    let isAsked = (): void => undefined
    const asked = new Promise<void>((resolve) => (isAsked = resolve))
    const [door, address] = await open(async () => {
      isAsked()
      await new Promise<void>((resolve) => (store = resolve))
      return { kind: 'taken' }
    })
    const code = send(connect(address, grpc.credentials.createInsecure()))
    await asked
    const drained = door.drain(60_000)
    await door.drain(1)
    store()
    expect(await code).toBe(0)
    await drained
  })
})
