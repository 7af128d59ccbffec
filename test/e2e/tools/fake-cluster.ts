import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { JsonObject } from '../../../src/collect/discovery/json-value.ts'
import { FakeApi } from '../../../src/collect/kubernetes/testing/fake-api.ts'

/** Where collections of the API are. */
export const PATHS = {
  pods: '/api/v1/pods',
  nodes: '/api/v1/nodes',
  events: '/api/v1/events',
  secrets: '/api/v1/secrets',
  services: '/api/v1/services',
  endpoints: '/api/v1/endpoints',
  endpointSlices: '/apis/discovery.k8s.io/v1/endpointslices',
  deployments: '/apis/apps/v1/deployments',
  serviceMonitors: '/apis/monitoring.coreos.com/v1/servicemonitors',
  prometheusRules: '/apis/monitoring.coreos.com/v1/prometheusrules',
  alertmanagerConfigs: '/apis/monitoring.coreos.com/v1alpha1/alertmanagerconfigs',
} as const

/** A cluster of one node with one pod, whose kubelet and application answer on one port of this machine. */
export interface FakeCluster {
  readonly api: FakeApi
  /** `127.0.0.1:PORT` of kubelet and application. */
  readonly address: string
  /** What was posted to `/hook`. */
  readonly posted: string[]
  /** What they were asked for with: path, and credentials. */
  readonly asked: string[]
}

const PAGES: Readonly<Record<string, string>> = {
  '/metrics': 'kubelet_running_pods 1\nshop_orders_total 7\n',
  '/metrics/cadvisor':
    'container_memory_working_set_bytes{namespace="shop",pod="web-1",container="app"} 1000\n',
  '/metrics/probes': 'prober_probe_total{namespace="shop",pod="web-1"} 3\n',
  '/metrics/resource': 'node_cpu_usage_seconds_total 5\n',
}

/** Starts it; it goes with the test. */
export async function startCluster(): Promise<FakeCluster> {
  const posted: string[] = []
  const asked: string[] = []
  const server = createServer((request, answer) => {
    void text(request).then((body) => {
      if (request.url === '/hook') posted.push(body)
      const [path = ''] = (request.url ?? '').split('?')
      asked.push(`${path} ${request.headers.authorization ?? ''}`.trim())
      answer.setHeader('content-type', 'text/plain; version=0.0.4')
      return answer.end(PAGES[path] ?? '')
    })
  })
  const port = await listen(server)
  const api = await FakeApi.start()
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await api.stop()
  })
  fill(api, port)
  return { api, address: `127.0.0.1:${port}`, posted, asked }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function fill(api: FakeApi, port: number): void {
  api.put(PATHS.nodes, {
    metadata: { name: 'n1', labels: {} },
    spec: {},
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      conditions: [{ type: 'Ready', status: 'True' }],
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '7Gi', pods: '110' },
      nodeInfo: { kubeletVersion: 'v1.33.1' },
    },
  })
  api.put(PATHS.pods, pod('web-1', port))
  const inShop = (name: string): JsonObject => ({ name, namespace: 'shop', labels: { app: 'web' } })
  api.put(PATHS.services, {
    metadata: inShop('web'),
    spec: { ports: [{ name: 'http', port }], type: 'ClusterIP', clusterIP: '10.0.0.9' },
  })
  const addresses = [
    { ip: '127.0.0.1', targetRef: { kind: 'Pod', namespace: 'shop', name: 'web-1' } },
  ]
  api.put(PATHS.endpoints, {
    metadata: inShop('web'),
    subsets: [{ addresses, ports: [{ name: 'http', port, protocol: 'TCP' }] }],
  })
}

/** A pod that runs, unless told otherwise. */
export function pod(name: string, port: number, waiting?: string): JsonObject {
  const state = waiting === undefined ? { running: {} } : { waiting: { reason: waiting } }
  return {
    metadata: {
      ...{ name, namespace: 'shop', uid: `uid-${name}`, labels: { app: 'web' } },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web', controller: true }],
    },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'app', image: 'web:1', ports: [{ name: 'http', containerPort: port }] }],
    },
    status: {
      ...{ phase: 'Running', hostIP: '127.0.0.1', podIP: '127.0.0.1', qosClass: 'BestEffort' },
      conditions: [{ type: 'Ready', status: waiting === undefined ? 'True' : 'False' }],
      containerStatuses: [
        { name: 'app', image: 'web:1', ready: waiting === undefined, restartCount: 0, state },
      ],
    },
  }
}
