import { expect, test } from 'vitest'
import { PageWriter } from './page-writer.ts'
import type { StateKind } from './state-family.ts'
import { STATE_KINDS } from './state-kinds.ts'
import { StateReader, type StateReaderOptions } from './state-reader.ts'

async function pageOf(resource: string, objects: unknown[], options: StateReaderOptions = {}) {
  const reader = new StateReader(kindOf(resource), options)
  const page = new PageWriter(0)
  await reader.write(page, [new Map(objects.map((object, i) => [`${i}`, reader.read(object)]))])
  return Buffer.from(page.finish()).toString()
}

function kindOf(resource: string): StateKind {
  const kind = STATE_KINDS.find((each) => each.resource === resource)
  if (kind === undefined) throw new Error(`no kind ${resource}`)
  return kind
}

/** The lines of some families, without their metadata. */
function linesOf(page: string, pattern: RegExp): string[] {
  return page.split('\n').filter((line) => !line.startsWith('#') && pattern.test(line))
}

const POD = {
  metadata: {
    ...{ name: 'web-1', namespace: 'shop', uid: 'u1', creationTimestamp: '2026-03-01T10:00:00Z' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web', controller: true }],
    labels: { app: 'web', 'app.kubernetes.io/name': 'web', podTemplate: 'x' },
  },
  spec: {
    ...{ nodeName: 'n1', restartPolicy: 'Always', serviceAccountName: 'default' },
    containers: [
      {
        ...{ name: 'app', image: 'web:1' },
        resources: {
          requests: { cpu: '100m', memory: '64Mi', 'nvidia.com/gpu': '1' },
          limits: { memory: '1Gi', 'hugepages-2Mi': '2Mi' },
        },
      },
    ],
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'web-data', readOnly: true } },
      { name: 'scratch', ephemeral: {} },
      { name: 'tmp', emptyDir: {} },
    ],
    tolerations: [
      { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
  },
  status: {
    ...{ phase: 'Running', hostIP: '10.0.0.1', podIP: '10.1.0.7', qosClass: 'Burstable' },
    podIPs: [{ ip: '10.1.0.7' }, { ip: 'fd00::7' }],
    conditions: [
      { type: 'Ready', status: 'False', lastTransitionTime: '2026-03-01T10:05:00Z' },
      { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-03-01T10:00:01Z' },
    ],
    containerStatuses: [
      {
        ...{ name: 'app', image: 'docker.io/web:1', imageID: 'sha', containerID: 'containerd://c' },
        ...{ ready: false, restartCount: 4 },
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: {
          terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: '2026-03-01T10:04:00Z' },
        },
      },
    ],
  },
}

test('a pod is shown as kube-state-metrics shows it', async () => {
  const page = await pageOf('pods', [POD])
  const head = '{namespace="shop",pod="web-1",uid="u1"'
  expect(linesOf(page, /^kube_pod_info/)).toEqual([
    `kube_pod_info${head},host_ip="10.0.0.1",pod_ip="10.1.0.7",node="n1",created_by_kind="ReplicaSet",created_by_name="web",host_network="false"} 1`,
  ])
  expect(linesOf(page, /^kube_pod_status_(?:phase|ready\{)/)).toEqual([
    `kube_pod_status_phase${head},phase="Pending"} 0`,
    `kube_pod_status_phase${head},phase="Succeeded"} 0`,
    `kube_pod_status_phase${head},phase="Failed"} 0`,
    `kube_pod_status_phase${head},phase="Unknown"} 0`,
    `kube_pod_status_phase${head},phase="Running"} 1`,
    `kube_pod_status_ready${head},condition="true"} 0`,
    `kube_pod_status_ready${head},condition="false"} 1`,
    `kube_pod_status_ready${head},condition="unknown"} 0`,
  ])
  const container = `${head},container="app"`
  expect(linesOf(page, /^kube_pod_container_(?:status|info)/)).toEqual([
    `kube_pod_container_info${container},image_spec="web:1",image="docker.io/web:1",image_id="sha",container_id="containerd://c"} 1`,
    `kube_pod_container_status_waiting${container}} 1`,
    `kube_pod_container_status_waiting_reason${container},reason="CrashLoopBackOff"} 1`,
    `kube_pod_container_status_running${container}} 0`,
    `kube_pod_container_status_terminated${container}} 0`,
    `kube_pod_container_status_last_terminated_reason${container},reason="OOMKilled"} 1`,
    `kube_pod_container_status_last_terminated_exitcode${container}} 137`,
    `kube_pod_container_status_last_terminated_timestamp${container}} 1772359440`,
    `kube_pod_container_status_ready${container}} 0`,
    `kube_pod_container_status_restarts_total${container}} 4`,
  ])
  expect(linesOf(page, /^kube_pod_container_resource/)).toEqual([
    `kube_pod_container_resource_requests${container},node="n1",resource="cpu",unit="core"} 0.1`,
    `kube_pod_container_resource_requests${container},node="n1",resource="memory",unit="byte"} 67108864`,
    `kube_pod_container_resource_requests${container},node="n1",resource="nvidia_com_gpu",unit="integer"} 1`,
    `kube_pod_container_resource_limits${container},node="n1",resource="memory",unit="byte"} 1073741824`,
    `kube_pod_container_resource_limits${container},node="n1",resource="hugepages_2Mi",unit="byte"} 2097152`,
  ])
  expect(linesOf(page, /claims|tolerations|_ips|_created|_owner/)).toEqual([
    `kube_pod_ips${head},ip="10.1.0.7",ip_family="4"} 1`,
    `kube_pod_ips${head},ip="fd00::7",ip_family="6"} 1`,
    `kube_pod_owner${head},owner_kind="ReplicaSet",owner_name="web",owner_is_controller="true"} 1`,
    `kube_pod_created${head}} 1772359200`,
    `kube_pod_spec_volumes_persistentvolumeclaims_info${head},volume="data",persistentvolumeclaim="web-data",ephemeral="false"} 1`,
    `kube_pod_spec_volumes_persistentvolumeclaims_info${head},volume="scratch",persistentvolumeclaim="web-1-scratch",ephemeral="true"} 1`,
    `kube_pod_spec_volumes_persistentvolumeclaims_readonly${head},volume="data",persistentvolumeclaim="web-data",ephemeral="false"} 1`,
    `kube_pod_spec_volumes_persistentvolumeclaims_readonly${head},volume="scratch",persistentvolumeclaim="web-1-scratch",ephemeral="true"} 0`,
    `kube_pod_tolerations${head},key="a",operator="Exists",effect="NoExecute",toleration_seconds="300"} 1`,
  ])
  expect(page).toContain('# TYPE kube_pod_container_status_restarts_total counter\n')
})

test('labels and annotations are shown only where they are allowed', async () => {
  const none = await pageOf('pods', [POD])
  expect(none).not.toContain('kube_pod_labels')
  const some = await pageOf('pods', [POD], { labels: ['app*', 'podTemplate'], annotations: ['*'] })
  const head = '{namespace="shop",pod="web-1",uid="u1"'
  expect(linesOf(some, /_labels|_annotations/)).toEqual([
    `kube_pod_labels${head},label_app="web",label_app_kubernetes_io_name="web",label_pod_template="x"} 1`,
    `kube_pod_annotations${head}} 1`,
  ])
})

test('families can be left out, values are escaped', async () => {
  const isLeftOut = (name: string): boolean => !name.endsWith('pod_info')
  const odd = { ...POD, metadata: { ...POD.metadata, name: 'we"b\\2\n' } }
  const page = await pageOf('pods', [POD, odd], { isLeftOut })
  expect(linesOf(page, /./)).toHaveLength(2)
  expect(page).toContain('pod="we\\"b\\\\2\\n"')
  expect(await pageOf('pods', [])).toBe('')
  const reader = new StateReader(kindOf('secrets'), { isLeftOut: () => true, labels: ['*'] })
  expect(reader.hasFamilies).toBe(false)
})

test('nodes, quotas, jobs, ingresses and volumes', async () => {
  const named = (name: string, more: object = {}) => ({
    metadata: { name, namespace: 'a' },
    ...more,
  })
  const status = {
    capacity: { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '100Gi' },
    conditions: [{ type: 'Ready', status: 'Unknown' }],
    addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
  }
  const labels = { 'node-role.kubernetes.io/control-plane': '' }
  const node = { metadata: { name: 'n1', labels }, spec: { unschedulable: true }, status }
  expect(linesOf(await pageOf('nodes', [node]), /capacity|condition|role|unsched|_info/)).toEqual([
    'kube_node_info{node="n1",kubeproxy_version="deprecated",internal_ip="10.0.0.1"} 1',
    'kube_node_role{node="n1",role="control-plane"} 1',
    'kube_node_spec_unschedulable{node="n1"} 1',
    'kube_node_status_capacity{node="n1",resource="cpu",unit="core"} 4',
    'kube_node_status_capacity{node="n1",resource="memory",unit="byte"} 8589934592',
    'kube_node_status_capacity{node="n1",resource="pods",unit="integer"} 110',
    'kube_node_status_capacity{node="n1",resource="ephemeral_storage",unit="byte"} 107374182400',
    'kube_node_status_condition{node="n1",condition="Ready",status="true"} 0',
    'kube_node_status_condition{node="n1",condition="Ready",status="false"} 0',
    'kube_node_status_condition{node="n1",condition="Ready",status="unknown"} 1',
  ])
  const quota = named('q', { status: { hard: { 'requests.cpu': '2' }, used: { pods: '3' } } })
  expect(linesOf(await pageOf('resourcequotas', [quota]), /./)).toEqual([
    'kube_resourcequota{namespace="a",resourcequota="q",resource="requests.cpu",type="hard"} 2',
    'kube_resourcequota{namespace="a",resourcequota="q",resource="pods",type="used"} 3',
  ])
  const job = named('j', {
    status: { failed: 2, conditions: [{ type: 'Failed', status: 'True', reason: 'Evicted' }] },
  })
  expect(linesOf(await pageOf('jobs', [job]), /failed/)).toEqual([
    'kube_job_status_failed{namespace="a",job_name="j",reason="BackoffLimitExceeded"} 0',
    'kube_job_status_failed{namespace="a",job_name="j",reason="DeadlineExceeded"} 0',
    'kube_job_status_failed{namespace="a",job_name="j",reason="Evicted"} 1',
    'kube_job_failed{namespace="a",job_name="j",condition="true"} 1',
    'kube_job_failed{namespace="a",job_name="j",condition="false"} 0',
    'kube_job_failed{namespace="a",job_name="j",condition="unknown"} 0',
  ])
  const backend = { service: { name: 'web', port: { number: 80 } } }
  const rules = [{ host: 'a.example', http: { paths: [{ path: '/', backend }] } }]
  expect(linesOf(await pageOf('ingresses', [named('i', { spec: { rules } })]), /./)).toEqual([
    'kube_ingress_info{namespace="a",ingress="i",ingressclass="_default"} 1',
    'kube_ingress_path{namespace="a",ingress="i",host="a.example",path="/",service_name="web",service_port="80"} 1',
  ])
})

test('objects of any shape are taken without a fault', async () => {
  const odd: unknown[] = [
    null,
    7,
    'x',
    [],
    {},
    { metadata: 3 },
    { metadata: { name: 'a', labels: [] }, spec: [], status: 'x' },
    {
      metadata: { name: 'b', ownerReferences: [null, 1], creationTimestamp: 'yesterday' },
      spec: { containers: [null, { name: 5 }], replicas: '3', limits: [{ min: 1 }], rules: [1] },
      status: { conditions: [null, { type: 1 }], containerStatuses: ['x'], capacity: { cpu: {} } },
    },
  ]
  for (const { resource } of STATE_KINDS) {
    const page = await pageOf(resource, odd, { labels: ['*'], annotations: ['*'] })
    for (const line of linesOf(page, /./)) expect(line).toMatch(/^kube_[a-z_]+\{.*\} -?[0-9.e+]+$/)
  }
})
