import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readClientSettings } from '../../outbound/client-settings.ts'
import { BodyRoom } from './body-room.ts'
import { ScrapeClient } from './fetch-page.ts'
import { readJobs } from './test-scrape.ts'
import {
  createAuthority,
  createCertificate,
  hasOpenssl,
  serve,
  type Certificate,
  type TestServer,
} from './test-server.ts'

let folder = ''
const open: { close(): Promise<void> }[] = []

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'client-settings-'))
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function write(name: string, text: string): void {
  writeFileSync(path.join(folder, name), text)
}

/** The client of a job with these keys; paths start from the folder. */
async function client(keys: string): Promise<ScrapeClient> {
  const [job] = readJobs(`{scrape_configs: [{job_name: j, ${keys}}]}`, folder)
  if (job === undefined) throw new Error('no job')
  const made = new ScrapeClient(await readClientSettings(job.http), new BodyRoom(1e8))
  open.push(made)
  return made
}

async function fetch(using: ScrapeClient, url: string): Promise<string> {
  const page = await using.fetch(url, {
    accept: '*/*',
    compressed: true,
    timeoutMs: 10_000,
    bodySizeLimit: 0,
    signal: AbortSignal.timeout(10_000),
  })
  return new TextDecoder().decode(page.bytes)
}

/** A server that answers with one header of the request, or several, as they came. */
async function echo(...names: string[]): Promise<TestServer> {
  const server = await serve(({ rawHeaders }, response) => {
    const seen = rawHeaders.flatMap((name, i) =>
      i % 2 === 0 && names.includes(name.toLowerCase())
        ? [`${name.toLowerCase()}: ${rawHeaders[i + 1]}`]
        : [],
    )
    response.end(seen.join('\n'))
  })
  open.push(server)
  return server
}

const basic = (text: string): string =>
  `authorization: Basic ${Buffer.from(text).toString('base64')}`

describe('credentials', () => {
  it('are sent as basic_auth', async () => {
    const { url } = await echo('authorization')
    const using = await client('basic_auth: {username: u, password: "p:ä"}')
    expect(await fetch(using, url)).toBe(basic('u:p:ä'))
  })

  it('are sent as a token, of a type of its own where it is said', async () => {
    const { url } = await echo('authorization')
    expect(await fetch(await client('authorization: {credentials: t}'), url)).toBe(
      'authorization: Bearer t',
    )
    expect(await fetch(await client('bearer_token: t'), url)).toBe('authorization: Bearer t')
    const token = await client('authorization: {type: Token, credentials: t}')
    expect(await fetch(token, url)).toBe('authorization: Token t')
  })

  it('in files are read for each scrape', async () => {
    const { url } = await echo('authorization')
    write('user', 'u1\n')
    write('password', ' p1\n')
    write('token', 't1\n')
    const password = await client('basic_auth: {username_file: user, password_file: password}')
    const token = await client('authorization: {credentials_file: token}')
    expect(await fetch(password, url)).toBe(basic('u1:p1'))
    expect(await fetch(token, url)).toBe('authorization: Bearer t1')
    write('user', 'u2')
    write('password', 'p2')
    write('token', 't2')
    expect(await fetch(password, url)).toBe(basic('u2:p2'))
    expect(await fetch(token, url)).toBe('authorization: Bearer t2')
  })

  it('in a file that is missing fail the scrape, and come when the file does', async () => {
    const { url } = await echo('authorization')
    const using = await client('authorization: {credentials_file: later}')
    await expect(fetch(using, url)).rejects.toThrow(
      /^Get ".*": unable to read authorization credentials file .*later: ENOENT/,
    )
    write('later', 't')
    expect(await fetch(using, url)).toBe('authorization: Bearer t')
  })
})

describe('http_headers', () => {
  it('are sent, each value by itself', async () => {
    write('header', 'from-file\n')
    const { url } = await echo('x-a', 'x-b')
    const using = await client(
      'http_headers: {X-A: {values: [v1, v2], secrets: [s], files: [header]}, X-B: {values: [b]}}',
    )
    expect(await fetch(using, url)).toBe('x-a: v1\nx-a: v2\nx-a: s\nx-a: from-file\nx-b: b')
    write('header', 'rotated')
    expect(await fetch(using, url)).toContain('x-a: rotated')
  })
})

describe.skipIf(!hasOpenssl())('TLS', () => {
  let authority: Certificate
  let local: Certificate
  let named: Certificate

  beforeAll(() => {
    authority = createAuthority(folder, 'authority')
    local = createCertificate(folder, 'local', authority, 'IP:127.0.0.1')
    named = createCertificate(folder, 'named', authority, 'DNS:db.example.com,DNS:db')
  })

  const pem = ({ cert, key }: Certificate): { cert: string; key: string } => ({
    cert: readFileSync(cert, 'utf8'),
    key: readFileSync(key, 'utf8'),
  })

  async function secure(
    certificate: Certificate,
    options: { ca?: string; requestCert?: boolean; maxVersion?: 'TLSv1.2' } = {},
  ): Promise<TestServer> {
    const server = await serve((_, response) => response.end('a 1\n'), {
      ...pem(certificate),
      ...options,
    })
    open.push(server)
    return server
  }

  it('trusts the authority of the job, as a file or inline', async () => {
    const { url } = await secure(local)
    expect(await fetch(await client('tls_config: {ca_file: authority.pem}'), url)).toBe('a 1\n')
    const inline = JSON.stringify(readFileSync(authority.cert, 'utf8'))
    expect(await fetch(await client(`tls_config: {ca: ${inline}}`), url)).toBe('a 1\n')
  })

  it('trusts nobody else', async () => {
    const { url } = await secure(local)
    await expect(fetch(await client('honor_labels: false'), url)).rejects.toThrow(
      new Error(
        `Get "${url}": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
      ),
    )
    createAuthority(folder, 'other')
    await expect(fetch(await client('tls_config: {ca_file: other.pem}'), url)).rejects.toThrow(
      'unknown authority',
    )
    expect(await fetch(await client('tls_config: {insecure_skip_verify: true}'), url)).toBe('a 1\n')
  })

  it('wants the name of the target, or server_name', async () => {
    const { url } = await secure(named)
    await expect(fetch(await client('tls_config: {ca_file: authority.pem}'), url)).rejects.toThrow(
      "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
    )
    const right = await client('tls_config: {ca_file: authority.pem, server_name: db.example.com}')
    expect(await fetch(right, url)).toBe('a 1\n')
    const wrong = await client('tls_config: {ca_file: authority.pem, server_name: web}')
    await expect(fetch(wrong, url)).rejects.toThrow(
      'x509: certificate is valid for db.example.com, db, not web',
    )
  })

  it('shows a certificate of its own', async () => {
    createCertificate(folder, 'scraper', authority, 'DNS:scraper')
    const { url } = await secure(local, {
      ca: readFileSync(authority.cert, 'utf8'),
      requestCert: true,
    })
    const known = await client(
      'tls_config: {ca_file: authority.pem, cert_file: scraper.pem, key_file: scraper.key}',
    )
    expect(await fetch(known, url)).toBe('a 1\n')
    await expect(fetch(await client('tls_config: {ca_file: authority.pem}'), url)).rejects.toThrow(
      /certificate required|connection reset by peer|EOF/,
    )
  })

  it('holds to the versions of the job', async () => {
    const { url } = await secure(local, { maxVersion: 'TLSv1.2' })
    const using = await client('tls_config: {ca_file: authority.pem, min_version: TLS13}')
    await expect(fetch(using, url)).rejects.toThrow(
      'remote error: tls: protocol version not supported',
    )
    const older = await client(
      'tls_config: {ca_file: authority.pem, min_version: TLS12, max_version: TLS12}',
    )
    expect(await fetch(older, url)).toBe('a 1\n')
  })

  it('takes a rotated authority', async () => {
    const { url } = await secure(local)
    write('rotating.pem', readFileSync(createAuthority(folder, 'old').cert, 'utf8'))
    const using = await client('tls_config: {ca_file: rotating.pem}')
    await expect(fetch(using, url)).rejects.toThrow('unknown authority')
    write('rotating.pem', readFileSync(authority.cert, 'utf8'))
    expect(await fetch(using, url)).toBe('a 1\n')
  })

  it('refuses files of no use when the job is set up', async () => {
    write('garbage', 'garbage')
    await expect(client('tls_config: {ca_file: garbage}')).rejects.toThrow(
      'unable to use specified CA cert',
    )
    await expect(client('tls_config: {ca_file: missing.pem}')).rejects.toThrow(
      'unable to read CA cert',
    )
    await expect(client('tls_config: {cert_file: garbage, key_file: local.key}')).rejects.toThrow(
      'unable to use specified client cert and key',
    )
    await expect(client('tls_config: {cert_file: local.pem, key_file: named.key}')).rejects.toThrow(
      'unable to use specified client cert and key',
    )
  })
})
