import { flagFault } from './yaml/flag.ts'
import type { StartFlags } from './flags-section.ts'
import type { ClusterSettings } from './store/clustered/cluster-tables.ts'
import type { FaultList } from './yaml/fault.ts'
import type { YamlMap } from './yaml/map.ts'
import type { YamlNode } from './yaml/node.ts'
import { Secret } from './yaml/secret.ts'

/** A ClickHouse that keeps the data instead of the own engine. */
export interface ClickhouseConfig {
  /** The first of `urls`, to be shown. */
  readonly url: string
  /** Without credentials. Several are servers of one cluster: the next is asked when one cannot be reached. */
  readonly urls: readonly string[]
  readonly username: string | undefined
  readonly password: Secret | undefined
  /** Certificates (PEM) that the servers' must be signed by; undefined: those that Node knows. */
  readonly caFile: string | undefined
  /** Undefined: plain tables on one server. */
  readonly cluster: ClusterSettings | undefined
}

const URL_MESSAGE = 'must be a URL such as https://clickhouse.example.org:8443'

/** Reads `clickhouse` and `--clickhouse.url`, which goes before its `url`; several URLs there have commas between them. */
export function readClickhouse(
  node: YamlNode | undefined,
  flags: StartFlags,
  faults: FaultList,
): ClickhouseConfig | undefined {
  const map = node?.asMap()
  const place = map?.key('url')
  const username = map?.key('username').asString()
  const password = map?.key('password').asSecret()
  const caFile = map?.key('ca_file').asString()
  const cluster = map && readCluster(map)
  const own = place && readUrls(place)
  map?.finish()
  const fromFlag = flags.clickhouseUrl
  const texts = fromFlag?.split(',').map((text) => text.trim()) ?? own
  if (texts === undefined) {
    if (map !== undefined && (cluster !== undefined || username !== undefined))
      node?.error('needs a url: where the ClickHouse is')
    return undefined
  }
  const urls = texts.map(parseUrl)
  if (urls.length === 0 || urls.includes(undefined)) {
    if (fromFlag === undefined) place?.error(URL_MESSAGE)
    else faults.add(flagFault('clickhouse.url', URL_MESSAGE))
    return undefined
  }
  const [first, ...others] = urls.filter((url) => url !== undefined)
  if (first === undefined) return undefined
  const named = decodeURIComponent(first.username)
  const secret = decodeURIComponent(first.password)
  const plain = [first, ...others].map(withoutCredentials)
  return {
    url: plain[0] ?? '',
    urls: plain,
    username: named === '' ? username : named,
    password: secret === '' ? password : new Secret(secret),
    caFile,
    cluster,
  }
}

function readUrls(place: YamlNode): readonly string[] | undefined {
  if (place.isEmpty) return undefined
  const list = place.isScalar ? [place] : place.asList()
  return list?.map((one) => one.asSecret()?.reveal() ?? '')
}

function parseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : undefined
}

function withoutCredentials(url: URL): string {
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  return plain.href
}

/** `cluster`, `replicated`, `sharded` and `insert_quorum`. */
function readCluster(map: YamlMap): ClusterSettings | undefined {
  const place = map.key('cluster')
  const name = place.asString()
  const replicated = map.key('replicated')
  const isReplicated = replicated.asBool()
  const sharded = map.key('sharded')
  const isSharded = sharded.asBool()
  const quorumPlace = map.key('insert_quorum')
  const quorum = readQuorum(quorumPlace)
  if (name === undefined) {
    for (const [given, at] of [
      [isReplicated, replicated],
      [isSharded, sharded],
      [quorum, quorumPlace],
    ] as const) {
      if (given !== undefined && given !== false)
        at.error('needs cluster: the name that the servers have for theirs (remote_servers)')
    }
    return undefined
  }
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) {
    place.error('must be the name of a cluster: letters, digits, dots, - and _')
    return undefined
  }
  if (isReplicated !== true && isSharded !== true)
    place.error('needs replicated: true or sharded: true, or both')
  if (quorum !== undefined && isReplicated !== true) quorumPlace.error('needs replicated: true')
  return { name, isReplicated: isReplicated ?? false, isSharded: isSharded ?? false, quorum }
}

function readQuorum(place: YamlNode): number | 'auto' | undefined {
  if (place.asScalar() === 'auto') return 'auto'
  return place.asInteger({ min: 2, max: 100 })
}
