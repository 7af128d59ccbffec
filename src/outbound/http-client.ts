import type { Secret } from '../yaml/secret.ts'
import type { YamlMap } from '../yaml/map.ts'
import type { YamlNode } from '../yaml/node.ts'
import {
  atMostOne,
  readExistingPath,
  unlessEmpty,
  warnUnsupported,
  type ReadContext,
} from '../yaml/context.ts'
import { readTls, type TlsConfig } from './tls.ts'
import { readOAuth2, type OAuth2Config } from './oauth2.ts'
import { NO_PROXY, readProxy, type ProxyConfig } from './proxy-config.ts'

/** Files are absolute and read anew for each request, so that a rotated secret is taken. */
export interface BasicAuthConfig {
  readonly username: string | undefined
  readonly usernameFile: string | undefined
  readonly password: Secret | undefined
  readonly passwordFile: string | undefined
}

export interface AuthorizationConfig {
  /** The scheme in front of the credentials; `Bearer` unless set. */
  readonly type: string
  readonly credentials: Secret | undefined
  readonly credentialsFile: string | undefined
}

export interface HeaderConfig {
  readonly name: string
  readonly values: readonly string[]
  readonly secrets: readonly Secret[]
  readonly files: readonly string[]
}

/** How a target, endpoint or Alertmanager is spoken to (prometheus/common, HTTPClientConfig). */
export interface HttpClientConfig {
  readonly basicAuth: BasicAuthConfig | undefined
  readonly authorization: AuthorizationConfig | undefined
  readonly oauth2: OAuth2Config | undefined
  readonly tls: TlsConfig | undefined
  readonly followRedirects: boolean
  readonly enableHttp2: boolean
  readonly proxy: ProxyConfig
  readonly headers: readonly HeaderConfig[]
}

/** A client that nothing was said about. */
export const PLAIN_HTTP_CLIENT: HttpClientConfig = {
  basicAuth: undefined,
  authorization: undefined,
  oauth2: undefined,
  tls: undefined,
  followRedirects: true,
  enableHttp2: true,
  proxy: NO_PROXY,
  headers: [],
}

/** Headers that belong to the protocol or are set through other keys. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
])

/** Reads the keys of an HTTP client, which stand among the other keys of `map`. */
export function readHttpClient(
  map: YamlMap,
  context: ReadContext,
  options: {
    readonly enableHttp2?: boolean
    /** Whether the requests are made by `OutboundHttp`, which goes through proxies. */
    readonly knowsProxies?: boolean
  } = {},
): HttpClientConfig {
  atMostOne(map, ['basic_auth', 'authorization', 'oauth2', 'bearer_token', 'bearer_token_file'])
  if (options.knowsProxies !== true) warnOfProxy(map, context)
  return {
    basicAuth: readBasicAuth(map.key('basic_auth'), context),
    authorization: readAuthorization(map, context),
    oauth2: readOAuth2(map.key('oauth2'), context),
    tls: readTls(map.key('tls_config'), context),
    followRedirects: map.key('follow_redirects').asBool() ?? true,
    enableHttp2: map.key('enable_http2').asBool() ?? options.enableHttp2 ?? true,
    proxy: readProxy(map),
    headers: readHeaders(map.key('http_headers'), context),
  }
}

function readBasicAuth(node: YamlNode, context: ReadContext): BasicAuthConfig | undefined {
  const map = node.asMap()
  if (!map) return undefined
  atMostOne(map, ['username', 'username_file', 'username_ref'])
  atMostOne(map, ['password', 'password_file', 'password_ref'])
  warnReferences(map, ['username_ref', 'password_ref'], context)
  const config = {
    username: map.key('username').asString(),
    usernameFile: readExistingPath(map.key('username_file'), context),
    password: map.key('password').asSecret(),
    passwordFile: readExistingPath(map.key('password_file'), context),
  }
  map.finish()
  return config
}

function readAuthorization(outer: YamlMap, context: ReadContext): AuthorizationConfig | undefined {
  const token = outer.key('bearer_token').asSecret()
  const tokenFile = readExistingPath(outer.key('bearer_token_file'), context)
  const map = outer.key('authorization').asMap()
  if (!map) {
    if (token === undefined && tokenFile === undefined) return undefined
    return { type: 'Bearer', credentials: token, credentialsFile: tokenFile }
  }
  atMostOne(map, ['credentials', 'credentials_file', 'credentials_ref'])
  warnReferences(map, ['credentials_ref'], context)
  const type = unlessEmpty(map.key('type').asString()?.trim()) ?? 'Bearer'
  if (type.toLowerCase() === 'basic')
    map.key('type').error('cannot be Basic: use basic_auth instead')
  const config = {
    type,
    credentials: map.key('credentials').asSecret(),
    credentialsFile: readExistingPath(map.key('credentials_file'), context),
  }
  map.finish()
  return config
}

/** Says that requests are sent directly, where the caller does not go through proxies. */
function warnOfProxy(map: YamlMap, context: ReadContext): void {
  for (const name of ['proxy_url', 'proxy_from_environment']) {
    const node = map.key(name)
    if (!node.isEmpty) warnUnsupported(node, context, 'requests are sent directly')
  }
}

function readHeaders(node: YamlNode, context: ReadContext): HeaderConfig[] {
  const out: HeaderConfig[] = []
  for (const entry of node.asMap()?.entries() ?? []) {
    if (RESERVED_HEADERS.has(entry.name.toLowerCase())) {
      entry.errorAtKey('this header is set by other keys or by the protocol')
    } else if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(entry.name)) {
      entry.errorAtKey('not a valid header name')
    }
    const map = entry.asMap()
    if (!map) continue
    const files = map.key('files').asList() ?? []
    out.push({
      name: entry.name,
      values: map.key('values').asStrings() ?? [],
      secrets: readSecrets(map.key('secrets')),
      files: files.flatMap((file) => readExistingPath(file, context) ?? []),
    })
    map.finish()
  }
  return out
}

function readSecrets(node: YamlNode): Secret[] {
  return (node.asList() ?? []).flatMap((item) => item.asSecret() ?? [])
}

/** Names in a secret manager: Prometheus itself knows none either. */
function warnReferences(map: YamlMap, names: readonly string[], context: ReadContext): void {
  for (const name of names) {
    map.key(name).asString()
    warnUnsupported(map.key(name), context, 'there is no secret manager to ask')
  }
}

/** Headers that a remote endpoint's `headers:` may not set. */
export function checkFixedHeaders(node: YamlNode): Readonly<Record<string, string>> {
  const out: [string, string][] = []
  for (const entry of node.asMap()?.entries() ?? []) {
    const name = entry.name.toLowerCase()
    if (name === 'authorization') {
      entry.errorAtKey('is set with basic_auth, authorization or another authentication key')
    } else if (RESERVED_HEADERS.has(name) && name !== 'x-prometheus-scrape-timeout-seconds') {
      entry.errorAtKey('is a reserved header and must not be changed')
    }
    out.push([entry.name, entry.asString() ?? ''])
  }
  return Object.fromEntries(out)
}
