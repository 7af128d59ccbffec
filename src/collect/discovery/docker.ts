import { Labels } from '../../model/labels.ts'
import { messageOf } from '../../model/problem.ts'
import type { DockerClient } from './docker-client.ts'
import type { Discovery } from './target-group.ts'

export interface DockerDiscoveryOptions {
  readonly client: DockerClient
  readonly refreshIntervalMs: number
  /** Docker's own filters, each with the values of which one must hold. */
  readonly filters: Readonly<Record<string, readonly string[]>>
  /** Of containers that expose no port. */
  readonly port: number
  /** The address of containers in the network of their host. */
  readonly hostNetworkingHost: string
  /** Of a container in several networks only the first by name. */
  readonly matchFirstNetwork: boolean
  readonly onFault: (message: string) => void
}

type Json = Readonly<Record<string, unknown>>
type Names = Readonly<Record<string, string>>

/** A container: a target for each of its TCP ports in each network, with the labels of Prometheus (discovery/moby/docker.go). */
export function dockerDiscovery(options: DockerDiscoveryOptions): Discovery {
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let isFailing = false
  return {
    start(update) {
      const refresh = async (): Promise<void> => {
        try {
          update([{ source: 'Docker', targets: await listTargets(options, abort.signal) }])
          isFailing = false
        } catch (thrown) {
          // What was found before stays, and the fault is said once.
          if (!isFailing && !abort.signal.aborted) options.onFault(messageOf(thrown))
          isFailing = true
        }
        if (!abort.signal.aborted)
          timer = setTimeout(() => void refresh(), options.refreshIntervalMs)
      }
      void refresh()
    },
    stop() {
      abort.abort()
      clearTimeout(timer)
    },
  }
}

async function listTargets(
  options: DockerDiscoveryOptions,
  signal: AbortSignal,
): Promise<readonly Labels[]> {
  const { client, filters } = options
  const query = `filters=${encodeURIComponent(JSON.stringify(filters))}`
  const containers = recordsOf(await client.get(`/containers/json?${query}`, signal))
  const networks = networkLabels(recordsOf(await client.get('/networks', signal)))
  const byId = new Map(containers.map((container) => [textOf(container['Id']), container]))
  return containers.flatMap((container) => targetsOf(container, byId, networks, options))
}

function networkLabels(networks: readonly Json[]): ReadonlyMap<string, Names> {
  return new Map(
    networks.map((network) => [
      textOf(network['Id']),
      {
        __meta_docker_network_id: textOf(network['Id']),
        __meta_docker_network_name: textOf(network['Name']),
        __meta_docker_network_scope: textOf(network['Scope']),
        __meta_docker_network_internal: String(network['Internal'] === true),
        __meta_docker_network_ingress: String(network['Ingress'] === true),
        ...prefixed('__meta_docker_network_label_', recordOf(network['Labels'])),
      },
    ]),
  )
}

function targetsOf(
  container: Json,
  byId: ReadonlyMap<string, Json>,
  networks: ReadonlyMap<string, Names>,
  { port, hostNetworkingHost, matchFirstNetwork }: DockerDiscoveryOptions,
): readonly Labels[] {
  const names: unknown = container['Names']
  const name = Array.isArray(names) ? textOf(names[0]) : ''
  if (name === '') return []
  const mode = textOf(recordOf(container['HostConfig'])['NetworkMode'])
  const common = {
    __meta_docker_container_id: textOf(container['Id']),
    __meta_docker_container_name: name,
    __meta_docker_container_network_mode: mode,
    ...prefixed('__meta_docker_container_label_', recordOf(container['Labels'])),
  }
  const all = networksOf(container, byId)
  const wanted = matchFirstNetwork ? all.slice(0, 1) : all
  const ports = recordsOf(container['Ports']).filter((each) => each['Type'] === 'tcp')
  return wanted.flatMap((network) => {
    const address = textOf(network['IPAddress'])
    const shared = {
      ...common,
      ...networks.get(textOf(network['NetworkID'])),
      __meta_docker_network_ip: address,
    }
    if (ports.length === 0) {
      const fallback = mode === 'host' ? hostNetworkingHost : hostPort(address, port)
      return [Labels.from({ ...shared, __address__: fallback })]
    }
    return ports.map((each) => Labels.from({ ...shared, ...portLabels(each, address) }))
  })
}

function portLabels(port: Json, address: string): Names {
  const inside = Number(port['PrivatePort'])
  const outside = Number(port['PublicPort'] ?? 0)
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
function networksOf(container: Json, byId: ReadonlyMap<string, Json>): readonly Json[] {
  let owner: Json | undefined = container
  for (let i = 0; owner !== undefined && i < 10; i++) {
    const settings = recordOf(owner['NetworkSettings'])
    const own = Object.entries(recordOf(settings['Networks'])).filter(([, value]) =>
      isRecord(value),
    )
    if (own.length > 0) {
      return own.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => recordOf(value))
    }
    const mode = textOf(recordOf(owner['HostConfig'])['NetworkMode'])
    owner = mode.startsWith('container:') ? byId.get(mode.slice('container:'.length)) : undefined
  }
  return []
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Labels of Docker under names that labels may have. */
function prefixed(prefix: string, labels: Json): Names {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [
      prefix + name.replace(/[^a-zA-Z0-9_]/g, '_'),
      textOf(value),
    ]),
  )
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function recordOf(value: unknown): Json {
  return isRecord(value) ? value : {}
}

function recordsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
