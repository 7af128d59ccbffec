import type { HttpClientConfig } from '../../outbound/http-client.ts'
import { PLAIN_HTTP_CLIENT } from '../../outbound/http-client.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { OtherDiscovery } from '../config/discovery.ts'
import {
  booleanIn,
  durationMsIn,
  numberIn,
  recordsIn,
  textIn,
  textsIn,
} from '../config/plain-settings.ts'
import { parseDockerHost, type DockerPlace } from './docker-client.ts'

/** One item of `docker_sd_configs` or `dockerswarm_sd_configs`. */
export interface DockerSettings {
  /** As written. */
  readonly host: string
  readonly place: DockerPlace
  readonly http: HttpClientConfig
  readonly refreshIntervalMs: number
  /** Docker's own filters, each with the values of which one must hold. */
  readonly filters: Readonly<Record<string, readonly string[]>>
  /** Of what exposes no port. */
  readonly port: number
  /** The address of containers in the network of their host. */
  readonly hostNetworkingHost: string
  /** Of a container in several networks only the first by name. */
  readonly matchFirstNetwork: boolean
}

const DEFAULT_REFRESH_MS = 60_000
const DEFAULT_PORT = 80

/** What an item says, with Prometheus's defaults (discovery/moby). Undefined when its host cannot be asked, which was reported. */
export function dockerSettings({ settings, http }: OtherDiscovery): DockerSettings | undefined {
  const host = textIn(settings, 'host') ?? ''
  const place = parseDockerHost(host, http?.tls !== undefined)
  if (place === undefined) return undefined
  const filters: Record<string, readonly string[]> = {}
  for (const filter of recordsIn(settings, 'filters')) {
    const name = textIn(filter, 'name')
    if (name !== undefined) filters[name] = [...(filters[name] ?? []), ...textsIn(filter, 'values')]
  }
  return {
    host,
    place,
    http: http ?? PLAIN_HTTP_CLIENT,
    refreshIntervalMs: durationMsIn(settings, 'refresh_interval') ?? DEFAULT_REFRESH_MS,
    filters,
    port: numberIn(settings, 'port') ?? DEFAULT_PORT,
    hostNetworkingHost: textIn(settings, 'host_networking_host') ?? 'localhost',
    matchFirstNetwork: booleanIn(settings, 'match_first_network') ?? true,
  }
}

/** Reports a host that cannot be asked. */
export function checkDockerHost(_: unknown, map: YamlMap): void {
  const node = map.key('host')
  const host = node.asString() ?? ''
  // An empty one is reported as missing.
  if (host === '' || parseDockerHost(host) !== undefined) return
  node.error(
    `must be unix:///path, tcp://host:port, http://host:port or https://host:port, not ${JSON.stringify(host)}`,
  )
}
