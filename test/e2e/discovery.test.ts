import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import {
  changed,
  COLLECTION,
  ENDPOINTS,
  fillCluster,
  NODE,
  POD,
} from '../../src/collect/discovery/kubernetes/testing/cluster-objects.ts'
import { objectOf, type JsonObject } from '../../src/collect/discovery/json-value.ts'
import { FakeDocker } from '../../src/collect/discovery/testing/fake-docker.ts'
import { FakeApi } from '../../src/collect/kubernetes/testing/fake-api.ts'
import {
  createAuthority,
  createCertificate,
  hasOpenssl,
} from '../../src/outbound/testing/certificates.ts'
import { parseJson } from '../house/parse-json.ts'
import type { Server } from './server.ts'
import { ownExporter, ownFolder, ownServer } from './tools/owned.ts'
import { queryLines } from './tools/query-lines.ts'
import { waitFor } from './tools/wait-for.ts'

const UID = '8f6f4c1e-6b5a-4f4b-9b1a-0f3f8f7f1a11'

interface Target {
  readonly scrapePool: string
  readonly health: string
  readonly labels: Readonly<Record<string, string>>
  readonly discoveredLabels: Readonly<Record<string, string>>
}

interface Targets {
  readonly data: {
    readonly activeTargets: readonly Target[]
    readonly droppedTargets: readonly Pick<Target, 'discoveredLabels'>[]
  }
}

function isTargets(json: unknown): json is Targets {
  return typeof json === 'object' && json !== null && 'data' in json
}

async function targetsOf(server: Server): Promise<Targets['data']> {
  const answer = await fetch(`${server.url()}/api/v1/targets`)
  return parseJson(await answer.text(), isTargets).data
}

/** The API server of a small cluster, over TLS where certificates can be made, and how a configuration names it. */
async function startCluster(folder: string): Promise<{ fake: FakeApi; keys: string }> {
  writeFileSync(join(folder, 'token'), 'token-of-the-account\n')
  const login = `authorization: {credentials_file: ${join(folder, 'token')}}`
  const token = 'token-of-the-account'
  if (!hasOpenssl()) {
    const fake = await FakeApi.start({ token })
    return { fake, keys: `api_server: "${fake.url}", ${login}` }
  }
  const authority = createAuthority(folder, 'ca')
  const files = createCertificate(folder, 'api', authority, 'IP:127.0.0.1')
  const tls = { cert: readFileSync(files.cert), key: readFileSync(files.key) }
  const fake = await FakeApi.start({ token, tls })
  const trust = `tls_config: {ca_file: ${authority.cert}}`
  return { fake, keys: `api_server: "${fake.url}", ${login}, ${trust}` }
}

/** The rules of the example configurations of Prometheus: pods say by annotations that, and where, they are scraped. */
function jobs(keys: string, dockerHost: string): string {
  return `
alerting:
  alertmanagers:
    - kubernetes_sd_configs: [{role: service, ${keys}}]
      relabel_configs:
        - {source_labels: [__meta_kubernetes_service_name], regex: web, action: keep}
scrape_configs:
  - job_name: kubernetes-nodes
    scrape_interval: 1s
    kubernetes_sd_configs: [{role: node, ${keys}}]
    relabel_configs:
      - {action: labelmap, regex: __meta_kubernetes_node_label_(.+)}
  - job_name: kubernetes-pods
    scrape_interval: 1s
    kubernetes_sd_configs: [{role: pod, ${keys}, namespaces: {names: [shop]}}]
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_annotation_prometheus_io_scrape], action: keep, regex: 'true'}
      - {source_labels: [__meta_kubernetes_pod_container_port_name], action: keep, regex: metrics}
      - source_labels: [__address__, __meta_kubernetes_pod_annotation_prometheus_io_port]
        action: replace
        regex: ([^:]+)(?::\\d+)?;(\\d+)
        replacement: $1:$2
        target_label: __address__
      - {action: labelmap, regex: __meta_kubernetes_pod_label_(.+)}
      - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
  - job_name: kubernetes-endpoints
    scrape_interval: 1s
    kubernetes_sd_configs: [{role: endpoints, ${keys}}]
    relabel_configs:
      - {source_labels: [__meta_kubernetes_endpoint_port_name], action: keep, regex: metrics}
      - {source_labels: [__meta_kubernetes_service_name], target_label: service}
  - job_name: docker
    scrape_interval: 1s
    docker_sd_configs: [{host: "${dockerHost}", refresh_interval: 200ms}]
    relabel_configs:
      - {source_labels: [__meta_docker_container_name], regex: /(.*), target_label: container}
`
}

/** As the chart of promtail has it: the files of the pods of this node. */
function podLogs(keys: string, folder: string): string {
  return `
positions: {filename: ${folder}/positions.yaml}
clients: [{url: http://loki:3100/loki/api/v1/push}]
scrape_configs:
  - job_name: kubernetes-pods
    pipeline_stages: [{cri: {}}]
    kubernetes_sd_configs: [{role: pod, ${keys}}]
    relabel_configs:
      - {source_labels: [__meta_kubernetes_pod_controller_name], regex: '([0-9a-z-.]+?)(-[0-9a-f]{8,10})?', target_label: __tmp_controller_name}
      - {source_labels: [__tmp_controller_name], regex: (.+), target_label: app}
      - {source_labels: [__meta_kubernetes_pod_node_name], target_label: __host__}
      - {source_labels: [__meta_kubernetes_namespace], target_label: namespace}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
      - {source_labels: [__meta_kubernetes_pod_container_name], target_label: container}
      - source_labels: [__meta_kubernetes_pod_uid, __meta_kubernetes_pod_container_name]
        separator: /
        replacement: ${folder}/pods/*$1/*.log
        target_label: __path__
`
}

function podAt(name: string, port: number): JsonObject {
  const metadata = {
    ...objectOf(POD['metadata']),
    name,
    annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port) },
  }
  return { ...changed(POD, 'status', { podIP: '127.0.0.1' }), metadata }
}

it('targets of Kubernetes and Docker are found, scraped and followed; logs of pods are read', async () => {
  const folder = ownFolder()
  const exporter = await ownExporter()
  exporter.page('/metrics', 'shop_orders_total 3\n')
  const { port } = exporter
  const { fake, keys } = await startCluster(folder)
  onTestFinished(() => fake.stop())
  fillCluster(fake)
  fake.put(COLLECTION.pods, podAt('web-5d4f8c7b9-x2x4z', port))
  fake.put(
    COLLECTION.nodes,
    changed(NODE, 'status', {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    }),
  )
  const ready = { ip: '127.0.0.1', nodeName: 'worker-1' }
  const subset = { addresses: [ready], ports: [{ name: 'metrics', port, protocol: 'TCP' }] }
  fake.put(COLLECTION.endpoints, { ...ENDPOINTS, subsets: [subset] })
  const docker = await FakeDocker.start()
  onTestFinished(() => docker.stop())
  docker.answers.set('/containers/json', [
    {
      ...{ Id: 'aaa', Names: ['/shop_web_1'], HostConfig: { NetworkMode: 'shop' } },
      NetworkSettings: { Networks: { shop: { NetworkID: 'n1', IPAddress: '127.0.0.1' } } },
      Ports: [{ PrivatePort: port, Type: 'tcp' }],
    },
  ])
  const logs = join(folder, 'pods', `shop_web-5d4f8c7b9-x2x4z_${UID}`, 'web')
  mkdirSync(logs, { recursive: true })
  const now = new Date().toISOString().replace('Z', '000000Z')
  writeFileSync(join(logs, '0.log'), `${now} stderr F the order is lost\n`)
  const config = join(folder, 'config')
  mkdirSync(config)
  writeFileSync(join(config, 'prometheus.yml'), jobs(keys, `http://127.0.0.1:${docker.port}`))
  writeFileSync(join(config, 'promtail.yml'), podLogs(keys, folder))
  writeFileSync(join(config, 'loki.yml'), 'auth_enabled: false\n')
  const server = await ownServer({
    configPath: config,
    listeners: ['loki'],
    env: { HOSTNAME: 'worker-1' },
  })

  const all = await waitFor('every target to be scraped', async () => {
    const found = await targetsOf(server)
    const isUp = found.activeTargets.every(({ health }) => health === 'up')
    return found.activeTargets.length === 4 && isUp && found
  })
  const byPool = new Map(all.activeTargets.map((target) => [target.scrapePool, target]))
  expect(byPool.get('kubernetes-nodes')?.labels).toMatchObject({
    instance: 'worker-1',
    kubernetes_io_arch: 'amd64',
  })
  expect(byPool.get('kubernetes-pods')?.labels).toEqual({
    instance: `127.0.0.1:${port}`,
    job: 'kubernetes-pods',
    app: 'web',
    app_kubernetes_io_name: 'web',
    namespace: 'shop',
    pod: 'web-5d4f8c7b9-x2x4z',
  })
  expect(byPool.get('kubernetes-pods')?.discoveredLabels).toMatchObject({
    __meta_kubernetes_pod_uid: UID,
    __meta_kubernetes_pod_container_port_name: 'metrics',
  })
  expect(byPool.get('kubernetes-endpoints')?.labels).toMatchObject({ service: 'web' })
  expect(byPool.get('docker')?.labels).toMatchObject({ container: 'shop_web_1' })
  expect(
    all.droppedTargets.map(
      ({ discoveredLabels }) => discoveredLabels['__meta_kubernetes_pod_container_name'],
    ),
  ).toContain('sidecar')
  // The pods are watched once, though three jobs and the logs look at them: in all namespaces, and in one.
  const lists = fake.requests.filter(({ query }) => !('watch' in query))
  expect(lists.filter(({ path }) => path === COLLECTION.pods)).toHaveLength(1)

  const line = await waitFor('the line of the pod', async () => {
    const [first] = await queryLines(server, '{namespace="shop"}')
    return first
  })
  expect(line).toMatchObject({
    line: 'the order is lost',
    labels: { app: 'web', container: 'web', namespace: 'shop', stream: 'stderr' },
  })
  const alertmanagers = await fetch(`${server.url()}/api/v1/alertmanagers`)
  expect(await alertmanagers.text()).toContain('http://web.shop.svc:80/api/v2/alerts')

  fake.put(COLLECTION.pods, podAt('web-5d4f8c7b9-new', port))
  fake.remove(COLLECTION.pods, 'shop', 'web-5d4f8c7b9-x2x4z')
  await waitFor('the pods to be followed', async () => {
    const { activeTargets } = await targetsOf(server)
    const pods = activeTargets.filter(({ scrapePool }) => scrapePool === 'kubernetes-pods')
    return pods.length === 1 && pods[0]?.labels['pod'] === 'web-5d4f8c7b9-new'
  })
  const metrics = await (await fetch(`${server.url()}/metrics`)).text()
  expect(metrics).toMatch(/^prometheus_sd_kubernetes_events_total\{.*role="pod".*\} [1-9]/m)
  expect(metrics).toMatch(/^prometheus_sd_discovered_targets\{config="kubernetes-pods",.*\} [1-9]/m)
  expect(readFileSync(server.logPath, 'utf8')).not.toContain('token-of-the-account')
})
