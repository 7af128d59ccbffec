import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { messageOf } from '../model/problem.ts'
import type { HttpClientConfig } from './http-client.ts'
import type { TlsConfig } from './tls.ts'

export type RequestHeaders = Readonly<Record<string, string | string[]>>

/** What `tls.connect` is told. Certificates and keys are PEM. */
export interface TlsSettings {
  readonly rejectUnauthorized: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly servername?: string
  readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
  readonly maxVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'
}

/** How a job's requests are made. What stands in files is read for each request, so that a rotated secret is taken. */
export interface HttpClientSettings {
  readonly followRedirects: boolean
  /** Credentials and the job's own headers. Rejects when one of their files cannot be read. */
  readonly headers: () => Promise<RequestHeaders>
  /** Undefined where the job has no `tls_config`. Rejects when a file cannot be read or used. */
  readonly tls: () => Promise<TlsSettings | undefined>
}

const TLS_VERSION = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
} as const

/**
 * What a job's `basic_auth`, `authorization`, `http_headers` and `tls_config` mean for its client. Rejects when a certificate or
 * key is of no use: Prometheus refuses such a configuration.
 */
export async function readClientSettings(config: HttpClientConfig): Promise<HttpClientSettings> {
  const { tls } = config
  if (tls !== undefined) checkTls(await readTlsSettings(tls))
  return {
    followRedirects: config.followRedirects,
    headers: async () => ({ ...(await customHeaders(config)), ...(await credentials(config)) }),
    tls: async () => (tls === undefined ? undefined : readTlsSettings(tls)),
  }
}

async function credentials(config: HttpClientConfig): Promise<RequestHeaders> {
  const { basicAuth, authorization } = config
  if (basicAuth !== undefined) {
    const username =
      (await readSecret('username', basicAuth.usernameFile)) ?? basicAuth.username ?? ''
    const password =
      (await readSecret('password', basicAuth.passwordFile)) ?? basicAuth.password?.reveal() ?? ''
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
  }
  if (authorization !== undefined) {
    const fromFile = await readSecret('authorization credentials', authorization.credentialsFile)
    return {
      authorization: `${authorization.type} ${fromFile ?? authorization.credentials?.reveal() ?? ''}`,
    }
  }
  return {}
}

async function customHeaders(config: HttpClientConfig): Promise<RequestHeaders> {
  const out: [string, string[]][] = []
  for (const header of config.headers) {
    const values = [...header.values, ...header.secrets.map((secret) => secret.reveal())]
    for (const file of header.files) values.push((await readSecret('headers', file)) ?? '')
    out.push([header.name.toLowerCase(), values])
  }
  return Object.fromEntries(out)
}

/** What `tls.connect` is told, from a `tls_config`. Rejects when a file of it cannot be read. */
export async function readTlsSettings(tls: TlsConfig): Promise<TlsSettings> {
  const ca = await readPem('CA cert', tls.caFile, tls.ca)
  const cert = await readPem('client cert', tls.certFile, tls.cert)
  const key = await readPem('client key', tls.keyFile, tls.key?.reveal())
  return {
    rejectUnauthorized: !tls.insecureSkipVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.minVersion === undefined ? {} : { minVersion: TLS_VERSION[tls.minVersion] }),
    ...(tls.maxVersion === undefined ? {} : { maxVersion: TLS_VERSION[tls.maxVersion] }),
  }
}

function checkTls(settings: TlsSettings): void {
  const { ca, cert, key } = settings
  try {
    // Node takes anything for a CA and only then trusts nobody.
    if (ca !== undefined) void new X509Certificate(ca)
  } catch (thrown) {
    throw new Error(`unable to use specified CA cert: ${messageOf(thrown)}`, { cause: thrown })
  }
  if (cert === undefined || key === undefined) return
  try {
    createSecureContext({ cert, key })
  } catch (thrown) {
    throw new Error(`unable to use specified client cert and key: ${messageOf(thrown)}`, {
      cause: thrown,
    })
  }
}

async function readPem(
  what: string,
  file: string | undefined,
  inline: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return inline
  return read(`unable to read ${what} ${file}`, file)
}

async function readSecret(what: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  return (await read(`unable to read ${what} file ${file}`, file)).trim()
}

async function read(fault: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    throw new Error(`${fault}: ${messageOf(thrown)}`, { cause: thrown })
  }
}
