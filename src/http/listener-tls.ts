import { readFileSync, statSync } from 'node:fs'
import type http from 'node:http'
import https from 'node:https'
import tls from 'node:tls'
import { messageOf, Problem } from '../model/problem.ts'
import type { Log } from '../self/log.ts'

/** How a listener encrypts. Paths are absolute; the files are PEM. */
export interface TlsSettings {
  readonly certFile: string
  readonly keyFile: string
  /** Clients must show a certificate that one of these signed. */
  readonly clientCaFile?: string
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** How often the files are looked at. */
const WATCH_INTERVAL_MS = 10_000

interface Certificates {
  readonly cert: Buffer
  readonly key: Buffer
  readonly ca?: Buffer
}

/** A server over TLS whose certificates are exchanged when their files change; running connections go on. */
export class TlsServers {
  readonly #settings: TlsSettings
  readonly #log: Log
  readonly #servers = new Set<tls.Server>()
  readonly #timer: NodeJS.Timeout
  #stamp: string

  /** Throws a `Problem` that names the file that cannot be read or does not hold what it should. */
  constructor(settings: TlsSettings, log: Log, intervalMs = WATCH_INTERVAL_MS) {
    this.#settings = settings
    this.#log = log
    checkCertificates(settings)
    this.#stamp = stampOf(settings)
    this.#timer = setInterval(() => this.reload(), intervalMs)
    this.#timer.unref()
  }

  create(options: https.ServerOptions, handler: http.RequestListener): https.Server {
    return this.#keep(https.createServer({ ...options, ...this.#tlsOptions() }, handler))
  }

  /** For protocols other than HTTP: `onSocket` gets each connection once it is encrypted. */
  createPlain(options: tls.TlsOptions, onSocket: (socket: tls.TLSSocket) => void): tls.Server {
    return this.#keep(tls.createServer({ ...options, ...this.#tlsOptions() }, onSocket))
  }

  #tlsOptions(): tls.TlsOptions {
    const { minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3', clientCaFile } = this.#settings
    return {
      ...readCertificates(this.#settings),
      minVersion,
      maxVersion,
      requestCert: clientCaFile !== undefined,
      rejectUnauthorized: clientCaFile !== undefined,
    }
  }

  #keep<Server extends tls.Server>(server: Server): Server {
    this.#servers.add(server)
    server.once('close', () => this.#servers.delete(server))
    return server
  }

  /** Takes the files as they are now. When they do not fit together, the certificates in use stay. */
  reload(): void {
    const stamp = stampOf(this.#settings)
    if (stamp === this.#stamp) return
    this.#stamp = stamp
    try {
      const certificates = checkCertificates(this.#settings)
      const { minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3' } = this.#settings
      for (const server of this.#servers) {
        server.setSecureContext({ ...certificates, minVersion, maxVersion })
      }
      this.#log.info('certificates loaded', { cert_file: this.#settings.certFile })
    } catch (thrown) {
      this.#log.error('new certificates cannot be used; the old ones stay', {
        reason: messageOf(thrown),
      })
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Says which file is wrong: what OpenSSL says names none. */
function checkCertificates(settings: TlsSettings): Certificates {
  const certificates = readCertificates(settings)
  const { cert, key, ca } = certificates
  const check = (file: string, context: https.ServerOptions): void => {
    try {
      https.createServer(context)
    } catch (cause) {
      throw new Problem('bad_data', `${file}: ${messageOf(cause)}`, { cause })
    }
  }
  check(`${settings.certFile} (a certificate in PEM is needed)`, { cert })
  check(`${settings.keyFile} (a private key in PEM is needed)`, { key })
  check(`${settings.keyFile} (the key of ${settings.certFile} is needed)`, { cert, key })
  if (ca !== undefined) check(settings.clientCaFile ?? '', { ca })
  return certificates
}

function readCertificates({ certFile, keyFile, clientCaFile }: TlsSettings): Certificates {
  return {
    cert: readPem(certFile),
    key: readPem(keyFile),
    ...(clientCaFile === undefined ? {} : { ca: readPem(clientCaFile) }),
  }
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new Problem('unavailable', `${file}: ${messageOf(cause)}`, { cause })
  }
}

/** Changes when one of the files is replaced or written. */
function stampOf({ certFile, keyFile, clientCaFile }: TlsSettings): string {
  return [certFile, keyFile, clientCaFile ?? '']
    .map((file) => {
      const stat = file === '' ? undefined : statSync(file, { throwIfNoEntry: false })
      return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`
    })
    .join('\n')
}
