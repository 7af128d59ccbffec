import { objectOf, textOf, type JsonObject } from '../../lang/dashboard/json-value.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { Secret } from '../../yaml/secret.ts'
import {
  SIGNAL_OF_TYPE,
  uidOfName,
  type DatasourceLogin,
  type ProvisionedDatasource,
} from '../datasources.ts'
import { isUid } from '../names.ts'
import { grafanaJson, grafanaSecret, grafanaText } from './grafana-text.ts'
import { readOrganisation } from './read-providers.ts'

/** The sources of a datasource provisioning file, in Grafana's words. */
export function readDatasources(node: YamlNode | undefined): readonly ProvisionedDatasource[] {
  return (node?.asList() ?? []).flatMap((item) => readOne(item) ?? [])
}

function readOne(node: YamlNode): ProvisionedDatasource | undefined {
  const map = node.asMap()
  if (map === undefined) return node.isEmpty ? node.error('an empty data source') : undefined
  readOrganisation(map)
  const name = grafanaText(map.key('name')) ?? ''
  if (name === '') map.node.error('name must be set')
  const type = grafanaText(map.key('type')) ?? ''
  if (type === '') map.node.error('type must be set, such as prometheus')
  else if (SIGNAL_OF_TYPE[type] === undefined) {
    const known = Object.keys(SIGNAL_OF_TYPE).join(', ')
    map
      .key('type')
      .warn(`sources of the type ${type} are listed, and cannot be asked; those of ${known} can`)
  }
  const uidNode = map.key('uid')
  const uid = grafanaText(uidNode) ?? ''
  if (uid !== '' && !isUid(uid)) uidNode.error('must be letters, digits, _ and -, at most 40')
  // Where a database is, Grafana takes `db:5432`; nobody asks there here.
  const address = SIGNAL_OF_TYPE[type] === undefined ? undefined : readAddress(map.key('url'))
  grafanaText(map.key('url'))
  const jsonNode = map.key('jsonData')
  const secretNode = map.key('secureJsonData')
  const jsonData = grafanaJson(jsonNode)
  const login = readLogin(map, jsonData, readSecrets(secretNode), address?.login)
  const isDefault = map.key('isDefault').asBool() ?? false
  for (const key of IGNORED) map.key(key).asScalar()
  const access = map.key('access')
  if (grafanaText(access) === 'direct') access.warn('sources are always asked by the server')
  map.key('correlations').asList()
  map.finish()
  if (name === '' || type === '') return undefined
  return {
    ...{ uid: uid === '' ? uidOfName(name) : uid, name, type, url: address?.url ?? '' },
    ...{ isDefault, jsonData, login },
  }
}

/** What means nothing here. */
const IGNORED = ['version', 'editable', 'readOnly', 'user', 'database', 'withCredentials'] as const

interface Address {
  readonly url: string
  readonly login: { readonly user: string; readonly password: string } | undefined
}

function readAddress(node: YamlNode): Address | undefined {
  const text = grafanaText(node) ?? ''
  if (text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    return node.error('must be a URL that starts with http:// or https://')
  }
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  const shown = url.href.replace(/\/+$/, '')
  return { url: shown, login: user === '' ? undefined : { user, password } }
}

function readSecrets(node: YamlNode): ReadonlyMap<string, Secret> {
  const out = new Map<string, Secret>()
  for (const entry of node.asMap()?.entries() ?? []) {
    const secret = grafanaSecret(entry)
    if (secret !== undefined) out.set(entry.name, secret)
  }
  return out
}

function readLogin(
  map: YamlMap,
  jsonData: JsonObject,
  secrets: ReadonlyMap<string, Secret>,
  ofUrl: Address['login'],
): DatasourceLogin {
  const isBasic = map.key('basicAuth').asBool() ?? false
  const user = grafanaText(map.key('basicAuthUser')) ?? ''
  const inPlain = grafanaSecret(map.key('basicAuthPassword'))
  map.key('password').asSecret()
  const password = secrets.get('basicAuthPassword') ?? inPlain
  const own = isBasic ? { user, password } : undefined
  const fromUrl = ofUrl && { user: ofUrl.user, password: new Secret(ofUrl.password) }
  return {
    basicAuth: own ?? fromUrl,
    headers: readHeaders(jsonData, secrets),
    tls: {
      skipVerify: objectOf(jsonData)['tlsSkipVerify'] === true,
      ca: secrets.get('tlsCACert')?.reveal(),
      cert: secrets.get('tlsClientCert')?.reveal(),
      key: secrets.get('tlsClientKey'),
      serverName: textOf(jsonData['serverName']),
    },
  }
}

/** What the protocol sets itself is not set twice. */
const RESERVED =
  /^(?:host|connection|content-length|content-type|transfer-encoding|accept-encoding)$/i

function readHeaders(
  jsonData: JsonObject,
  secrets: ReadonlyMap<string, Secret>,
): DatasourceLogin['headers'] {
  return Object.entries(jsonData).flatMap(([key, name]) => {
    const number = /^httpHeaderName(\d+)$/.exec(key)?.[1]
    const value = secrets.get(`httpHeaderValue${number ?? ''}`)
    if (number === undefined || value === undefined || typeof name !== 'string') return []
    if (!/^[A-Za-z0-9-]{1,100}$/.test(name) || RESERVED.test(name)) return []
    return [{ name, value }]
  })
}
