import type { ReadContext } from '../yaml/context.ts'
import { readExistingPath } from '../yaml/context.ts'
import type { YamlNode } from '../yaml/node.ts'
import { Section, type PlainRecord } from '../yaml/section.ts'
import type { Secret } from '../yaml/secret.ts'
import { readProxy, type ProxyConfig } from './proxy-config.ts'
import { readTls, type TlsConfig } from './tls.ts'

/** `tls_config:` where nothing acts on it yet. */
export const TLS_SECTION = new Section({
  fields: {
    ca: 'text',
    ca_file: 'path',
    ca_ref: 'text',
    cert: 'text',
    cert_file: 'path',
    cert_ref: 'text',
    key: 'secret',
    key_file: 'path',
    key_ref: 'text',
    server_name: 'text',
    insecure_skip_verify: 'boolean',
    min_version: ['TLS10', 'TLS11', 'TLS12', 'TLS13'],
    max_version: ['TLS10', 'TLS11', 'TLS12', 'TLS13'],
  },
  exclusive: [
    ['ca', 'ca_file', 'ca_ref'],
    ['cert', 'cert_file', 'cert_ref'],
    ['key', 'key_file', 'key_ref'],
  ],
})

export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** The keys of `oauth2:` besides those of its TLS and its proxy. */
const KEYS = new Section({
  fields: {
    client_id: 'text',
    client_secret: 'secret',
    client_secret_file: 'path',
    client_secret_ref: 'text',
    client_certificate_key_id: 'text',
    client_certificate_key: 'secret',
    client_certificate_key_file: 'path',
    client_certificate_key_ref: 'text',
    grant_type: 'text',
    signature_algorithm: ['RS256', 'RS384', 'RS512'],
    iss: 'text',
    audience: 'text',
    claims: 'textMap',
    scopes: 'texts',
    token_url: 'text',
    endpoint_params: 'textMap',
  },
  required: ['client_id', 'token_url'],
  exclusive: [
    ['client_certificate_key', 'client_certificate_key_file', 'client_certificate_key_ref'],
  ],
  check: (settings, map) => {
    if (settings['grant_type'] === JWT_BEARER) return
    const set = ['client_secret', 'client_secret_file', 'client_secret_ref'].filter(
      (name) => !map.key(name).isEmpty,
    )
    if (set.length > 1) map.node.error(`at most one of ${set.join(', ')} may be set`)
  },
})

/** `oauth2:` of an HTTP client (prometheus/common, OAuth2). */
export interface OAuth2Config {
  readonly clientId: string
  readonly clientSecret: Secret | undefined
  /** Absolute; read for each token. */
  readonly clientSecretFile: string | undefined
  readonly grantType: string
  readonly scopes: readonly string[]
  readonly tokenUrl: string
  /** Fields of the request for a token besides the usual ones. */
  readonly endpointParams: Readonly<Record<string, string>>
  readonly tls: TlsConfig | undefined
  readonly proxy: ProxyConfig
  /** As they are printed again: all keys but those of TLS and proxy. */
  readonly printed: PlainRecord
}

/** Reads `oauth2:`. */
export function readOAuth2(node: YamlNode, context: ReadContext): OAuth2Config | undefined {
  const map = node.asMap()
  if (!map) return undefined
  const printed = KEYS.readKeys(map, context)
  const params = map.key('endpoint_params').asMap()?.entries() ?? []
  const config: OAuth2Config = {
    clientId: map.key('client_id').asString() ?? '',
    clientSecret: map.key('client_secret').asSecret(),
    clientSecretFile: readExistingPath(map.key('client_secret_file'), context),
    grantType: map.key('grant_type').asString() ?? '',
    scopes: map.key('scopes').asStrings() ?? [],
    tokenUrl: map.key('token_url').asString() ?? '',
    endpointParams: Object.fromEntries(params.map((each) => [each.name, each.asString() ?? ''])),
    tls: readTls(map.key('tls_config'), context),
    proxy: readProxy(map),
    printed,
  }
  if (config.grantType === JWT_BEARER && context.warnsUnsupported) {
    map.key('grant_type').warn('this grant is not supported yet; no request is sent')
  }
  map.finish()
  return config
}
