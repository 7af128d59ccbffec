import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createAuthority,
  createCertificate,
  hasOpenssl,
} from '../../outbound/testing/certificates.ts'
import { createLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import { readJobs } from '../scrape/test-scrape.ts'
import { Discoveries } from './discoveries.ts'
import { parseDockerHost } from './docker-client.ts'
import type { Discovery } from './target-group.ts'
import { FakeDocker } from './testing/fake-docker.ts'

/** Long enough for a busy machine; what is awaited comes much sooner. */
const SOON = { timeout: 15_000 }

let folder = ''
let said: string[] = []
let docker: FakeDocker
const running: Discovery[] = []
const registry = createRegistry()
const discoveries = new Discoveries({ registry })

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'docker-'))
  said = []
  docker = await FakeDocker.start()
})

afterEach(async () => {
  for (const discovery of running.splice(0)) discovery.stop()
  await docker.stop()
  rmSync(folder, { recursive: true })
})

interface Found {
  targets: Record<string, string>[]
  updates: number
}

/** What an item finds, with short names. */
function discover(keys: string, kind = 'docker', host = `http://127.0.0.1:${docker.port}`): Found {
  const [job] = readJobs(
    `{scrape_configs: [{job_name: j, ${kind}_sd_configs: [{host: "${host}", ${keys}}]}]}`,
    folder,
  )
  const found: Found = { targets: [], updates: 0 }
  const log = createLog({ write: (line) => said.push(line) })
  for (const discovery of discoveries.create(job?.discovery.others ?? [], 'j', log)) {
    running.push(discovery)
    discovery.start((groups) => {
      found.updates++
      found.targets = groups
        .flatMap(({ targets }) => targets)
        .map((target) =>
          Object.fromEntries(
            Object.entries(target.toObject()).map(([name, value]) => [
              name.replace(`__meta_${kind}_`, ''),
              value,
            ]),
          ),
        )
    })
  }
  return found
}

async function targetsOf(keys: string, kind?: string): Promise<Record<string, string>[]> {
  const found = discover(keys, kind)
  await expect.poll(() => found.updates, SOON).toBeGreaterThan(0)
  return found.targets
}

const NETWORK = { NetworkID: 'n1', IPAddress: '172.18.0.2' }
const WEB = {
  Id: 'aaa',
  Names: ['/shop_web_1'],
  Image: 'shop/web:1',
  ImageID: 'sha256:11',
  Labels: { 'com.docker.compose.service': 'web' },
  HostConfig: { NetworkMode: 'shop' },
  NetworkSettings: {
    Networks: { shop: NETWORK, back: { NetworkID: 'n2', IPAddress: '10.0.0.2' } },
  },
  Ports: [
    { IP: '0.0.0.0', PrivatePort: 8080, PublicPort: 80, Type: 'tcp' },
    { PrivatePort: 9102, Type: 'tcp' },
    { PrivatePort: 53, Type: 'udp' },
  ],
}

const NETWORKS = [
  { Id: 'n1', Name: 'shop', Scope: 'local', Labels: { 'com.docker.compose.project': 'shop' } },
  { Id: 'n2', Name: 'back', Scope: 'local', Internal: true },
]

describe('docker', () => {
  beforeEach(() => {
    docker.answers.set('/networks', NETWORKS)
    docker.answers.set('/containers/json', [WEB])
  })

  it('finds each TCP port of a container in its first network by name', async () => {
    const common = {
      container_id: 'aaa',
      container_name: '/shop_web_1',
      container_image: 'shop/web:1',
      container_image_id: 'sha256:11',
      container_network_mode: 'shop',
      container_label_com_docker_compose_service: 'web',
      network_id: 'n2',
      network_name: 'back',
      network_scope: 'local',
      network_internal: 'true',
      network_ingress: 'false',
      network_ip: '10.0.0.2',
    }
    expect(await targetsOf('filters: [{name: label, values: [a, b]}]')).toEqual([
      {
        ...common,
        __address__: '10.0.0.2:8080',
        port_private: '8080',
        port_public: '80',
        port_public_ip: '0.0.0.0',
      },
      { ...common, __address__: '10.0.0.2:9102', port_private: '9102' },
    ])
    const [request] = docker.requests
    expect(decodeURIComponent(request?.url ?? '')).toBe(
      '/containers/json?filters={"label":["a","b"]}',
    )
  })

  it('finds the others too where that is asked for', async () => {
    const targets = await targetsOf('match_first_network: false')
    expect(targets.map((target) => target['__address__'])).toEqual([
      ...['10.0.0.2:8080', '10.0.0.2:9102', '172.18.0.2:8080', '172.18.0.2:9102'],
    ])
    expect(targets[2]).toMatchObject({ network_label_com_docker_compose_project: 'shop' })
  })

  it('finds containers without ports, on the host and in the network of another', async () => {
    docker.answers.set('/containers/json', [
      { ...WEB, Ports: [] },
      {
        ...{ Id: 'bbb', Names: ['/host'], HostConfig: { NetworkMode: 'host' } },
        NetworkSettings: { Networks: { host: { NetworkID: 'h', IPAddress: '' } } },
      },
      {
        ...{ Id: 'ccc', Names: ['/guest'], HostConfig: { NetworkMode: 'container:aaa' } },
        NetworkSettings: { Networks: {} },
        Ports: [{ PrivatePort: 9000, Type: 'tcp' }],
      },
      { Id: 'ddd', Names: ['/lonely'], HostConfig: { NetworkMode: 'none' }, NetworkSettings: {} },
      { Id: 'eee', Names: [] },
    ])
    const targets = await targetsOf('port: 1234, host_networking_host: node-1')
    expect(targets.map((each) => [each['container_name'], each['__address__']])).toEqual([
      ['/shop_web_1', '10.0.0.2:1234'],
      ['/host', 'node-1'],
      ['/guest', '10.0.0.2:9000'],
    ])
  })

  it('keeps what it found while the daemon is out of order, which is said once', async () => {
    const found = discover('refresh_interval: 10ms')
    await expect.poll(() => found.targets.length, SOON).toBe(2)
    docker.answers.delete('/networks')
    const before = docker.requests.length
    await expect.poll(() => docker.requests.length, SOON).toBeGreaterThan(before + 10)
    expect(found.targets).toHaveLength(2)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('Docker answers 500 to /networks: out of order')
    docker.answers.set('/networks', NETWORKS)
    docker.answers.set('/containers/json', [])
    await expect.poll(() => found.targets.length, SOON).toBe(0)
    expect(registry.families().map(({ name }) => name)).toContain(
      'prometheus_sd_refresh_failures_total',
    )
  })

  it('sends the credentials that it is given, and shows them to nobody', async () => {
    docker.answers.delete('/containers/json')
    discover('authorization: {credentials: open-sesame}')
    await expect.poll(() => said.length, SOON).toBe(1)
    expect(docker.requests[0]?.authorization).toBe('Bearer open-sesame')
    expect(said.join()).not.toContain('sesame')
  })

  it('is asked over a socket', async () => {
    const socket = path.join(folder, 'docker.sock')
    const local = await FakeDocker.start({ socket })
    local.answers.set('/containers/json', [WEB])
    const found = discover('port: 80', 'docker', `unix://${socket}`)
    await expect.poll(() => found.targets.length, SOON).toBe(2)
    await local.stop()
  })

  it('is asked over TLS, with a certificate of the client where it wants one', async () => {
    if (!hasOpenssl()) return
    const authority = createAuthority(folder, 'ca')
    const server = createCertificate(folder, 'server', authority, 'IP:127.0.0.1')
    const client = createCertificate(folder, 'client', authority, 'DNS:client')
    const read = (file: string): string => readFileSync(file, 'utf8')
    const secure = await FakeDocker.start({
      tls: {
        ...{ ca: read(authority.cert), cert: read(server.cert), key: read(server.key) },
        ...{ requestCert: true, rejectUnauthorized: true },
      },
    })
    secure.answers.set('/containers/json', [WEB])
    const ca = `ca_file: ${authority.cert}`
    const without = discover(`tls_config: {${ca}}`, 'docker', `tcp://127.0.0.1:${secure.port}`)
    await expect.poll(() => said.length, SOON).toBe(1)
    const files = `${ca}, cert_file: ${client.cert}, key_file: ${client.key}`
    const hosts = [`tcp://127.0.0.1:${secure.port}`, `https://127.0.0.1:${secure.port}`]
    const founds = hosts.map((host) => discover(`tls_config: {${files}}`, 'docker', host))
    await expect.poll(() => founds.map(({ targets }) => targets.length), SOON).toEqual([2, 2])
    expect(without.updates).toBe(0)
    await secure.stop()
  })

  it.each([
    ['unix:///run/docker.sock', false, { socketPath: '/run/docker.sock' }],
    ['tcp://d:2375', false, { url: 'http://d:2375' }],
    ['tcp://d', false, { url: 'http://d:2375' }],
    ['tcp://d', true, { url: 'https://d:2376' }],
    ['https://d:2376/proxy/', false, { url: 'https://d:2376/proxy' }],
    ['npipe:////./pipe/docker', false, undefined],
    ['d:2375', false, undefined],
    ['unix://', false, undefined],
  ])('is at the place that %s names (with TLS: %s)', (host, hasTls, place) => {
    expect(parseDockerHost(host, hasTls)).toEqual(place)
  })
})

describe('dockerswarm', () => {
  const SERVICE = {
    ID: 's1',
    Spec: {
      Name: 'web',
      Labels: { team: 'checkout' },
      Mode: { Replicated: { Replicas: 2 } },
      TaskTemplate: { ContainerSpec: { Image: 'shop/web:1', Hostname: 'h' } },
    },
    Endpoint: {
      Ports: [
        {
          Name: 'http',
          Protocol: 'tcp',
          TargetPort: 80,
          PublishedPort: 8080,
          PublishMode: 'ingress',
        },
        { Protocol: 'udp', PublishedPort: 53 },
      ],
      VirtualIPs: [{ NetworkID: 'n1', Addr: '10.0.1.2/24' }, { NetworkID: 'n2' }],
    },
    UpdateStatus: { State: 'completed' },
  }
  const NODE = {
    ID: 'node1',
    Spec: { Role: 'manager', Availability: 'active', Labels: { disk: 'ssd' } },
    Description: {
      Hostname: 'swarm-1',
      Platform: { Architecture: 'x86_64', OS: 'linux' },
      Engine: { EngineVersion: '24.0.5' },
    },
    Status: { State: 'ready', Addr: '192.0.2.5' },
    ManagerStatus: { Leader: true, Reachability: 'reachable', Addr: '192.0.2.5:2377' },
  }
  const TASK = {
    ...{ ID: 't1', ServiceID: 's1', NodeID: 'node1', Slot: 2, DesiredState: 'running' },
    Spec: { ContainerSpec: { Labels: { a: 'b' } } },
    Status: {
      State: 'running',
      ContainerStatus: { ContainerID: 'ccc' },
      PortStatus: { Ports: [{ Protocol: 'tcp', PublishedPort: 9100, PublishMode: 'host' }] },
    },
    NetworksAttachments: [{ Network: { ID: 'n1' }, Addresses: ['10.0.1.7/24'] }],
  }
  const OF_SERVICE = {
    service_id: 's1',
    service_name: 'web',
    service_mode: 'replicated',
    service_label_team: 'checkout',
  }
  const OF_NODE = {
    node_id: 'node1',
    node_role: 'manager',
    node_availability: 'active',
    node_hostname: 'swarm-1',
    node_platform_architecture: 'x86_64',
    node_platform_os: 'linux',
    node_status: 'ready',
    node_address: '192.0.2.5',
    node_label_disk: 'ssd',
  }
  const OF_NETWORK = {
    network_id: 'n1',
    network_name: 'shop',
    network_scope: 'local',
    network_internal: 'false',
    network_ingress: 'false',
    network_label_com_docker_compose_project: 'shop',
  }
  beforeEach(() => {
    docker.answers.set('/networks', NETWORKS)
    docker.answers.set('/services', [SERVICE])
    docker.answers.set('/nodes', [NODE])
    docker.answers.set('/tasks', [TASK])
  })

  it('finds services at their virtual addresses', async () => {
    expect(await targetsOf('role: services', 'dockerswarm')).toEqual([
      {
        ...{ ...OF_SERVICE, ...OF_NETWORK },
        __address__: '10.0.1.2:8080',
        service_endpoint_port_name: 'http',
        service_endpoint_port_publish_mode: 'ingress',
        service_task_container_hostname: 'h',
        service_task_container_image: 'shop/web:1',
        service_updating_status: 'completed',
      },
    ])
  })

  it('finds nodes at a port', async () => {
    expect(await targetsOf('role: nodes, port: 9100', 'dockerswarm')).toEqual([
      {
        ...OF_NODE,
        __address__: '192.0.2.5:9100',
        node_engine_version: '24.0.5',
        node_manager_leader: 'true',
        node_manager_reachability: 'reachable',
        node_manager_address: '192.0.2.5:2377',
      },
    ])
  })

  it('finds tasks on their nodes and in their networks', async () => {
    const common = {
      ...{ ...OF_SERVICE, ...OF_NODE },
      task_id: 't1',
      task_slot: '2',
      task_state: 'running',
      task_desired_state: 'running',
      task_container_id: 'ccc',
      container_label_a: 'b',
    }
    const keys = 'role: tasks, filters: [{name: desired-state, values: [running]}]'
    expect(await targetsOf(keys, 'dockerswarm')).toEqual([
      { ...common, __address__: '192.0.2.5:9100', task_port_publish_mode: 'host' },
      {
        ...{ ...common, ...OF_NETWORK },
        __address__: '10.0.1.7:8080',
        task_port_publish_mode: 'ingress',
      },
    ])
    const filters = docker.requests.map(({ url }) => decodeURIComponent(url))
    expect(filters).toContain('/tasks?filters={"desired-state":["running"]}')
    expect(filters).toContain('/nodes?filters={}')
  })
})
