import { Section } from '../yaml/section.ts'

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

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** `oauth2:` of an HTTP client (prometheus/common, OAuth2). */
export const OAUTH2_SECTION = new Section({
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
    tls_config: TLS_SECTION,
    proxy_url: 'text',
    no_proxy: 'text',
    proxy_from_environment: 'boolean',
    proxy_connect_header: 'textMap',
  },
  required: ['client_id', 'token_url'],
  exclusive: [
    ['client_certificate_key', 'client_certificate_key_file', 'client_certificate_key_ref'],
    ['proxy_url', 'proxy_from_environment'],
  ],
  check: (settings, map) => {
    if (settings['grant_type'] === JWT_BEARER) return
    const set = ['client_secret', 'client_secret_file', 'client_secret_ref'].filter(
      (name) => !map.key(name).isEmpty,
    )
    if (set.length > 1) map.node.error(`at most one of ${set.join(', ')} may be set`)
  },
})
