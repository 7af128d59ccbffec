import { createServer, type Server } from 'node:http'
import type { JsonObject } from '../../src/collect/discovery/json-value.ts'
import { FakeApi } from '../../src/collect/kubernetes/testing/fake-api.ts'

const APPS = '/apis/apps/v1'
const BATCH = '/apis/batch/v1'
const EVENT_EVERY_MS = 10_000

interface FakePod {
  readonly namespace: string
  readonly name: string
  readonly owner: readonly [kind: string, name: string]
  readonly node: string
  /** Cores in use. */
  readonly cores: number
  readonly memoryMib: number
  readonly waiting?: string
}

const PODS: readonly FakePod[] = [
  ...['a', 'b', 'c'].map((end, i) => ({
    ...{ namespace: 'shop', name: `web-7f9c-${end}`, owner: ['ReplicaSet', 'web-7f9c'] as const },
    ...{ node: `node-${(i % 3) + 1}`, cores: 0.1 + i * 0.05, memoryMib: 90 + i * 20 },
  })),
  {
    ...{ namespace: 'shop', name: 'cart-5d4-x', owner: ['ReplicaSet', 'cart-5d4'] as const },
    ...{ node: 'node-2', cores: 0.01, memoryMib: 20, waiting: 'CrashLoopBackOff' },
  },
  {
    ...{ namespace: 'shop', name: 'db-0', owner: ['StatefulSet', 'db'] as const },
    ...{ node: 'node-1', cores: 0.4, memoryMib: 700 },
  },
  ...['1', '2', '3'].map((end) => ({
    ...{ namespace: 'kube-system', name: `proxy-${end}`, owner: ['DaemonSet', 'proxy'] as const },
    ...{ node: `node-${end}`, cores: 0.02, memoryMib: 40 },
  })),
]

/** A cluster of three nodes whose pods work: its API server is played, and so are its kubelets, which count on. */
export interface WorkingCluster {
  readonly api: FakeApi
  /** `kubernetes:` of a vedette.yml. */
  readonly section: string
  stop(): Promise<void>
}

export async function startWorkingCluster(): Promise<WorkingCluster> {
  const api = await FakeApi.start()
  const servers: Server[] = []
  const startedMs = Date.now()
  const serve = async (page: (path: string, seconds: number) => string): Promise<number> => {
    const server = createServer((request, answer) => {
      answer.setHeader('content-type', 'text/plain; version=0.0.4')
      answer.end(page(request.url ?? '', (Date.now() - startedMs) / 1000 + 100))
    })
    servers.push(server)
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
  for (const node of ['node-1', 'node-2', 'node-3'])
    api.put('/api/v1/nodes', nodeObject(node, await serve(kubeletPages(node))))
  for (const pod of PODS) api.put('/api/v1/pods', podObject(pod))
  putWorkloads(api)
  putApiServer(api, await serve((_, seconds) => apiServerPage(seconds)))
  const told = setInterval(() => putEvent(api), EVENT_EVERY_MS)
  putEvent(api)
  return {
    api,
    section: `kubernetes:
  api_server: ${api.url}
  scrape_interval: 1s
  kubelet: {scheme: http}
  apiserver: {scheme: http}
`,
    stop: async () => {
      clearInterval(told)
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
      }
      await api.stop()
    },
  }
}

function nodeObject(name: string, port: number): JsonObject {
  const isReady = name !== 'node-3'
  return {
    metadata: { name, labels: {}, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { unschedulable: !isReady },
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      conditions: [
        { type: 'Ready', status: isReady ? 'True' : 'False' },
        { type: 'MemoryPressure', status: isReady ? 'False' : 'True' },
      ],
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '3800m', memory: '7Gi', pods: '110' },
      nodeInfo: { kubeletVersion: 'v1.34.2', osImage: 'Debian GNU/Linux 13' },
    },
  }
}

function podObject({ namespace, name, owner, node, waiting }: FakePod): JsonObject {
  const isUp = waiting === undefined
  const state = isUp ? { running: {} } : { waiting: { reason: waiting } }
  const lastState = isUp ? {} : { terminated: { reason: 'OOMKilled', exitCode: 137 } }
  return {
    metadata: {
      ...{ name, namespace, uid: `uid-${name}` },
      ownerReferences: [{ kind: owner[0], name: owner[1], controller: true }],
    },
    spec: {
      nodeName: node,
      containers: [
        {
          ...{ name: 'app', image: 'registry.example/app:1.4' },
          resources: {
            requests: { cpu: '500m', memory: '256Mi' },
            limits: { cpu: '1', memory: '1Gi' },
          },
        },
      ],
    },
    status: {
      ...{ phase: 'Running', hostIP: '127.0.0.1', podIP: '127.0.0.1', qosClass: 'Burstable' },
      conditions: [{ type: 'Ready', status: isUp ? 'True' : 'False' }],
      containerStatuses: [
        { name: 'app', ready: isUp, restartCount: isUp ? 0 : 7, image: 'app', state, lastState },
      ],
    },
  }
}

function putWorkloads(api: FakeApi): void {
  const put = (path: string, name: string, more: JsonObject, namespace = 'shop'): void =>
    api.put(path, { metadata: { name, namespace }, ...more })
  for (const name of ['shop', 'kube-system'])
    api.put('/api/v1/namespaces', { metadata: { name }, status: { phase: 'Active' } })
  put(`${APPS}/deployments`, 'web', {
    spec: { replicas: 3 },
    status: { replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3 },
  })
  put(`${APPS}/deployments`, 'cart', {
    spec: { replicas: 1 },
    status: { replicas: 1, updatedReplicas: 1 },
  })
  put(`${APPS}/statefulsets`, 'db', {
    spec: { replicas: 1 },
    status: { replicas: 1, readyReplicas: 1 },
  })
  const everywhere = { desiredNumberScheduled: 3, numberReady: 3, numberAvailable: 3 }
  put(`${APPS}/daemonsets`, 'proxy', { status: everywhere }, 'kube-system')
  put(`${BATCH}/cronjobs`, 'report', {
    spec: { schedule: '0 3 * * *' },
    status: {
      lastScheduleTime: '2026-11-21T03:00:00Z',
      lastSuccessfulTime: '2026-11-21T03:04:00Z',
    },
  })
  put('/apis/autoscaling/v2/horizontalpodautoscalers', 'web', {
    spec: { minReplicas: 2, maxReplicas: 5, scaleTargetRef: { kind: 'Deployment', name: 'web' } },
    status: { currentReplicas: 3, desiredReplicas: 3 },
  })
}

function putApiServer(api: FakeApi, port: number): void {
  const metadata = { namespace: 'default', name: 'kubernetes' }
  const ports = [{ name: 'https', port, protocol: 'TCP' }]
  api.put('/api/v1/services', { metadata, spec: { ports, clusterIP: '10.0.0.1' } })
  api.put('/apis/discovery.k8s.io/v1/endpointslices', {
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
    ports,
  })
}

/** It is counted on, as events are. */
function putEvent(api: FakeApi): void {
  api.put('/api/v1/events', {
    metadata: { name: 'cart.1', namespace: 'shop', uid: 'cart.1' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'cart-5d4-x' },
    ...{ reason: 'BackOff', type: 'Warning', count: 7 },
    message: 'Back-off restarting failed container app',
    lastTimestamp: new Date().toISOString(),
  })
}

function kubeletPages(node: string): (path: string, seconds: number) => string {
  const own = PODS.filter((pod) => pod.node === node)
  return (path, seconds) => {
    if (path === '/metrics/resource') {
      const cores = own.reduce((sum, pod) => sum + pod.cores, 0.2)
      const bytes = own.reduce((sum, pod) => sum + pod.memoryMib, 400) * 1024 * 1024
      return `node_cpu_usage_seconds_total ${cores * seconds}\nnode_memory_working_set_bytes ${bytes}\n`
    }
    if (path === '/metrics/cadvisor') return own.map((pod) => containerLines(pod, seconds)).join('')
    if (path !== '/metrics' || node !== 'node-1') return 'kubelet_running_pods 3\n'
    const claim = '{namespace="shop",persistentvolumeclaim="data-db-0"}'
    return `kubelet_volume_stats_capacity_bytes${claim} 1e10\nkubelet_volume_stats_available_bytes${claim} 3e9\n`
  }
}

function containerLines({ namespace, name, cores, memoryMib }: FakePod, seconds: number): string {
  const pod = `namespace="${namespace}",pod="${name}"`
  return `container_cpu_usage_seconds_total{${pod},container="app"} ${cores * seconds}
container_memory_working_set_bytes{${pod},container="app"} ${memoryMib * 1024 * 1024}
container_network_receive_bytes_total{${pod},interface="eth0"} ${cores * seconds * 1e5}
container_network_transmit_bytes_total{${pod},interface="eth0"} ${cores * seconds * 2e5}
`
}

const LATENCIES = [
  ['0.05', 0.9],
  ['0.1', 0.97],
  ['0.5', 0.995],
  ['1', 1],
  ['+Inf', 1],
] as const

function apiServerPage(seconds: number): string {
  const verbs = { GET: 20, LIST: 3, WATCH: 2, PATCH: 4, POST: 1 }
  let page = `apiserver_current_inflight_requests{request_kind="readOnly"} 3
process_resident_memory_bytes 4e8
process_cpu_seconds_total ${seconds * 0.2}
workqueue_depth{name="crd_naming"} 2
`
  for (const [verb, rate] of Object.entries(verbs)) {
    const common = `verb="${verb}",resource="pods"`
    page += `apiserver_request_total{${common},code="200"} ${Math.round(seconds * rate)}\n`
    page += `apiserver_request_total{${common},code="500"} ${Math.round(seconds * rate * 0.01)}\n`
    for (const [le, share] of LATENCIES)
      page += `apiserver_request_duration_seconds_bucket{${common},le="${le}"} ${Math.round(seconds * rate * share)}\n`
  }
  for (const [le, share] of LATENCIES)
    page += `etcd_request_duration_seconds_bucket{operation="get",le="${le}"} ${Math.round(seconds * 10 * share)}\n`
  return page
}
