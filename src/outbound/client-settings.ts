import type { HttpClientConfig } from './http-client.ts'
import { OAuth2Tokens } from './oauth2-token.ts'
import { readSecretFile } from './read-secret-file.ts'
import { checkTls, readTlsSettings, type TlsSettings } from './tls-settings.ts'

export type RequestHeaders = Readonly<Record<string, string | string[]>>

/** How a job's requests are made. What stands in files is read for each request, so that a rotated secret is taken. */
export interface HttpClientSettings {
  readonly followRedirects: boolean
  /** Credentials and the job's own headers. Rejects when one of their files cannot be read, or there is no token to be had. */
  readonly headers: () => Promise<RequestHeaders>
  /** The credentials were refused. Set where others may be had: the next `headers` fetches a new token. */
  readonly renew?: () => void
  /** Undefined where the job has no `tls_config`. Rejects when a file cannot be read or used. */
  readonly tls: () => Promise<TlsSettings | undefined>
}

/**
 * What a job's `basic_auth`, `authorization`, `http_headers` and `tls_config` mean for its client. Rejects when a certificate or
 * key is of no use: Prometheus refuses such a configuration.
 */
export async function readClientSettings(config: HttpClientConfig): Promise<HttpClientSettings> {
  const { tls } = config
  if (tls !== undefined) checkTls(await readTlsSettings(tls))
  const tokens = config.oauth2 && new OAuth2Tokens(config.oauth2)
  return {
    followRedirects: config.followRedirects,
    headers: async () => ({
      ...(await customHeaders(config)),
      ...(tokens === undefined
        ? await credentials(config)
        : { authorization: await tokens.header() }),
    }),
    ...(tokens === undefined ? {} : { renew: () => tokens.forget() }),
    tls: async () => (tls === undefined ? undefined : readTlsSettings(tls)),
  }
}

async function credentials(config: HttpClientConfig): Promise<RequestHeaders> {
  const { basicAuth, authorization } = config
  if (basicAuth !== undefined) {
    const username =
      (await readSecretFile('username', basicAuth.usernameFile)) ?? basicAuth.username ?? ''
    const password =
      (await readSecretFile('password', basicAuth.passwordFile)) ??
      basicAuth.password?.reveal() ??
      ''
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
  }
  if (authorization !== undefined) {
    const fromFile = await readSecretFile(
      'authorization credentials',
      authorization.credentialsFile,
    )
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
    for (const file of header.files) values.push((await readSecretFile('headers', file)) ?? '')
    out.push([header.name.toLowerCase(), values])
  }
  return Object.fromEntries(out)
}
