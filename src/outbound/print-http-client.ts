import type { Secret } from '../yaml/secret.ts'
import type { HttpClientConfig } from './http-client.ts'
import { pick } from '../yaml/plain.ts'
import type { PlainRecord, PlainValue } from '../yaml/section.ts'
import type { OAuth2Config } from './oauth2.ts'
import type { ProxyConfig } from './proxy-config.ts'
import type { TlsConfig } from './tls.ts'

/** The keys of an HTTP client in the order of Prometheus's structure. */
export function printHttp(http: HttpClientConfig): PlainRecord {
  const { basicAuth, authorization, proxy } = http
  const headers = http.headers.map((header): [string, PlainValue] => [
    header.name,
    pick({ values: header.values, secrets: header.secrets, files: header.files }),
  ])
  return {
    ...pick({
      basic_auth:
        basicAuth &&
        pick({
          username: basicAuth.username,
          username_file: basicAuth.usernameFile,
          password: basicAuth.password,
          password_file: basicAuth.passwordFile,
        }),
      authorization:
        authorization &&
        pick({
          type: authorization.type,
          credentials: authorization.credentials,
          credentials_file: authorization.credentialsFile,
        }),
      oauth2: http.oauth2 && printOAuth2(http.oauth2),
      tls_config: http.tls && printTls(http.tls),
    }),
    follow_redirects: http.followRedirects,
    enable_http2: http.enableHttp2,
    ...pick({
      ...printProxy(proxy),
      http_headers: Object.fromEntries(headers),
    }),
  }
}

function printProxy({ url, noProxy, fromEnvironment, connectHeaders }: ProxyConfig): PlainRecord {
  const headers = connectHeaders.map(({ name, values }): [string, PlainValue] => [name, values])
  return pick({
    proxy_url: url && redactUrl(url),
    no_proxy: noProxy,
    proxy_from_environment: fromEnvironment ? true : undefined,
    proxy_connect_header: Object.fromEntries(headers),
  })
}

function printOAuth2({ printed, tls, proxy }: OAuth2Config): PlainRecord {
  return { ...printed, ...pick({ tls_config: tls && printTls(tls) }), ...printProxy(proxy) }
}

/** A `tls_config` as it is printed again. */
export function printTls(tls: TlsConfig): PlainRecord {
  return {
    ...pick({
      ca: tls.ca,
      cert: tls.cert,
      key: tls.key,
      ca_file: tls.caFile,
      cert_file: tls.certFile,
      key_file: tls.keyFile,
      server_name: tls.serverName,
    }),
    insecure_skip_verify: tls.insecureSkipVerify,
    ...pick({ min_version: tls.minVersion, max_version: tls.maxVersion }),
  }
}

/** As Go's URL.Redacted: only the password is hidden. */
export function redactUrl(secret: Secret): string {
  const url = new URL(secret.reveal())
  if (url.password !== '') url.password = 'xxxxx'
  return url.href
}
