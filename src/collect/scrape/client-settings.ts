import { readFile } from 'node:fs/promises'
import type { HttpClientConfig } from '../config/http-client.ts'
import type { TlsConfig } from '../config/tls.ts'
import type { HttpClientSettings } from './fetch-page.ts'

const TLS_VERSION = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const

/**
 * What a job's `basic_auth`, `authorization`, `http_headers` and `tls_config` mean for its client. Files with credentials are read
 * for each scrape, so that a rotated secret is taken; certificates when the client is made.
 */
export async function readClientSettings(config: HttpClientConfig): Promise<HttpClientSettings> {
  return {
    followRedirects: config.followRedirects,
    headers: async () => ({ ...(await customHeaders(config)), ...(await credentials(config)) }),
    ...(config.tls === undefined ? {} : { tls: await readTlsSettings(config.tls) }),
  }
}

async function credentials(config: HttpClientConfig): Promise<Record<string, string>> {
  const { basicAuth, authorization } = config
  if (basicAuth !== undefined) {
    const username = basicAuth.usernameFile === undefined ? (basicAuth.username ?? '') : await readSecretFile(basicAuth.usernameFile)
    const password =
      basicAuth.passwordFile === undefined ? (basicAuth.password?.reveal() ?? '') : await readSecretFile(basicAuth.passwordFile)
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
  }
  if (authorization !== undefined) {
    const secret =
      authorization.credentialsFile === undefined
        ? (authorization.credentials?.reveal() ?? '')
        : await readSecretFile(authorization.credentialsFile)
    return { authorization: `${authorization.type} ${secret}` }
  }
  return {}
}

async function customHeaders(config: HttpClientConfig): Promise<Record<string, string>> {
  const out: Record<string, string> = {}
  for (const header of config.headers) {
    const fromFiles = await Promise.all(header.files.map(readSecretFile))
    out[header.name] = [...header.values, ...header.secrets.map((secret) => secret.reveal()), ...fromFiles].join(', ')
  }
  return out
}

async function readTlsSettings(tls: TlsConfig): Promise<NonNullable<HttpClientSettings['tls']>> {
  const ca = tls.caFile === undefined ? tls.ca : await readFile(tls.caFile)
  const cert = tls.certFile === undefined ? tls.cert : await readFile(tls.certFile)
  const key = tls.keyFile === undefined ? tls.key?.reveal() : await readFile(tls.keyFile)
  return {
    insecureSkipVerify: tls.insecureSkipVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.minVersion === undefined ? {} : { minVersion: TLS_VERSION[tls.minVersion] }),
    ...(tls.maxVersion === undefined ? {} : { maxVersion: TLS_VERSION[tls.maxVersion] }),
  }
}

async function readSecretFile(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim()
}
