import { formatBytes } from '../../yaml/bytes.ts'
import { formatDurationMs } from '../../model/duration.ts'
import { DOORS, OTLP_DOORS } from './doors.ts'
import { NAME, type ManifestMap } from './manifest.ts'
import { SERVER_SECRETS_FOLDER } from './names.ts'
import { namedTexts, withoutVariables } from './plain-text.ts'
import type { ClusterSettings, SharedStore, StorageSettings } from './read-settings.ts'

export const DATA_FOLDER = '/var/lib/vedette'

/** Of the volume: the file system and the reserve of the engine take some of the rest. */
const BUDGET_SHARE = 0.85
const MIB = 1024 * 1024

/** How often is scraped. */
const INTERVAL = '30s'

/** The files of the server's configuration folder. */
export function serverFiles(settings: ClusterSettings): Readonly<Record<string, ManifestMap>> {
  const { slackChannel } = settings
  const collector = collectorFile(settings)
  return {
    'vedette.yml': vedetteFile(settings),
    'prometheus.yml': prometheusFile(settings),
    ...(slackChannel === '' ? {} : { 'alertmanager.yml': alertmanagerFile(slackChannel) }),
    ...(collector === undefined ? {} : { 'otel-collector.yml': collector }),
  }
}

function vedetteFile(settings: ClusterSettings): ManifestMap {
  const { retention, ingress, memoryBudgetBytes, otlpNetworks, shared } = settings
  const hours = Math.ceil(retention.tracesMs / 3_600_000)
  return {
    storage: {
      // A folder of its own: the volume belongs to root and may hold lost+found.
      path: `${DATA_FOLDER}/data`,
      retention_time: formatDurationMs(retention.metricsMs),
      ...(shared === undefined ? diskBudget(settings.storage) : {}),
    },
    ...(shared === undefined ? {} : sharedPlaces(shared)),
    memory: { budget: formatBytes(memoryBudgetBytes) },
    loki: { limits_config: { retention_period: `${Math.ceil(retention.logsMs / 3_600_000)}h` } },
    tempo: { compactor: { compaction: { block_retention: `${hours}h` } } },
    listen: Object.fromEntries(DOORS.map(({ name, port }) => [name, `0.0.0.0:${port}`])),
    access: {
      required: true,
      hosts: accessHosts(settings),
      trusted: OTLP_DOORS.flatMap((listener) =>
        otlpNetworks.map((cidr) => ({ cidr, listener, write: true })),
      ),
      ...(ingress.proxies.length === 0 ? {} : { proxies: ingress.proxies }),
    },
    kubernetes: kubernetesSection(settings),
    ...(ingress.hosts === undefined
      ? {}
      : { flags: { 'web.external-url': `https://${ingress.hosts.prometheus}/` } }),
  }
}

function sharedPlaces({ url, user }: SharedStore): ManifestMap {
  return {
    clickhouse: {
      url,
      ...(user === '' ? {} : { username: withoutVariables(user) }),
      password: '${CLICKHOUSE_PASSWORD:-}',
    },
    metadata: { url: '${METADATA_URL}' },
  }
}

function diskBudget({ sizeBytes, shares }: StorageSettings): ManifestMap {
  // Rounded down: together they must not be more than everything.
  const percent = (share: number): string => `${Math.floor(share * 1000) / 10}%`
  return {
    disk_budget: `${Math.floor((sizeBytes * BUDGET_SHARE) / MIB)}MiB`,
    disk_shares: {
      metrics: percent(shares.metrics),
      logs: percent(shares.logs),
      traces: percent(shares.traces),
    },
  }
}

/** Names with a dot are refused unless they are named: a page of elsewhere may not pretend to be of here. */
function accessHosts({ namespace, clusterDomain, ingress }: ClusterSettings): readonly string[] {
  return [
    `${NAME}.${namespace}`,
    `*.${namespace}.svc`,
    `*.${namespace}.svc.${clusterDomain}`,
    ...(ingress.hosts === undefined ? [] : Object.values(ingress.hosts)),
  ]
}

function kubernetesSection({ isOn }: ClusterSettings): ManifestMap {
  return {
    scrape_interval: INTERVAL,
    operator: {
      // Who may write monitors may not have the token of this pod sent to them.
      deny_files: true,
      // The server knows itself: its ServiceMonitor is for others.
      ...(isOn.serviceMonitor ? { selector: 'app.kubernetes.io/name!=vedette' } : {}),
    },
  }
}

/** The label of a pod's or service's annotation `prometheus.io/…`. */
const annotation = (name: string): string =>
  `__meta_kubernetes_pod_annotation_prometheus_io_${name}`

function prometheusFile({ cluster, environment }: ClusterSettings): ManifestMap {
  const labels = namedTexts({ cluster, environment })
  return {
    global: {
      scrape_interval: INTERVAL,
      ...(Object.keys(labels).length === 0 ? {} : { external_labels: labels }),
    },
    scrape_configs: [
      { job_name: 'vedette', static_configs: [{ targets: ['localhost:9090'] }] },
      {
        job_name: 'pods',
        kubernetes_sd_configs: [{ role: 'pod' }],
        relabel_configs: [
          { source_labels: [annotation('scrape')], action: 'keep', regex: 'true' },
          {
            source_labels: ['__meta_kubernetes_pod_phase'],
            action: 'drop',
            regex: 'Pending|Succeeded|Failed',
          },
          { source_labels: [annotation('scheme')], regex: '(https?)', target_label: '__scheme__' },
          {
            source_labels: [annotation('path')],
            regex: '(.+)',
            target_label: '__metrics_path__',
          },
          {
            source_labels: ['__meta_kubernetes_pod_ip', annotation('port')],
            regex: '([0-9.]+);([0-9]+)',
            replacement: '$1:$2',
            target_label: '__address__',
          },
          { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
          { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
          { source_labels: ['__meta_kubernetes_pod_container_name'], target_label: 'container' },
          { source_labels: ['__meta_kubernetes_pod_node_name'], target_label: 'node' },
        ],
      },
    ],
  }
}

function alertmanagerFile(channel: string): ManifestMap {
  return {
    route: {
      receiver: 'slack',
      group_by: ['namespace', 'alertname'],
      // Watchdog shows that alerting works, InfoInhibitor only silences others: nobody is to be told.
      routes: [{ receiver: 'nobody', matchers: ['alertname =~ "InfoInhibitor|Watchdog"'] }],
    },
    receivers: [
      { name: 'nobody' },
      {
        name: 'slack',
        slack_configs: [
          {
            channel: withoutVariables(channel),
            api_url_file: `${SERVER_SECRETS_FOLDER}/slack-webhook-url`,
            send_resolved: true,
          },
        ],
      },
    ],
  }
}

/** What comes by OTLP is told which cluster and environment it is of; nothing where they have no name. */
function collectorFile({ cluster, environment }: ClusterSettings): ManifestMap | undefined {
  const attributes = Object.entries(namedTexts({ cluster, environment })).map(([key, value]) => ({
    key,
    value,
    action: 'upsert',
  }))
  if (attributes.length === 0) return undefined
  const pipeline = (exporter: string): ManifestMap => ({
    receivers: ['otlp'],
    processors: ['resource'],
    exporters: [exporter],
  })
  return {
    receivers: {
      otlp: {
        protocols: { grpc: { endpoint: '0.0.0.0:4317' }, http: { endpoint: '0.0.0.0:4318' } },
      },
    },
    processors: { resource: { attributes } },
    // All of them mean this program.
    exporters: {
      'otlp/tempo': { endpoint: 'tempo:4317', tls: { insecure: true } },
      'otlphttp/loki': { endpoint: 'http://loki:3100/otlp' },
      prometheusremotewrite: { endpoint: 'http://prometheus:9090/api/v1/write' },
    },
    service: {
      pipelines: {
        traces: pipeline('otlp/tempo'),
        metrics: pipeline('prometheusremotewrite'),
        logs: pipeline('otlphttp/loki'),
      },
    },
  }
}
