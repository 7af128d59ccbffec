import { Labels } from '../../model/labels.ts'
import type { OtherDiscovery } from '../config/discovery.ts'
import type { MakingDeps } from './discoveries.ts'
import { DockerClient } from './docker-client.ts'
import { networkLabels } from './docker-networks.ts'
import { dockerSettings, type DockerSettings } from './docker-settings.ts'
import { hostPort } from './host-port.ts'
import {
  isJsonObject,
  numberOf,
  objectOf,
  objectsOf,
  textFieldsOf,
  textOf,
  textsOf,
  type JsonObject,
} from './json-value.ts'
import { refreshDiscovery } from './refresh.ts'
import { prefixedLabels } from './sanitize-label-name.ts'
import { staticDiscovery } from './static.ts'
import type { Discovery } from './target-group.ts'

type Names = Readonly<Record<string, string>>

/** A network that was joined through the container that owns it may have an owner itself. */
const MAX_OWNERS = 10

/** The containers of an item of `docker_sd_configs`. */
export function createDockerDiscovery(item: OtherDiscovery, deps: MakingDeps): Discovery {
  const settings = dockerSettings(item)
  if (settings === undefined) return staticDiscovery([])
  return dockerDiscovery(new DockerClient(settings.place, settings.http), settings, deps)
}

/**
 * The containers of a daemon: a target for each of their TCP ports in each network, with the labels of Prometheus
 * (discovery/moby/docker.go). Closes the client when it is stopped.
 */
export function dockerDiscovery(
  client: DockerClient,
  settings: DockerSettings,
  deps: MakingDeps,
): Discovery {
  return refreshDiscovery(
    {
      mechanism: 'docker',
      intervalMs: settings.refreshIntervalMs,
      find: async (signal) => [
        { source: 'Docker', targets: await findTargets(client, settings, signal) },
      ],
      close: () => client.close(),
    },
    deps,
  )
}

async function findTargets(
  client: DockerClient,
  settings: DockerSettings,
  signal: AbortSignal,
): Promise<readonly Labels[]> {
  const query = `filters=${encodeURIComponent(JSON.stringify(settings.filters))}`
  const containers = objectsOf(await client.get(`/containers/json?${query}`, signal))
  const networks = await networkLabels(client, '__meta_docker_', signal)
  const byId = new Map(containers.map((container) => [textOf(container['Id']), container]))
  return containers.flatMap((container) => targetsOf(container, byId, networks, settings))
}

function targetsOf(
  container: JsonObject,
  byId: ReadonlyMap<string, JsonObject>,
  networks: ReadonlyMap<string, Names>,
  settings: DockerSettings,
): readonly Labels[] {
  const [name = ''] = textsOf(container['Names'])
  if (name === '') return []
  const mode = textOf(objectOf(container['HostConfig'])['NetworkMode'])
  const common = {
    __meta_docker_container_id: textOf(container['Id']),
    __meta_docker_container_image: textOf(container['Image']),
    __meta_docker_container_image_id: textOf(container['ImageID']),
    __meta_docker_container_name: name,
    __meta_docker_container_network_mode: mode,
    ...prefixedLabels('__meta_docker_container_label_', textFieldsOf(container['Labels'])),
  }
  const all = networksOf(container, byId)
  const wanted = settings.matchFirstNetwork ? all.slice(0, 1) : all
  const ports = objectsOf(container['Ports']).filter((each) => each['Type'] === 'tcp')
  return wanted.flatMap((network) => {
    const address = textOf(network['IPAddress']) || textOf(network['GlobalIPv6Address'])
    const shared = {
      ...common,
      ...networks.get(textOf(network['NetworkID'])),
      __meta_docker_network_ip: address,
    }
    if (ports.length === 0) {
      const isOnHost = mode === 'host'
      const fallback = isOnHost ? settings.hostNetworkingHost : hostPort(address, settings.port)
      return [Labels.from({ ...shared, __address__: fallback })]
    }
    return ports.map((each) => Labels.from({ ...shared, ...portLabels(each, address) }))
  })
}

function portLabels(port: JsonObject, address: string): Names {
  const inside = numberOf(port['PrivatePort'])
  const outside = numberOf(port['PublicPort'])
  return {
    __address__: hostPort(address, inside),
    __meta_docker_port_private: String(inside),
    ...(outside > 0
      ? {
          __meta_docker_port_public: String(outside),
          __meta_docker_port_public_ip: textOf(port['IP']),
        }
      : {}),
  }
}

/** By name; those of the container whose network it shares when it has none of its own. */
function networksOf(
  container: JsonObject,
  byId: ReadonlyMap<string, JsonObject>,
): readonly JsonObject[] {
  let owner: JsonObject | undefined = container
  for (let i = 0; owner !== undefined && i < MAX_OWNERS; i++) {
    const settings = objectOf(owner['NetworkSettings'])
    const own = Object.entries(objectOf(settings['Networks']))
    if (own.length > 0) {
      const inOrder = own.toSorted(([a], [b]) => (a < b ? -1 : 1))
      return inOrder.flatMap(([, value]) => (isJsonObject(value) ? [value] : []))
    }
    const mode = textOf(objectOf(owner['HostConfig'])['NetworkMode'])
    owner = mode.startsWith('container:') ? byId.get(mode.slice('container:'.length)) : undefined
  }
  return []
}
