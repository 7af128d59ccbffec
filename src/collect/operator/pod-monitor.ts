import { objectsOf, textOf, type JsonObject } from '../discovery/json-value.ts'
import { sanitizeLabelName } from '../discovery/sanitize-label-name.ts'
import {
  copy,
  copyIfSet,
  JOB_NAME_RULE,
  keep,
  labelRules,
  ownRules,
  portOf,
  RUNNING_RULE,
  selectorRules,
  set,
  type RelabelRule,
} from './monitor-relabels.ts'
import {
  kubernetesDiscovery,
  limitSettings,
  requestSettings,
  type JobText,
  type MonitorOptions,
} from './monitor-settings.ts'
import type { OperatorObject } from './operator-object.ts'

/** The jobs of a PodMonitor, as prometheus-operator writes them (promcfg.go, generatePodMonitorConfig). */
export function podMonitorJobs(
  { namespace, name, spec }: OperatorObject,
  options: MonitorOptions,
): readonly JobText[] {
  const limits = limitSettings(spec, options)
  const label = textOf(spec['jobLabel'])
  return objectsOf(spec['podMetricsEndpoints']).map((endpoint, i) => {
    const request = requestSettings(endpoint, options)
    return Object.assign({}, request, limits, {
      job_name: `podMonitor/${namespace}/${name}/${i}`,
      kubernetes_sd_configs: [kubernetesDiscovery('pod', namespace, spec)],
      relabel_configs: [
        JOB_NAME_RULE,
        ...(endpoint['filterRunning'] === false ? [] : [RUNNING_RULE]),
        ...selectorRules(spec['selector'], '__meta_kubernetes_pod'),
        ...portRules(endpoint),
        copy('__meta_kubernetes_namespace', 'namespace'),
        copy('__meta_kubernetes_pod_container_name', 'container'),
        copy('__meta_kubernetes_pod_name', 'pod'),
        ...labelRules(spec['podTargetLabels'], '__meta_kubernetes_pod'),
        set('job', `${namespace}/${name}`),
        ...(label === ''
          ? []
          : [copyIfSet(`__meta_kubernetes_pod_label_${sanitizeLabelName(label)}`, 'job')]),
        ...endpointRule(endpoint),
        ...ownRules(endpoint['relabelings']),
      ],
      metric_relabel_configs: ownRules(endpoint['metricRelabelings']),
    })
  })
}

function portRules(endpoint: JsonObject): readonly RelabelRule[] {
  const port = textOf(endpoint['port'])
  if (port !== '') return [keep('__meta_kubernetes_pod_container_port_name', port)]
  const target = portOf(endpoint['portNumber']) ?? portOf(endpoint['targetPort'])
  if (target === undefined) return []
  const kind = typeof target === 'string' ? 'name' : 'number'
  return [keep(`__meta_kubernetes_pod_container_port_${kind}`, target)]
}

function endpointRule(endpoint: JsonObject): readonly RelabelRule[] {
  const port = textOf(endpoint['port']) || portOf(endpoint['targetPort'])
  return port === undefined ? [] : [set('endpoint', String(port))]
}
