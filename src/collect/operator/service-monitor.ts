import { objectOf, objectsOf, textOf } from '../discovery/json-value.ts'
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

/**
 * The jobs of a ServiceMonitor, one for each of its endpoints, with the rules in the order in which prometheus-operator writes them
 * (pkg/prometheus/promcfg.go, generateServiceMonitorConfig).
 */
export function serviceMonitorJobs(
  { namespace, name, spec }: OperatorObject,
  options: MonitorOptions,
): readonly JobText[] {
  const role = roleOf(spec['serviceDiscoveryRole'], options)
  const limits = limitSettings(spec, options)
  return objectsOf(spec['endpoints']).map((endpoint, i) => {
    const request = requestSettings(endpoint, options)
    return Object.assign({}, request, limits, {
      job_name: `serviceMonitor/${namespace}/${name}/${i}`,
      kubernetes_sd_configs: [kubernetesDiscovery(role, namespace, spec)],
      relabel_configs: [
        JOB_NAME_RULE,
        ...selectorRules(spec['selector'], '__meta_kubernetes_service'),
        ...portRules(endpoint, role),
        ...placeRules(role),
        ...(endpoint['filterRunning'] === false ? [] : [RUNNING_RULE]),
        ...labelRules(spec['targetLabels'], '__meta_kubernetes_service'),
        ...labelRules(spec['podTargetLabels'], '__meta_kubernetes_pod'),
        { ...copy('__meta_kubernetes_service_name', 'job'), replacement: '${1}' },
        ...jobLabel(spec['jobLabel']),
        ...endpointRule(endpoint),
        ...ownRules(endpoint['relabelings']),
      ],
      metric_relabel_configs: ownRules(endpoint['metricRelabelings']),
    })
  })
}

function roleOf(said: unknown, { serviceRole }: MonitorOptions): 'endpoints' | 'endpointslice' {
  if (said === 'EndpointSlice') return 'endpointslice'
  return said === 'Endpoints' ? 'endpoints' : serviceRole
}

function portRules(
  { port, targetPort }: Readonly<Record<string, unknown>>,
  role: string,
): readonly RelabelRule[] {
  const label = role === 'endpointslice' ? 'endpointslice' : 'endpoint'
  if (textOf(port) !== '') return [keep(`__meta_kubernetes_${label}_port_name`, textOf(port))]
  const target = portOf(targetPort)
  if (target === undefined) return []
  const kind = typeof target === 'string' ? 'name' : 'number'
  return [keep(`__meta_kubernetes_pod_container_port_${kind}`, target)]
}

/** Namespace, service, pod, container and node of a target. */
function placeRules(role: string): readonly RelabelRule[] {
  const label = role === 'endpointslice' ? 'endpointslice' : 'endpoint'
  const prefix = `__meta_kubernetes_${label}_address_target`
  const behind = (kind: string, target: string): RelabelRule => ({
    source_labels: [`${prefix}_kind`, `${prefix}_name`],
    separator: ';',
    regex: `${kind};(.*)`,
    replacement: '${1}',
    target_label: target,
  })
  return [
    behind('Node', 'node'),
    behind('Pod', 'pod'),
    copy('__meta_kubernetes_namespace', 'namespace'),
    copy('__meta_kubernetes_service_name', 'service'),
    copy('__meta_kubernetes_pod_name', 'pod'),
    copy('__meta_kubernetes_pod_container_name', 'container'),
  ]
}

function jobLabel(label: unknown): readonly RelabelRule[] {
  const name = textOf(label)
  if (name === '') return []
  return [copyIfSet(`__meta_kubernetes_service_label_${sanitizeLabelName(name)}`, 'job')]
}

function endpointRule(endpoint: Readonly<Record<string, unknown>>): readonly RelabelRule[] {
  const port = textOf(endpoint['port']) || portOf(endpoint['targetPort'])
  return port === undefined ? [] : [set('endpoint', String(port))]
}

/** What the endpoints of a monitor select, for those who look whether a part of this program is scraped already. */
export function selectedApp({ name, spec }: OperatorObject): string {
  const labels = objectOf(objectOf(spec['selector'])['matchLabels'])
  return `${name} ${Object.values(labels).map(textOf).join(' ')}`
}
