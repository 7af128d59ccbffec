import type { ManifestMap, ManifestValue } from './manifest.ts'
import { serverHost, TOKEN_FOLDER } from './names.ts'
import { namedTexts } from './plain-text.ts'
import type { ClusterSettings } from './read-settings.ts'

/** Where an agent finds the node that it is on. */
export const HOST_ROOT = '/host/root'
export const HOST_PROC = '/host/proc'
export const HOST_SYS = '/host/sys'
export const POD_LOGS = '/var/log/pods'
export const CONTAINERD = '/run/containerd'

/** The files of the agents' configuration folder. `NODE_NAME` is a variable of their pods. */
export function agentFiles(settings: ClusterSettings): Readonly<Record<string, ManifestMap>> {
  return {
    'vedette.yml': {
      agent: {
        server: `http://${serverHost(settings)}:9090`,
        token_file: `${TOKEN_FOLDER}/token`,
      },
      // Programs send to the server itself, and the node's own ports are left alone.
      listen: { 'otlp-grpc': false, 'otlp-http': false },
      host: {
        path: {
          rootfs: HOST_ROOT,
          procfs: HOST_PROC,
          sysfs: HOST_SYS,
          'udev.data': `${HOST_ROOT}/run/udev/data`,
        },
      },
      ...(settings.isOn.agentContainers ? { containers: containersSection() } : {}),
    },
    'prometheus.yml': {
      global: { scrape_interval: '30s' },
      scrape_configs: [
        {
          job_name: 'node-exporter',
          static_configs: [{ targets: ['localhost:9100'], labels: { node: '${NODE_NAME}' } }],
        },
      ],
    },
    'promtail.yml': promtailFile(settings),
  }
}

function containersSection(): ManifestMap {
  return {
    cgroup_root: `${HOST_SYS}/fs/cgroup`,
    proc_root: HOST_PROC,
    rootfs: HOST_ROOT,
    containerd: `unix://${CONTAINERD}/containerd.sock`,
  }
}

function promtailFile(settings: ClusterSettings): ManifestMap {
  const { cluster, environment, team, logDrop } = settings
  const labels = namedTexts({ cluster, environment, team })
  const take = (source: string, target: string): ManifestMap => ({
    source_labels: [`__meta_kubernetes_${source}`],
    target_label: target,
  })
  return {
    scrape_configs: [
      {
        job_name: 'pods',
        pipeline_stages: stages(logDrop, labels),
        kubernetes_sd_configs: [
          { role: 'pod', selectors: [{ role: 'pod', field: 'spec.nodeName=${NODE_NAME}' }] },
        ],
        relabel_configs: [
          take('pod_node_name', '__host__'),
          take('pod_node_name', 'node_name'),
          take('namespace', 'namespace'),
          take('pod_name', 'pod'),
          take('pod_container_name', 'container'),
          {
            source_labels: [
              '__meta_kubernetes_pod_label_app_kubernetes_io_name',
              '__meta_kubernetes_pod_label_app',
              '__meta_kubernetes_pod_name',
            ],
            // The first of them that says something.
            regex: ';*([^;]+)(;.*)?',
            target_label: 'app',
          },
          {
            source_labels: ['__meta_kubernetes_pod_uid', '__meta_kubernetes_pod_container_name'],
            separator: '/',
            replacement: `${POD_LOGS}/*$1/*.log`,
            target_label: '__path__',
          },
          {
            // Folders of pods that a node runs by itself, such as the API server, have another id.
            source_labels: [
              '__meta_kubernetes_pod_annotation_kubernetes_io_config_hash',
              '__meta_kubernetes_pod_container_name',
            ],
            separator: '/',
            regex: '(.+/.+)',
            replacement: `${POD_LOGS}/*$1/*.log`,
            target_label: '__path__',
          },
        ],
      },
    ],
  }
}

/** Lines as container runtimes write them, with the level that lines of JSON say, without those of probes. */
function stages(
  logDrop: string,
  labels: Readonly<Record<string, string>>,
): readonly ManifestValue[] {
  return [
    { cri: {} },
    ...(logDrop === '' ? [] : [{ drop: { expression: logDrop, drop_counter_reason: 'probe' } }]),
    { json: { expressions: { level: 'level' } } },
    { labels: { level: 'level' } },
    ...(Object.keys(labels).length === 0 ? [] : [{ static_labels: labels }]),
  ]
}
