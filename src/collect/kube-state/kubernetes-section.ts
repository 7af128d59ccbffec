import { isInCluster } from '../kubernetes/api-access.ts'
import {
  PLAIN_HTTP_CLIENT,
  readHttpClient,
  type HttpClientConfig,
} from '../../outbound/http-client.ts'
import { readPath, unlessEmpty, unlessZero, type ReadContext } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { OPERATOR_KINDS, type OperatorKind } from '../operator/operator-object.ts'
import type { AllowList } from './shown-labels.ts'
import { STATE_KINDS } from './state-kinds.ts'

/** How the API server is reached; with neither address nor file by the service account of the pod. */
export interface ClusterReach {
  readonly apiServer: string | undefined
  readonly kubeconfigFile: string | undefined
  readonly http: HttpClientConfig
}

export interface StateSettings {
  /** Kinds of objects by their resource, e.g. `pods`. */
  readonly resources: readonly string[]
  /** Names of metrics that are left out; `*` stands for anything. */
  readonly deny: readonly string[]
  /** By resource. */
  readonly labels: Readonly<Record<string, AllowList>>
  readonly annotations: Readonly<Record<string, AllowList>>
}

export interface OperatorSettings {
  readonly kinds: readonly OperatorKind[]
  /** None: all that the section `kubernetes` has. */
  readonly namespaces: readonly string[]
  /** A label selector for the objects; '' selects all. */
  readonly selector: string
  readonly serviceRole: 'endpoints' | 'endpointslice'
  readonly deniesFiles: boolean
}

/** Targets of the cluster itself. */
export interface ClusterTarget {
  readonly scheme: 'http' | 'https'
}

/** `kubernetes:` of vedette.yml. */
export interface KubernetesSettings {
  readonly reach: ClusterReach
  /** None: all. */
  readonly namespaces: readonly string[]
  /** Of the jobs of the section. */
  readonly intervalMs: number
  readonly state: StateSettings | undefined
  readonly isEventsOn: boolean
  readonly kubelet: ClusterTarget | undefined
  readonly apiserver: ClusterTarget | undefined
  readonly operator: OperatorSettings | undefined
}

export interface KubernetesSource {
  readonly context: ReadContext
  readonly env: Readonly<Record<string, string | undefined>>
}

/** As kube-prometheus scrapes clusters: objects change seldom, and pages are long. */
const DEFAULT_INTERVAL_MS = 30_000

/**
 * Reads the section. Without content everything is on, in the cluster that the program runs in; `state`, `events`, `kubelet`,
 * `apiserver` and `operator` may each be `false`, and all but `events` a mapping.
 */
export function readKubernetesSection(
  node: YamlNode | undefined,
  { context, env }: KubernetesSource,
): KubernetesSettings {
  const map = node?.asMap()
  const part = <T>(name: string, read: (map: YamlMap | undefined) => T): T | undefined =>
    readPart(map?.key(name), read)
  const settings: KubernetesSettings = {
    reach: readReach(map, context),
    namespaces: map?.key('namespaces').asStrings() ?? [],
    intervalMs: unlessZero(map?.key('scrape_interval').durationMs()) ?? DEFAULT_INTERVAL_MS,
    state: part('state', readState),
    isEventsOn: map?.key('events').asBool() ?? true,
    kubelet: part('kubelet', readTarget),
    apiserver: part('apiserver', readTarget),
    operator: part('operator', readOperator),
  }
  map?.finish()
  const { apiServer, kubeconfigFile } = settings.reach
  if (node !== undefined && !apiServer && !kubeconfigFile && !isInCluster(env))
    node.warn('this is no pod of a cluster: say api_server or kubeconfig_file')
  return settings
}

/** `false` is off; `true`, nothing or a mapping is on. */
function readPart<T>(
  node: YamlNode | undefined,
  read: (map: YamlMap | undefined) => T,
): T | undefined {
  if (node === undefined || node.isEmpty) return read(undefined)
  if (node.isScalar) return node.asBool() === false ? undefined : read(undefined)
  const map = node.asMap()
  const settings = read(map)
  map?.finish()
  return settings
}

function readReach(map: YamlMap | undefined, context: ReadContext): ClusterReach {
  if (map === undefined)
    return { apiServer: undefined, kubeconfigFile: undefined, http: PLAIN_HTTP_CLIENT }
  const server = map.key('api_server')
  const apiServer = unlessEmpty(server.asString())
  if (apiServer !== undefined && !/^https?:\/\/./.test(apiServer))
    server.error('must be a URL such as https://10.0.0.1:6443')
  const kubeconfigFile = readPath(map.key('kubeconfig_file'), context)
  if (apiServer !== undefined && kubeconfigFile !== undefined)
    map.key('kubeconfig_file').errorAtKey('excludes api_server')
  return { apiServer, kubeconfigFile, http: readHttpClient(map, context) }
}

/**
 * What nobody's rules and dashboards ask for, and is half of all series: the deny-list of kube-prometheus, and what only repeats or
 * describes a pod.
 */
export const DEFAULT_DENY: readonly string[] = [
  'kube_*_created',
  'kube_*_metadata_resource_version',
  'kube_replicaset_metadata_generation',
  'kube_replicaset_status_observed_generation',
  'kube_pod_restart_policy',
  'kube_pod_*container_status_terminated',
  'kube_pod_*container_status_running',
  'kube_pod_*container_state_started',
  'kube_pod_completion_time',
  'kube_pod_ips',
  'kube_pod_scheduler',
  'kube_pod_service_account',
  'kube_pod_status_*_time',
  'kube_pod_status_qos_class',
  'kube_pod_status_scheduled',
  'kube_pod_tolerations',
]

function readState(map: YamlMap | undefined): StateSettings {
  const known = STATE_KINDS.map(({ resource }) => resource)
  const place = map?.key('resources')
  const said = place?.asStrings()
  for (const resource of said ?? []) checkResource(place, resource, known)
  return {
    resources: said ?? known,
    deny: map?.key('deny').asStrings() ?? DEFAULT_DENY,
    labels: readLists(map?.key('labels'), known),
    annotations: readLists(map?.key('annotations'), known),
  }
}

function readLists(
  node: YamlNode | undefined,
  known: readonly string[],
): Readonly<Record<string, AllowList>> {
  const out: Record<string, AllowList> = {}
  for (const entry of node?.asMap()?.entries() ?? []) {
    checkResource(entry, entry.name, known)
    out[entry.name] = entry.asStrings() ?? []
  }
  return out
}

function checkResource(
  place: YamlNode | undefined,
  resource: string,
  known: readonly string[],
): void {
  if (!known.includes(resource))
    place?.error(`${JSON.stringify(resource)} is none of ${known.join(', ')}`)
}

function readTarget(map: YamlMap | undefined): ClusterTarget {
  return { scheme: map?.key('scheme').asOneOf(['http', 'https']) ?? 'https' }
}

function readOperator(map: YamlMap | undefined): OperatorSettings {
  const all = OPERATOR_KINDS.map(({ kind }) => kind)
  const place = map?.key('kinds')
  const said = place?.asStrings()
  for (const kind of said ?? []) {
    if (!all.some((one) => one === kind))
      place?.error(`${JSON.stringify(kind)} is none of ${all.join(', ')}`)
  }
  return {
    kinds: said === undefined ? all : all.filter((kind) => said.includes(kind)),
    namespaces: map?.key('namespaces').asStrings() ?? [],
    selector: map?.key('selector').asString() ?? '',
    serviceRole: map?.key('discovery_role').asOneOf(['endpoints', 'endpointslice']) ?? 'endpoints',
    deniesFiles: map?.key('deny_files').asBool() ?? false,
  }
}
