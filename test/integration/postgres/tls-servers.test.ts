import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresCollector } from '../../../src/collect/postgres/collect.ts'
import { parseDsn } from '../../../src/collect/postgres/parse-dsn.ts'
import { DEFAULT_POSTGRES } from '../../../src/collect/postgres/postgres-settings.ts'
import { encodeText } from '../../../src/formats/prometheus-text/encode.ts'
import {
  createAuthority,
  createCertificate,
  hasOpenssl,
  type Certificate,
} from '../../../src/outbound/testing/certificates.ts'
import { findFreePorts } from '../../e2e/free-ports.ts'
import { Cluster, findPostgres } from './cluster.ts'
import { parsePage } from './compare-pages.ts'

const programs = findPostgres()
const canRun = programs !== undefined && hasOpenssl()
if (programs === undefined) console.log('skipped: PostgreSQL is not installed')

describe.skipIf(!canRun)('connections to PostgreSQL', () => {
  let folder = ''
  let authority: Certificate
  let encrypted: Cluster
  let plain: Cluster
  let ports: readonly number[] = []

  beforeAll(async () => {
    if (programs === undefined) return
    folder = mkdtempSync(join(tmpdir(), 'vedette-pg-tls-'))
    authority = createAuthority(folder, 'authority')
    const own = createCertificate(folder, 'server', authority, 'DNS:localhost')
    ports = await findFreePorts(2)
    const [first = 0, second = 0] = ports
    const listening = (port: number) => [`listen_addresses = '127.0.0.1'`, `port = ${port}`]
    plain = await Cluster.start(programs, listening(second))
    encrypted = await Cluster.start(programs, (data) => {
      // The server reads only keys that are its user's alone.
      const { uid, gid } = statSync(data)
      const place = (from: string, name: string): void => {
        const to = join(data, name)
        copyFileSync(from, to)
        chownSync(to, uid, gid)
        chmodSync(to, 0o600)
      }
      place(own.cert, 'server.crt')
      place(own.key, 'server.key')
      return [...listening(first), 'ssl = on']
    })
  }, 120_000)
  afterAll(async () => {
    await encrypted?.stop()
    await plain?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What `pg_stat_ssl` says of our connection, or why there is none. */
  async function connect(at: string, port: number | undefined): Promise<string> {
    const dsn = `port=${port} user=vedette dbname=postgres ${at.replace('AUTHORITY', authority.cert)}`
    const told: string[] = []
    const query = {
      namespace: 'own',
      sql: 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      shape: { prefix: 'own', columns: new Map(), isOpen: true, keepsNulls: true },
      ...{ isMaster: false, cacheMs: 0, versions: undefined },
    }
    const settings = {
      ...DEFAULT_POSTGRES,
      ...{ hasDefaults: false, hasSettings: false, servers: [parseDsn(dsn).address] },
      queryFiles: [{ path: '', hash: '', queries: [query] }],
    }
    const collector = createPostgresCollector({
      settings: () => settings,
      tell: (_place, reason) => told.push(reason),
    })
    const page = parsePage(encodeText(await collector.collect(new AbortController().signal)))
    await collector.stop()
    const [value] = page.series.get('own_ssl')?.values() ?? []
    return value === undefined ? told.join('; ') : value === 1 ? 'encrypted' : 'plain'
  }

  it.each([
    ['host=127.0.0.1 sslmode=disable', 'plain'],
    ['host=127.0.0.1', 'encrypted'],
    ['host=127.0.0.1 sslmode=require', 'encrypted'],
    ['host=127.0.0.1 sslmode=require sslrootcert=AUTHORITY', 'encrypted'],
    ['host=127.0.0.1 sslmode=verify-ca sslrootcert=AUTHORITY', 'encrypted'],
    ['host=localhost sslmode=verify-full sslrootcert=AUTHORITY', 'encrypted'],
    ['host=127.0.0.1 sslmode=verify-ca', 'unable to verify the first certificate'],
    ['host=127.0.0.1 sslrootcert=/nowhere', 'the certificate cannot be read: ENOENT'],
  ])('%s to a server with TLS: %s', async (at, expected) => {
    expect(await connect(at, ports[0])).toContain(expected)
  })

  it.each([
    ['host=127.0.0.1 sslmode=disable', 'plain'],
    ['host=127.0.0.1', 'plain'],
    ['host=127.0.0.1 sslmode=require', 'The server does not support SSL connections'],
  ])('%s to a server without TLS: %s', async (at, expected) => {
    expect(await connect(at, ports[1])).toContain(expected)
  })
})
