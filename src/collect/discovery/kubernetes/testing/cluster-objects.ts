import type { FakeApi } from '../../../kubernetes/testing/fake-api.ts'
import { objectOf, type JsonObject } from '../../json-value.ts'

export const COLLECTION = {
  pods: '/api/v1/pods',
  nodes: '/api/v1/nodes',
  services: '/api/v1/services',
  endpoints: '/api/v1/endpoints',
  namespaces: '/api/v1/namespaces',
  endpointSlices: '/apis/discovery.k8s.io/v1/endpointslices',
  ingresses: '/apis/networking.k8s.io/v1/ingresses',
  replicaSets: '/apis/apps/v1/replicasets',
  jobs: '/apis/batch/v1/jobs',
} as const

/** Objects as an API server of version 1.30 gives them, shortened to what matters to somebody. */
export const NODE: JsonObject = {
  kind: 'Node',
  apiVersion: 'v1',
  metadata: {
    name: 'worker-1',
    uid: '3bfb3bf5-9db1-4c1a-bf37-5e2a45c45c75',
    labels: { 'kubernetes.io/arch': 'amd64', 'topology.kubernetes.io/zone': 'eu-1a' },
    annotations: { 'node.alpha.kubernetes.io/ttl': '0' },
    managedFields: [{ manager: 'kubelet', operation: 'Update' }],
  },
  spec: { providerID: 'kind://docker/shop/worker-1', podCIDR: '10.244.1.0/24' },
  status: {
    conditions: [
      { type: 'MemoryPressure', status: 'False' },
      { type: 'Ready', status: 'True' },
    ],
    addresses: [
      { type: 'Hostname', address: 'worker-1' },
      { type: 'InternalIP', address: '172.18.0.3' },
      { type: 'InternalIP', address: 'fc00::3' },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  },
}

const NAMESPACE: JsonObject = {
  metadata: { name: 'shop', labels: { team: 'checkout' }, annotations: { 'owner.io/mail': 'a@b' } },
}

const REPLICA_SET: JsonObject = {
  metadata: {
    name: 'web-5d4f8c7b9',
    namespace: 'shop',
    ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
  },
}

export const POD: JsonObject = {
  metadata: {
    name: 'web-5d4f8c7b9-x2x4z',
    namespace: 'shop',
    uid: '8f6f4c1e-6b5a-4f4b-9b1a-0f3f8f7f1a11',
    labels: { app: 'web', 'app.kubernetes.io/name': 'web' },
    annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9102' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web-5d4f8c7b9', controller: true }],
    managedFields: [{ manager: 'kube-controller-manager' }],
  },
  spec: {
    nodeName: 'worker-1',
    containers: [
      {
        name: 'web',
        image: 'shop/web:1.4',
        ports: [
          { name: 'http', containerPort: 8080, protocol: 'TCP' },
          { name: 'metrics', containerPort: 9102, protocol: 'TCP' },
        ],
      },
      { name: 'sidecar', image: 'shop/sidecar:2' },
    ],
    initContainers: [{ name: 'migrate', image: 'shop/migrate:1.4' }],
  },
  status: {
    phase: 'Running',
    podIP: '10.244.1.7',
    hostIP: '172.18.0.3',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      { name: 'web', containerID: 'containerd://aa11', ready: true },
      { name: 'sidecar', containerID: 'containerd://bb22', ready: true },
    ],
    initContainerStatuses: [{ name: 'migrate', containerID: 'containerd://cc33' }],
  },
}

export const SERVICE: JsonObject = {
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.96.0.20',
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
  },
  status: { loadBalancer: {} },
}

const POD_REFERENCE = { kind: 'Pod', namespace: 'shop', name: 'web-5d4f8c7b9-x2x4z' }

export const ENDPOINTS: JsonObject = {
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  subsets: [
    {
      addresses: [{ ip: '10.244.1.7', nodeName: 'worker-1', targetRef: POD_REFERENCE }],
      notReadyAddresses: [{ ip: '10.244.1.9', hostname: 'old' }],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    },
  ],
}

export const ENDPOINT_SLICE: JsonObject = {
  addressType: 'IPv4',
  metadata: {
    name: 'web-abc12',
    namespace: 'shop',
    labels: { 'kubernetes.io/service-name': 'web' },
  },
  endpoints: [
    {
      addresses: ['10.244.1.7'],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'worker-1',
      zone: 'eu-1a',
      targetRef: POD_REFERENCE,
    },
  ],
  ports: [{ name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'http' }],
}

const INGRESS: JsonObject = {
  metadata: { name: 'shop', namespace: 'shop' },
  spec: {
    ingressClassName: 'nginx',
    tls: [{ hosts: ['*.shop.example'] }],
    rules: [
      { host: 'www.shop.example', http: { paths: [{ path: '/' }, { path: '/api' }] } },
      { host: 'plain.example' },
    ],
  },
}

/** A small cluster: one node, one pod behind one service. */
export function fillCluster(fake: FakeApi): void {
  fake.put(COLLECTION.nodes, NODE)
  fake.put(COLLECTION.namespaces, NAMESPACE)
  fake.put(COLLECTION.replicaSets, REPLICA_SET)
  fake.put(COLLECTION.pods, POD)
  fake.put(COLLECTION.services, SERVICE)
  fake.put(COLLECTION.endpoints, ENDPOINTS)
  fake.put(COLLECTION.endpointSlices, ENDPOINT_SLICE)
  fake.put(COLLECTION.ingresses, INGRESS)
}

/** The object with some fields of its metadata, spec or status replaced. */
export function changed(object: JsonObject, part: string, fields: JsonObject): JsonObject {
  return { ...object, [part]: { ...objectOf(object[part]), ...fields } }
}
