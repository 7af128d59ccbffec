import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../self/log.ts'
import { createListener, type Listener } from './listener.ts'
import { TlsServers, type TlsSettings } from './listener-tls.ts'

const hasOpenssl = findOpenssl()
let folder = ''
let lines: string[] = []
const ends: (() => unknown)[] = []

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-tls-'))
  lines = []
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
    console.log('notice: there is no openssl, so the tests of TLS are skipped')
    return false
  }
}

const at = (name: string): string => path.join(folder, name)

/** A certificate that signed itself, and its key; the name tells it from others. */
function makeCertificate(file: string, name: string): void {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', at(`${file}.key`), '-out', at(`${file}.crt`)],
    ],
    { stdio: 'pipe' },
  )
}

const log = createLog({ write: (line) => lines.push(line) })
const settingsOf = (file: string): TlsSettings => ({
  certFile: at(`${file}.crt`),
  keyFile: at(`${file}.key`),
})

async function open(tls: TlsSettings): Promise<{ listener: Listener; port: number }> {
  const listener = createListener(
    {
      address: { host: '127.0.0.1', port: 0, listener: 'prometheus', tls },
      access: {},
      log,
      meter: () => () => undefined,
    },
    [
      {
        methods: ['GET'],
        path: '/x',
        permission: 'read',
        handle: ({ visit }) => ({ contentType: 'text/plain', body: String(visit.isSecure) }),
      },
    ],
  )
  ends.push(() => listener.close())
  return { listener, port: await listener.listen() }
}

/** The text of the answer, or the code of why there is none. */
function get(port: number, options: object = {}): Promise<string> {
  return new Promise((resolve) => {
    const call = request(
      { host: '127.0.0.1', port, path: '/x', agent: false, rejectUnauthorized: false, ...options },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => (text += chunk))
        answer.on('end', () => resolve(text))
        answer.on('error', () => resolve('ended'))
      },
    )
    call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    call.end()
  })
}

/** The name in the certificate that a port shows. */
function nameOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { port, host: '127.0.0.1', rejectUnauthorized: false },
      () => {
        resolve(String(socket.getPeerCertificate().subject.CN))
        socket.destroy()
      },
    )
    socket.on('error', reject)
  })
}

describe.skipIf(!hasOpenssl)('a listener over TLS', () => {
  it('answers over TLS alone, and knows that it is secure', async () => {
    makeCertificate('a', 'first')
    const { port } = await open(settingsOf('a'))
    expect(await get(port, { ca: readFileSync(at('a.crt')), rejectUnauthorized: true })).toBe(
      'true',
    )
    await expect(fetch(`http://127.0.0.1:${port}/x`)).rejects.toThrow('fetch failed')
  })

  it('speaks no version below the one that is set', async () => {
    makeCertificate('a', 'first')
    const old = await open(settingsOf('a'))
    expect(await get(old.port, { maxVersion: 'TLSv1.2' })).toBe('true')
    const strict = await open({ ...settingsOf('a'), minVersion: 'TLSv1.3' })
    expect(await get(strict.port, { maxVersion: 'TLSv1.2' })).toBe('EPROTO')
    expect(await get(strict.port)).toBe('true')
  })

  it('demands certificates of clients where a CA is set', async () => {
    for (const name of ['server', 'client', 'stranger']) makeCertificate(name, name)
    const { port } = await open({ ...settingsOf('server'), clientCaFile: at('client.crt') })
    const as = (name: string) => ({
      cert: readFileSync(at(`${name}.crt`)),
      key: readFileSync(at(`${name}.key`)),
    })
    expect(await get(port, as('client'))).toBe('true')
    expect(await get(port)).not.toBe('true')
    expect(await get(port, as('stranger'))).not.toBe('true')
  })
})

describe.skipIf(!hasOpenssl)('certificates', () => {
  function serve(settings: TlsSettings) {
    const servers = new TlsServers(settings, log, 3_600_000)
    const server = servers.create({}, (_request, response) => response.end('served'))
    ends.push(
      () => servers.stop(),
      () => server.close(),
    )
    return new Promise<{ servers: TlsServers; port: number }>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve({ servers, port: typeof address === 'object' ? (address?.port ?? 0) : 0 })
      })
    })
  }

  function replace(by: string): void {
    for (const end of ['crt', 'key']) renameSync(at(`${by}.${end}`), at(`a.${end}`))
  }

  it('are exchanged when their files change, and not when they do not fit', async () => {
    makeCertificate('a', 'first')
    const { servers, port } = await serve(settingsOf('a'))
    expect(await nameOf(port)).toBe('first')
    servers.reload()
    expect(lines).toEqual([])
    makeCertificate('b', 'second')
    replace('b')
    servers.reload()
    expect(await nameOf(port)).toBe('second')
    expect(lines.join('')).toContain('certificates loaded')
    makeCertificate('c', 'third')
    renameSync(at('c.crt'), at('a.crt'))
    servers.reload()
    expect(await nameOf(port)).toBe('second')
    expect(lines.join('')).toMatch(/a\.key \(the key of .*a\.crt is needed\)/)
    renameSync(at('c.key'), at('a.key'))
    servers.reload()
    expect(await nameOf(port)).toBe('third')
  })

  it('that cannot be used are named', () => {
    makeCertificate('a', 'first')
    const make = (settings: TlsSettings) => () => new TlsServers(settings, log)
    expect(make(settingsOf('none'))).toThrow(/none\.crt: ENOENT/)
    writeFileSync(at('text.crt'), 'no certificate')
    expect(make({ ...settingsOf('a'), certFile: at('text.crt') })).toThrow(
      /text\.crt \(a certificate in PEM is needed\)/,
    )
    expect(make({ ...settingsOf('a'), keyFile: at('text.crt') })).toThrow(
      /text\.crt \(a private key in PEM is needed\)/,
    )
  })
})
