import { compileAnchored } from '../../model/regex.ts'

/** What becomes of an attribute: a label of the stream, structured metadata of the line, or nothing. */
export type AttributeAction = 'index_label' | 'structured_metadata' | 'drop'

/** One rule of Loki's `otlp_config`: for these names, or for names that the whole regex matches. */
export interface AttributeRule {
  readonly action: AttributeAction
  readonly attributes: readonly string[]
  readonly regex: string | undefined
}

/** `limits_config.otlp_config` of Loki (pkg/loghttp/push/otlplabels). Of several rules for an attribute the first holds. */
export interface OtlpLogSettings {
  /** With Loki's own list before them, unless the file says `ignore_defaults`. */
  readonly resource: readonly AttributeRule[]
  readonly scope: readonly AttributeRule[]
  readonly log: readonly AttributeRule[]
  /** `severity_text_as_label` */
  readonly severityTextAsLabel: boolean
}

/** Loki's `default_resource_attributes_as_index_labels`. */
export const DEFAULT_INDEX_ATTRIBUTES: readonly string[] = [
  'service.name',
  'service.namespace',
  'service.instance.id',
  'deployment.environment',
  'deployment.environment.name',
  'cloud.region',
  'cloud.availability_zone',
  'k8s.cluster.name',
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.container.name',
  'container.name',
  'k8s.replicaset.name',
  'k8s.deployment.name',
  'k8s.statefulset.name',
  'k8s.daemonset.name',
  'k8s.cronjob.name',
  'k8s.job.name',
]

/** The rule that stands before all others, unless a configuration has a list of its own. */
export function indexRule(attributes: readonly string[]): AttributeRule {
  return { action: 'index_label', attributes, regex: undefined }
}

export const DEFAULT_OTLP_LOG_SETTINGS: OtlpLogSettings = {
  resource: [indexRule(DEFAULT_INDEX_ATTRIBUTES)],
  scope: [],
  log: [],
  severityTextAsLabel: false,
}

/** Labels whose value becomes `service_name` when no `service.name` was sent: Loki's `discover_service_name`. */
export const SERVICE_NAME_SOURCES: readonly string[] = [
  ...['service', 'app', 'application', 'app_name', 'name', 'app_kubernetes_io_name'],
  ...['container', 'container_name', 'k8s_container_name', 'component', 'workload', 'job'],
  'k8s_job_name',
]

/** What to do with an attribute of this name. */
export type ActionOf = (key: string) => AttributeAction

/** Attribute names whose action is remembered. */
const MAX_REMEMBERED = 10_000

/** Compiles rules. Throws `RegexError` for a regex that does not compile. */
export function compileRules(rules: readonly AttributeRule[]): ActionOf {
  if (rules.length === 0) return () => 'structured_metadata'
  const compiled = rules.map(({ action, attributes, regex }) => ({
    action,
    names: new Set(attributes),
    regex: regex === undefined ? undefined : compileAnchored(regex),
  }))
  const known = new Map<string, AttributeAction>()
  return (key) => {
    const remembered = known.get(key)
    if (remembered !== undefined) return remembered
    const rule = compiled.find(({ names, regex }) => names.has(key) || regex?.test(key) === true)
    const action = rule?.action ?? 'structured_metadata'
    if (known.size >= MAX_REMEMBERED) known.clear()
    known.set(key, action)
    return action
  }
}
