import { isJsonObject, objectOf, objectsOf, textFieldsOf, textOf } from '../discovery/json-value.ts'
import { convertObject } from './convert-keys.ts'
import {
  copy,
  JOB_NAME_RULE,
  ownRules,
  selectorRules,
  set,
  type RelabelRule,
} from './monitor-relabels.ts'
import {
  kubernetesDiscovery,
  limitSettings,
  named,
  requestSettings,
  type JobText,
  type MonitorOptions,
} from './monitor-settings.ts'
import { OperatorFault, type OperatorObject } from './operator-object.ts'

/** The job of a Probe, as prometheus-operator writes it (promcfg.go, generateProbeConfig). */
export function probeJobs(
  { namespace, name, spec }: OperatorObject,
  options: MonitorOptions,
): readonly JobText[] {
  const prober = objectOf(spec['prober'])
  const url = textOf(prober['url'])
  if (url === '') throw new OperatorFault('prober.url says where the prober is, and is missing')
  const { path, scheme, ...proxy } = convertObject(prober, options)
  const targets = objectOf(spec['targets'])
  const found = isJsonObject(targets['staticConfig'])
    ? staticTargets(targets['staticConfig'], namespace)
    : ingressTargets(targets['ingress'], namespace)
  const jobName = textOf(spec['jobName'])
  return [
    {
      job_name: `probe/${namespace}/${name}`,
      ...requestSettings(spec, options),
      ...limitSettings(spec, options),
      metrics_path: textOf(path) || '/probe',
      ...named('scheme', textOf(scheme).toLowerCase()),
      ...named('proxy_url', proxy['proxy_url']),
      ...paramsOf(spec),
      ...found.discovery,
      relabel_configs: [
        JOB_NAME_RULE,
        ...(jobName === '' ? [] : [set('job', jobName)]),
        ...found.rules,
        copy('__param_target', 'instance'),
        set('__address__', url),
        ...ownRules(found.ownRules),
      ],
      metric_relabel_configs: ownRules(spec['metricRelabelings']),
    },
  ]
}

function paramsOf(spec: OperatorObject['spec']): JobText {
  const module = textOf(spec['module'])
  const params = Object.fromEntries(
    objectsOf(spec['params']).map((one) => [textOf(one['name']), one['values'] ?? []]),
  )
  const all = { ...params, ...(module === '' ? {} : { module: [module] }) }
  return Object.keys(all).length === 0 ? { params: {} } : { params: all }
}

interface Targets {
  readonly discovery: JobText
  readonly rules: readonly RelabelRule[]
  readonly ownRules: unknown
}

function staticTargets(config: Readonly<Record<string, unknown>>, namespace: string): Targets {
  const labels = { namespace, ...textFieldsOf(config['labels']) }
  return {
    discovery: { static_configs: [{ targets: config['static'] ?? [], labels }] },
    rules: [copy('__address__', '__param_target')],
    ownRules: config['relabelingConfigs'],
  }
}

function ingressTargets(written: unknown, namespace: string): Targets {
  if (!isJsonObject(written))
    throw new OperatorFault('targets has neither staticConfig nor ingress')
  return {
    discovery: { kubernetes_sd_configs: [kubernetesDiscovery('ingress', namespace, written)] },
    rules: [
      ...selectorRules(written['selector'], '__meta_kubernetes_ingress'),
      {
        source_labels: [
          ...['__meta_kubernetes_ingress_scheme', '__address__', '__meta_kubernetes_ingress_path'],
        ],
        separator: ';',
        regex: '(.+);(.+);(.+)',
        target_label: '__param_target',
        replacement: '${1}://${2}${3}',
        action: 'replace',
      },
      copy('__meta_kubernetes_namespace', 'namespace'),
      copy('__meta_kubernetes_ingress_name', 'ingress'),
      copy('__address__', '__tmp_ingress_address'),
    ],
    ownRules: written['relabelingConfigs'],
  }
}
