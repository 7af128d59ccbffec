import path from 'node:path'
import type { FaultList } from '../../yaml/fault.ts'
import type { GlobalConfig } from '../config/global.ts'
import type { ScrapeConfig } from '../config/scrape-config.ts'
import type { ClusterTarget, KubernetesSettings } from '../kube-state/kubernetes-section.ts'
import { SERVICE_ACCOUNT_FOLDER } from '../kubernetes/api-access.ts'
import { copy, keep, set, type RelabelRule } from './monitor-relabels.ts'
import type { JobText } from './monitor-settings.ts'
import type { OperatorObject } from './operator-object.ts'
import { readJobs } from './read-jobs.ts'
import { selectedApp } from './service-monitor.ts'

export interface ClusterJobsOptions {
  readonly settings: KubernetesSettings
  readonly global: GlobalConfig
  readonly faults: FaultList
}

/** A part of the cluster that a section alone has scraped. */
type ClusterPart = 'kubelet' | 'apiserver' | 'kube-state-metrics'

/** The jobs of the cluster itself, each with the part that it is of. */
interface ClusterJob {
  readonly part: ClusterPart
  readonly job: JobText
}

/** The last part of a job's name, and the page that it scrapes. */
const KUBELET_PAGES = [
  ['', '/metrics'],
  ['-cadvisor', '/metrics/cadvisor'],
  ['-probes', '/metrics/probes'],
  ['-resource', '/metrics/resource'],
] as const

/** Series that nobody's dashboards or rules ask for and that are half of the page. */
const CADVISOR_DROPS = [
  ['container_(network_(tcp|udp)_usage_total|tasks_state|cpu_load_average_10s)', ['__name__']],
  [
    '(container_spec_.*|container_file_descriptors|container_sockets|container_threads_max|container_threads|container_start_time_seconds|container_last_seen);;',
    ['__name__', 'pod', 'namespace'],
  ],
  ['container_blkio_device_usage_total;.+', ['__name__', 'container']],
] as const

const APISERVER_DROPS = [
  [
    '(apiserver_request|apiserver_request_sli|etcd_request)_duration_seconds_bucket;(0.15|0.25|0.3|0.35|0.4|0.45|0.6|0.7|0.8|0.9|1.25|1.5|1.75|2.5|3|3.5|4.5|6|7|8|9|15|25|30|50)',
    ['__name__', 'le'],
  ],
  [
    '(apiserver_(request_body_size_bytes|response_sizes|watch_events_sizes|flowcontrol_.*_duration_seconds)|workqueue_.*_duration_seconds)_bucket',
    ['__name__'],
  ],
] as const

/** The jobs for kubelet, API server and the state of objects, under the names that kube-prometheus's rules and dashboards ask for. */
export function clusterJobs(options: ClusterJobsOptions): readonly ScrapeConfig[] {
  const { global, faults, settings } = options
  const { reach } = settings
  const timing = { intervalMs: settings.intervalMs, timeoutMs: settings.intervalMs }
  return readJobs(
    jobsOf(settings).map(({ job }) => job),
    { file: 'kubernetes', faults, global, reach },
  ).map((job) => Object.assign(job, timing))
}

/** Names of the jobs that an object of the operator makes needless: nothing is collected twice. */
export function replacedJobs(
  settings: KubernetesSettings,
  monitors: readonly OperatorObject[],
): ReadonlySet<string> {
  const texts = monitors.filter(({ kind }) => kind === 'ServiceMonitor').map(selectedApp)
  const isReplaced = (part: ClusterPart): boolean =>
    texts.some((text) => text.split(/[\s/]+/).some((word) => word.endsWith(part)))
  return new Set(
    jobsOf(settings).flatMap(({ part, job }) => (isReplaced(part) ? String(job['job_name']) : [])),
  )
}

function jobsOf(settings: KubernetesSettings): readonly ClusterJob[] {
  const { kubelet, apiserver, state } = settings
  return [
    ...(kubelet === undefined
      ? []
      : KUBELET_PAGES.map(([suffix, page]) => ({
          part: 'kubelet' as const,
          job: kubeletJob(suffix, page, kubelet, settings),
        }))),
    ...(apiserver === undefined
      ? []
      : [{ part: 'apiserver' as const, job: apiserverJob(apiserver, settings) }]),
    ...(state === undefined ? [] : [{ part: 'kube-state-metrics' as const, job: STATE_JOB }]),
  ]
}

const STATE_JOB: JobText = {
  job_name: 'kube-state-metrics',
  honor_labels: true,
  static_configs: [{ targets: ['kube-state-metrics:8080'] }],
}

function kubeletJob(
  suffix: string,
  page: string,
  target: ClusterTarget,
  settings: KubernetesSettings,
): JobText {
  return {
    job_name: `kubelet${suffix}`,
    honor_labels: true,
    honor_timestamps: page !== '/metrics/cadvisor',
    ...secured(target, settings, { insecure_skip_verify: true }),
    metrics_path: page,
    kubernetes_sd_configs: [{ role: 'node' }],
    relabel_configs: [
      set('job', 'kubelet'),
      copy('__metrics_path__', 'metrics_path'),
      copy('__meta_kubernetes_node_name', 'node'),
      ...placed('kube-system', 'kubelet', 'https-metrics'),
    ],
    metric_relabel_configs: page === '/metrics/cadvisor' ? CADVISOR_DROPS.map(drop) : [],
  }
}

function apiserverJob(target: ClusterTarget, settings: KubernetesSettings): JobText {
  return {
    job_name: 'apiserver',
    ...secured(target, settings, {
      ca_file: path.join(SERVICE_ACCOUNT_FOLDER, 'ca.crt'),
      server_name: 'kubernetes',
    }),
    kubernetes_sd_configs: [{ role: 'endpointslice', namespaces: { names: ['default'] } }],
    relabel_configs: [
      keep('__meta_kubernetes_service_name', 'kubernetes'),
      keep('__meta_kubernetes_endpointslice_port_name', 'https'),
      ...placed('default', 'kubernetes', 'https'),
    ],
    metric_relabel_configs: APISERVER_DROPS.map(drop),
  }
}

function placed(namespace: string, service: string, endpoint: string): readonly RelabelRule[] {
  return [set('namespace', namespace), set('service', service), set('endpoint', endpoint)]
}

function drop([regex, labels]: readonly [string, readonly string[]]): RelabelRule {
  return { action: 'drop', source_labels: labels, regex }
}

/** In a pod its service account lets it in; elsewhere nothing does, unless the targets let everybody in. */
function secured(
  { scheme }: ClusterTarget,
  { reach }: KubernetesSettings,
  tls: Readonly<Record<string, unknown>>,
): JobText {
  const common = { scheme }
  const isPod = reach.apiServer === undefined && reach.kubeconfigFile === undefined
  if (!isPod) return scheme === 'http' ? common : { ...common, tls_config: withoutFiles(tls) }
  const credentials = path.join(SERVICE_ACCOUNT_FOLDER, 'token')
  return { ...common, tls_config: tls, authorization: { credentials_file: credentials } }
}

/** The certificates of the service account are in pods only. */
function withoutFiles({ ca_file: file, ...others }: Readonly<Record<string, unknown>>): JobText {
  return file === undefined ? others : { ...others, insecure_skip_verify: true }
}
