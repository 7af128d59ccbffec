import type { YamlNode } from '../yaml/node.ts'
import type { Secret } from '../yaml/secret.ts'
import {
  atMostOne,
  readExistingPath,
  unlessEmpty,
  warnUnsupported,
  type ReadContext,
} from '../yaml/context.ts'

const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const

export type TlsVersion = (typeof TLS_VERSIONS)[number]

/** Certificates as PEM text, or as files (absolute) that are read when a connection is made. */
export interface TlsConfig {
  readonly ca: string | undefined
  readonly caFile: string | undefined
  readonly cert: string | undefined
  readonly certFile: string | undefined
  readonly key: Secret | undefined
  readonly keyFile: string | undefined
  readonly serverName: string | undefined
  readonly insecureSkipVerify: boolean
  readonly minVersion: TlsVersion | undefined
  readonly maxVersion: TlsVersion | undefined
}

/** Reads a `tls_config` (prometheus/common, TLSConfig). */
export function readTls(node: YamlNode, context: ReadContext): TlsConfig | undefined {
  const map = node.asMap()
  if (!map) return undefined
  for (const kind of ['ca', 'cert', 'key']) {
    atMostOne(map, [kind, `${kind}_file`, `${kind}_ref`])
    map.key(`${kind}_ref`).asString()
    warnUnsupported(map.key(`${kind}_ref`), context, 'there is no secret manager to ask')
  }
  const config: TlsConfig = {
    ca: unlessEmpty(map.key('ca').asString()),
    caFile: readExistingPath(map.key('ca_file'), context),
    cert: unlessEmpty(map.key('cert').asString()),
    certFile: readExistingPath(map.key('cert_file'), context),
    key: map.key('key').asSecret(),
    keyFile: readExistingPath(map.key('key_file'), context),
    serverName: unlessEmpty(map.key('server_name').asString()),
    insecureSkipVerify: map.key('insecure_skip_verify').asBool() ?? false,
    minVersion: map.key('min_version').asOneOf(TLS_VERSIONS),
    maxVersion: map.key('max_version').asOneOf(TLS_VERSIONS),
  }
  const isSet = (kind: string): boolean =>
    [kind, `${kind}_file`, `${kind}_ref`].some((name) => !map.key(name).isEmpty)
  if (isSet('cert') && !isSet('key'))
    node.errorAtKey('a client certificate needs key or key_file too')
  if (isSet('key') && !isSet('cert')) node.errorAtKey('a client key needs cert or cert_file too')
  map.finish()
  return config
}
