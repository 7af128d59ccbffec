import path from 'node:path'
import type { FaultList } from '../yaml/fault.ts'
import { flagFault } from '../yaml/flag.ts'
import { readExistingPath, type ReadContext } from '../yaml/context.ts'
import type { YamlMap } from '../yaml/map.ts'
import type { YamlNode } from '../yaml/node.ts'
import { readYamlFile } from '../yaml/read-file.ts'
import type { TlsSettings, TlsVersion } from './listener-tls.ts'

const VERSIONS: Readonly<Record<string, TlsVersion | 'old'>> = {
  TLS10: 'old',
  TLS11: 'old',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
}

/** `{cert_file, key_file, client_ca_file, min_version}`, of `listen.tls` or of one listener. */
export function readListenerTls(node: YamlNode): TlsSettings | undefined {
  const map = node.asMap()
  if (!map) return undefined
  const settings = readTlsKeys(map, contextOf(node))
  map.finish()
  return settings
}

/** The keys that our section and Prometheus's `tls_server_config` have in common. */
function readTlsKeys(map: YamlMap, context: ReadContext): TlsSettings | undefined {
  const certFile = readExistingPath(map.key('cert_file'), context)
  const keyFile = readExistingPath(map.key('key_file'), context)
  const clientCaFile = readExistingPath(map.key('client_ca_file'), context)
  const minVersion = readVersion(map.key('min_version'))
  if (certFile === undefined) return map.node.error('cert_file must be set')
  if (keyFile === undefined) return map.node.error('key_file must be set')
  return {
    certFile,
    keyFile,
    ...(clientCaFile === undefined ? {} : { clientCaFile }),
    ...(minVersion === undefined ? {} : { minVersion }),
  }
}

function readVersion(node: YamlNode): TlsVersion | undefined {
  const name = node.asOneOf(Object.keys(VERSIONS))
  const version = name === undefined ? undefined : VERSIONS[name]
  if (version !== 'old') return version
  return node.warn(`${name} is not spoken any more: TLS12 is the least`)
}

function contextOf(node: YamlNode): ReadContext {
  return { folder: path.dirname(path.resolve(node.file)), warnsUnsupported: true }
}

/**
 * Prometheus's `--web.config.file`, for the Prometheus listener. What would make it safer and is not supported is an error; the
 * rest is a warning.
 */
export function readWebConfig(
  file: string | undefined,
  source: {
    readonly faults: FaultList
    readonly env: Readonly<Record<string, string | undefined>>
  },
): TlsSettings | undefined {
  if (file === undefined) return undefined
  if (file === '') {
    source.faults.add(flagFault('web.config.file', 'must name a file'))
    return undefined
  }
  const map = readYamlFile(path.resolve(file), source)?.asMap()
  if (!map) return undefined
  refuseUsers(map.key('basic_auth_users'))
  const server = map.key('http_server_config')
  if (!server.isEmpty) {
    server.asMap()?.entries()
    server.warnAtKey('has no effect here: HTTP/1.1 is spoken, with headers of its own')
  }
  const tls = map.key('tls_server_config').asMap()
  const settings = tls && readServerConfig(tls)
  map.finish()
  return settings
}

/** Its hashes are bcrypt's; whoever is listed there would be let in by nobody. */
function refuseUsers(node: YamlNode): void {
  const users = node.asMap()?.entries() ?? []
  for (const user of users) {
    user.errorAtKey(
      'users are kept in the server, not in this file, and bcrypt is not read: take the user out here, ' +
        `run "vedette user add ${user.name} --role editor", and set access.required: true in vedette.yml`,
    )
  }
}

function readServerConfig(map: YamlMap): TlsSettings | undefined {
  const settings = readTlsKeys(map, contextOf(map.node))
  const maxVersion = readVersion(map.key('max_version'))
  const authType = map.key('client_auth_type')
  const auth = authType.asString()
  const verifies = auth === 'RequireAndVerifyClientCert'
  if (auth !== undefined && auth !== '' && auth !== 'NoClientCert' && !verifies) {
    authType.error('only NoClientCert and RequireAndVerifyClientCert are supported')
  }
  if (verifies && settings !== undefined && settings.clientCaFile === undefined) {
    authType.error('needs client_ca_file')
  }
  const sans = map.key('client_allowed_sans')
  if (sans.asStrings()?.length) sans.error('is not supported: any certificate of the CA is let in')
  for (const name of ['cert', 'key', 'client_ca']) {
    if (!map.key(name).isEmpty) map.key(name).error(`is not supported: use ${name}_file`)
  }
  for (const name of ['cipher_suites', 'curve_preferences', 'prefer_server_cipher_suites']) {
    if (!map.key(name).isEmpty) map.key(name).warn("has no effect: Node's own choice is used")
  }
  map.finish()
  if (settings === undefined) return undefined
  const { clientCaFile, ...rest } = settings
  return {
    ...rest,
    ...(verifies && clientCaFile !== undefined ? { clientCaFile } : {}),
    ...(maxVersion === undefined ? {} : { maxVersion }),
  }
}
