import { execFileSync } from 'node:child_process'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import path from 'node:path'
import type { AddressInfo } from 'node:net'
import type { SecureContextOptions } from 'node:tls'

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void

export interface TestServer {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** `127.0.0.1:port` */
  readonly address: string
  /** How many connections were made. */
  connections: number
  close(): Promise<void>
}

/** Serves over HTTP, or over HTTPS where there is a certificate. */
export function serve(
  handler: Handler,
  tls?: SecureContextOptions & { requestCert?: boolean; rejectUnauthorized?: boolean },
): Promise<TestServer> {
  const server = tls === undefined ? http.createServer(handler) : https.createServer(tls, handler)
  return listen(server, tls === undefined ? 'http' : 'https')
}

/** Serves raw bytes: `onConnection` writes what it likes once the request has come. */
export function serveRaw(onRequest: (socket: net.Socket) => void): Promise<TestServer> {
  return listen(
    net.createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => onRequest(socket))
    }),
    'http',
  )
}

async function listen(server: net.Server, scheme: string): Promise<TestServer> {
  const sockets = new Set<net.Socket>()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const running: TestServer = {
    url: `${scheme}://127.0.0.1:${port}`,
    address: `127.0.0.1:${port}`,
    connections: 0,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
  server.on('connection', (socket) => {
    running.connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return running
}

/** A port on which nothing listens: one that has just been given back. */
export async function freeAddress(): Promise<string> {
  const server = await serve(() => undefined)
  await server.close()
  return server.address
}

/** True when certificates can be made; says so when they cannot. */
export function hasOpenssl(): boolean {
  try {
    if (/^OpenSSL [3-9]/.test(execFileSync('openssl', ['version'], { encoding: 'utf8' })))
      return true
  } catch {
    // Missing is as good as too old.
  }
  console.log('notice: there is no openssl 3, so the tests with certificates are skipped')
  return false
}

/** Files of a certificate in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Makes a certificate authority in a folder. */
export function createAuthority(folder: string, name: string): Certificate {
  const files = { cert: path.join(folder, `${name}.pem`), key: path.join(folder, `${name}.key`) }
  openssl(
    'req',
    '-x509',
    '-new',
    ...NEW_KEY,
    '-keyout',
    files.key,
    '-out',
    files.cert,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  )
  return files
}

/** Makes a certificate that the authority has signed, valid for the names given (`DNS:…`, `IP:…`). */
export function createCertificate(
  folder: string,
  name: string,
  authority: Certificate,
  names: string,
): Certificate {
  const files = { cert: path.join(folder, `${name}.pem`), key: path.join(folder, `${name}.key`) }
  const by = ['-CA', authority.cert, '-CAkey', authority.key]
  const extension = [
    '-addext',
    `subjectAltName=${names}`,
    '-addext',
    'basicConstraints=critical,CA:FALSE',
  ]
  openssl(
    'req',
    '-x509',
    '-new',
    ...NEW_KEY,
    '-keyout',
    files.key,
    '-out',
    files.cert,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
    ...by,
    ...extension,
  )
  return files
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}
