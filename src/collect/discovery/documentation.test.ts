import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { projectRoot } from '../../../test/house/read-sources.ts'
import type { Labels } from '../../model/labels.ts'
import { silentLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import { PLAIN_HTTP_CLIENT } from '../../outbound/http-client.ts'
import { Discoveries } from './discoveries.ts'
import type { JsonObject } from './json-value.ts'
import { endpointSliceTargets, readEndpointSlice } from './kubernetes/endpoint-slice.ts'
import { endpointsTargets, readEndpoints } from './kubernetes/endpoints.ts'
import { ingressTargets, readIngress } from './kubernetes/ingress.ts'
import type { KnownObjects } from './kubernetes/known-objects.ts'
import { nodeTargets, readNode } from './kubernetes/node.ts'
import { readMeta } from './kubernetes/object-meta.ts'
import { podTargets, readPod } from './kubernetes/pod.ts'
import { readService, serviceTargets } from './kubernetes/service.ts'
import type { TargetGroup } from './target-group.ts'
import { FakeDocker } from './testing/fake-docker.ts'

/** Objects with everything that a label is made of; own names of theirs are `mark`, or `kind` where they are types. */
function object(rest: JsonObject, owner = 'ReplicaSet'): JsonObject {
  const ownerReferences = [{ controller: true, kind: owner, name: 'owner' }]
  const marks = { mark: 'yes' }
  return {
    metadata: {
      ...{ name: 'n', namespace: 's', uid: 'u', labels: marks, annotations: marks },
      ownerReferences,
    },
    ...rest,
  }
}

const port = { name: 'http', port: 80, containerPort: 80, protocol: 'TCP', appProtocol: 'h2c' }
const container = { name: 'c', image: 'i', ports: [port] }
const pod = (owner: string): JsonObject =>
  object(
    {
      spec: { nodeName: 'n', containers: [container] },
      status: {
        ...{ podIP: '10.0.0.1', hostIP: '10.0.0.2', phase: 'Running' },
        containerStatuses: [{ name: 'c', containerID: 'x' }],
      },
    },
    owner,
  )
const reference = { kind: 'Pod', namespace: 's', name: 'n' }
const service = (type: string): JsonObject =>
  object({
    spec: { type, clusterIP: '10.0.0.3', externalName: 'e', loadBalancerIP: 'l', ports: [port] },
  })

const known: KnownObjects = {
  attach: { node: true, namespace: true, deployment: true, job: true, cronjob: true },
  pod: () => readPod(pod('ReplicaSet')),
  service: () => readService(service('ClusterIP')),
  node: () => readMeta(object({})),
  namespace: () => readMeta(object({})),
  replicaSet: () => readMeta(object({}, 'Deployment')),
  job: () => readMeta(object({}, 'CronJob')),
}

function kubernetesTargets(): readonly Labels[] {
  const address = { ip: '10.0.0.1', hostname: 'h', nodeName: 'n', targetRef: reference }
  const conditions = { ready: true, serving: true, terminating: false }
  const endpoint = { addresses: ['10.0.0.1'], hostname: 'h', nodeName: 'n', zone: 'z', conditions }
  return [
    ...nodeTargets(
      readNode(
        object({
          spec: { providerID: 'p' },
          status: {
            addresses: [
              { type: 'Hostname', address: 'h' },
              { type: 'kind', address: 'h' },
            ],
            conditions: [{ type: 'kind', status: 'True' }],
          },
        }),
      ),
    ),
    ...['ClusterIP', 'ExternalName', 'LoadBalancer'].flatMap((type) =>
      serviceTargets(readService(service(type)), known),
    ),
    ...['ReplicaSet', 'Job'].flatMap((owner) => podTargets(readPod(pod(owner)), known)),
    ...endpointsTargets(
      readEndpoints(object({ subsets: [{ addresses: [address], ports: [port] }] })),
      known,
    ),
    ...endpointSliceTargets(
      readEndpointSlice({
        ...object({ addressType: 'IPv4', ports: [port] }),
        endpoints: [{ ...endpoint, targetRef: reference, deprecatedTopology: { mark: 'yes' } }],
      }),
      known,
    ),
    ...ingressTargets(
      readIngress(object({ spec: { ingressClassName: 'n', rules: [{ host: 'h' }] } })),
      known,
    ),
  ]
}

async function dockerTargets(): Promise<readonly Labels[]> {
  const docker = await FakeDocker.start()
  const labels = { mark: 'yes' }
  const published = { Name: 'p', Protocol: 'tcp', PublishedPort: 80, PublishMode: 'ingress' }
  const spec = { ContainerSpec: { Image: 'i', Hostname: 'h', Labels: labels } }
  docker.answers.set('/networks', [{ Id: 'n', Name: 'n', Scope: 'local', Labels: labels }])
  docker.answers.set('/containers/json', [
    {
      ...{ Id: 'c', Names: ['/c'], Image: 'i', ImageID: 'i', Labels: labels },
      HostConfig: { NetworkMode: 'm' },
      NetworkSettings: { Networks: { n: { NetworkID: 'n', IPAddress: '10.0.0.1' } } },
      Ports: [{ Type: 'tcp', PrivatePort: 1, PublicPort: 2, IP: '0.0.0.0' }],
    },
  ])
  docker.answers.set('/services', [
    {
      ID: 's',
      Spec: { Name: 's', Labels: labels, Mode: { Global: {} }, TaskTemplate: spec },
      Endpoint: { Ports: [published], VirtualIPs: [{ NetworkID: 'n', Addr: '10.0.0.1/24' }] },
      UpdateStatus: { State: 'done' },
    },
  ])
  docker.answers.set('/nodes', [
    {
      ...{ ID: 'node', Status: { State: 'ready', Addr: '10.0.0.2' } },
      Spec: { Role: 'manager', Availability: 'active', Labels: labels },
      Description: {
        ...{ Hostname: 'h', Platform: { Architecture: 'a', OS: 'o' } },
        Engine: { EngineVersion: 'v' },
      },
      ManagerStatus: { Leader: true, Reachability: 'reachable', Addr: '10.0.0.2:2377' },
    },
  ])
  docker.answers.set('/tasks', [
    {
      ...{ ID: 't', ServiceID: 's', NodeID: 'node', Slot: 1, DesiredState: 'running', Spec: spec },
      Status: { State: 'running', ContainerStatus: { ContainerID: 'c' } },
      NetworksAttachments: [{ Network: { ID: 'n' }, Addresses: ['10.0.0.1/24'] }],
    },
  ])
  const host = `http://127.0.0.1:${docker.port}`
  const swarm = ['services', 'nodes', 'tasks'].map((role) => ({
    ...{ key: 'dockerswarm_sd_configs', http: PLAIN_HTTP_CLIENT },
    settings: { host, role },
  }))
  const plain = { key: 'docker_sd_configs', http: PLAIN_HTTP_CLIENT, settings: { host } }
  const discoveries = new Discoveries({ registry: createRegistry() })
  const made = discoveries.create([plain, ...swarm], 'j', silentLog())
  const groups = await Promise.all(
    made.map((each) => new Promise<readonly TargetGroup[]>((resolve) => each.start(resolve))),
  )
  for (const each of made) each.stop()
  await docker.stop()
  return groups.flat().flatMap(({ targets }) => targets)
}

it('every label of Kubernetes and Docker is in the documentation, and no other', async () => {
  const targets = [...kubernetesTargets(), ...(await dockerTargets())]
  const made = targets
    .flatMap((target) => Object.keys(target.toObject()))
    .filter((name) => name.startsWith('__meta_'))
    .map((name) => name.replace(/_mark$/, '_<name>').replace(/_kind$/, (end) => kindOf(name, end)))
  const page = readFileSync(path.join(projectRoot, 'docs/collect/discovery.md'), 'utf8')
  const tables = page.slice(page.indexOf('## Labels'))
  const written = [...tables.matchAll(/`(__meta_(?:kubernetes|docker|dockerswarm)_[^`]+)`/g)]
  expect([...new Set(written.map(([, name = '']) => name))].toSorted()).toEqual(
    [...new Set(made)].filter((name) => !name.endsWith('_address_Hostname')).toSorted(),
  )
})

/** A type of addresses or conditions, and not the word that ends the name of another label. */
function kindOf(name: string, end: string): string {
  return /_node_(?:address|condition)_kind$/.test(name) ? '_<type>' : end
}
