import type { YamlMap } from '../../../yaml/map.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { parseDockerHost, type DockerPlace } from '../../discovery/docker-client.ts'
import type { DiscoveryConfigs } from '../../config/discovery.ts'

/** One item of `docker_sd_configs`. */
export interface DockerSettings {
  /** As written. */
  readonly host: string
  readonly place: DockerPlace
  readonly refreshIntervalMs: number
  readonly filters: Readonly<Record<string, readonly string[]>>
  readonly port: number
  readonly hostNetworkingHost: string
  readonly matchFirstNetwork: boolean
}

const DEFAULT_REFRESH_MS = 60_000

/** What `readDiscovery` has checked already, as settings; reports hosts that cannot be asked. */
export function readDocker(map: YamlMap, { others }: DiscoveryConfigs): readonly DockerSettings[] {
  const found = others.filter(({ key }) => key === 'docker_sd_configs')
  const items = map.key('docker_sd_configs').asList() ?? []
  return items.flatMap((item, i) => (found[i] === undefined ? [] : readItem(item)))
}

function readItem(item: YamlNode): readonly DockerSettings[] {
  const map = item.asMap()
  if (map === undefined) return []
  const node = map.key('host')
  const host = node.asString() ?? ''
  const place = parseDockerHost(host)
  if (place === undefined) {
    // An empty one was reported already.
    if (host !== '') {
      node.error(
        `must be unix:///path, tcp://host:port or http://host:port, not ${JSON.stringify(host)}`,
      )
    }
    return []
  }
  const filters: Record<string, readonly string[]> = {}
  for (const filter of map.key('filters').asList() ?? []) {
    const name = filter.asMap()?.key('name').asString()
    const values = filter.asMap()?.key('values').asStrings()
    if (name !== undefined) filters[name] = [...(filters[name] ?? []), ...(values ?? [])]
  }
  return [
    {
      host,
      place,
      refreshIntervalMs: map.key('refresh_interval').durationMs() ?? DEFAULT_REFRESH_MS,
      filters,
      port: map.key('port').asInteger() ?? 80,
      hostNetworkingHost: map.key('host_networking_host').asString() ?? 'localhost',
      matchFirstNetwork: map.key('match_first_network').asBool() ?? true,
    },
  ]
}
