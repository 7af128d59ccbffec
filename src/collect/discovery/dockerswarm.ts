import type { Labels } from '../../model/labels.ts'
import type { OtherDiscovery } from '../config/discovery.ts'
import { textIn } from '../config/plain-settings.ts'
import type { MakingDeps } from './discoveries.ts'
import { DockerClient } from './docker-client.ts'
import { networkLabels } from './docker-networks.ts'
import { dockerSettings, type DockerSettings } from './docker-settings.ts'
import { nodeLabels, nodeTargets } from './dockerswarm-nodes.ts'
import { servicePorts, serviceLabels, serviceTargets } from './dockerswarm-services.ts'
import { taskTargets } from './dockerswarm-tasks.ts'
import { objectsOf, textOf, type JsonObject } from './json-value.ts'
import { refreshDiscovery } from './refresh.ts'
import { staticDiscovery } from './static.ts'
import type { Discovery } from './target-group.ts'

const PREFIX = '__meta_dockerswarm_'

type Find = (
  client: DockerClient,
  settings: DockerSettings,
  signal: AbortSignal,
) => Promise<readonly Labels[]>

/** By the role of the item. */
const FINDERS: Readonly<Record<string, Find>> = {
  services: async (client, settings, signal) => {
    const services = await list(client, 'services', signal, settings)
    const networks = await networkLabels(client, PREFIX, signal)
    return services.flatMap((service) => serviceTargets(service, networks, settings.port))
  },
  nodes: async (client, settings, signal) => {
    const nodes = await list(client, 'nodes', signal, settings)
    return nodes.map((node) => nodeTargets(node, settings.port))
  },
  tasks: async (client, settings, signal) => {
    const tasks = await list(client, 'tasks', signal, settings)
    const services = await list(client, 'services', signal)
    const nodes = await list(client, 'nodes', signal)
    const known = {
      services: byId(services, serviceLabels),
      ports: byId(services, servicePorts),
      nodes: byId(nodes, nodeLabels),
      networks: await networkLabels(client, PREFIX, signal),
    }
    return tasks.flatMap((task) => taskTargets(task, known, settings.port))
  },
}

/** The services, tasks or nodes of an item of `dockerswarm_sd_configs`, with the labels of Prometheus (discovery/moby). */
export function createSwarmDiscovery(item: OtherDiscovery, deps: MakingDeps): Discovery {
  const settings = dockerSettings(item)
  const find = FINDERS[textIn(item.settings, 'role') ?? '']
  if (settings === undefined || find === undefined) return staticDiscovery([])
  const client = new DockerClient(settings.place, settings.http)
  return refreshDiscovery(
    {
      mechanism: 'dockerswarm',
      intervalMs: settings.refreshIntervalMs,
      find: async (signal) => [
        { source: 'DockerSwarm', targets: await find(client, settings, signal) },
      ],
      close: () => client.close(),
    },
    deps,
  )
}

/** The objects of a kind; with `settings` those that its filters choose. */
async function list(
  client: DockerClient,
  kind: 'services' | 'tasks' | 'nodes',
  signal: AbortSignal,
  settings?: DockerSettings,
): Promise<readonly JsonObject[]> {
  const filters = encodeURIComponent(JSON.stringify(settings?.filters ?? {}))
  return objectsOf(await client.get(`/${kind}?filters=${filters}`, signal))
}

function byId<T>(
  objects: readonly JsonObject[],
  read: (object: JsonObject) => T,
): ReadonlyMap<string, T> {
  return new Map(objects.map((object) => [textOf(object['ID']), read(object)]))
}
