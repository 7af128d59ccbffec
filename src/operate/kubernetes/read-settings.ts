import { parseQuantity } from '../../collect/kube-state/quantity.ts'
import { parseDurationMs } from '../../model/duration.ts'
import { parseBytes } from '../../yaml/bytes.ts'
import type { ConfigFault, FaultList } from '../../yaml/fault.ts'
import { suggestName } from '../../yaml/suggest.ts'
import { ENV_KEYS, type EnvName } from './env-keys.ts'
import { describeKind, isOfKind, listOf, type EnvKind } from './env-kinds.ts'
import type { EnvEntry } from './read-env-file.ts'
import { SECRET_KEYS } from './read-secrets.ts'

/** What an env file says, checked; texts are as written, '' is nothing. */
export interface ClusterSettings {
  readonly namespace: string
  readonly clusterDomain: string
  readonly image: string
  readonly pullSecret: string
  readonly environment: string
  readonly cluster: string
  readonly team: string
  readonly replicas: number
  /** Undefined: the server has a store and metadata of its own. */
  readonly shared: SharedStore | undefined
  readonly memoryBudgetBytes: number
  readonly cpuLimit: string
  readonly storage: StorageSettings
  readonly retention: RetentionSettings
  readonly ingress: IngressSettings
  readonly otlpNetworks: readonly string[]
  readonly nodeNetworks: readonly string[]
  readonly slackChannel: string
  /** A pattern of lines; '' drops none. */
  readonly logDrop: string
  readonly agentPort: number
  readonly isOn: Readonly<Record<Part, boolean>>
}

export type Part =
  | 'agent'
  | 'agentContainers'
  | 'networkPolicy'
  | 'serviceMonitor'
  | 'instrumentation'

/** Where several servers keep everything; passwords, and the PostgreSQL of metadata, are in a secret. */
export interface SharedStore {
  readonly url: string
  readonly user: string
}

export interface StorageSettings {
  readonly className: string
  /** Of the volume. */
  readonly sizeBytes: number
  /** What each signal may have of what the three have together, from 0 to 1. */
  readonly shares: Readonly<Record<'metrics' | 'logs' | 'traces', number>>
}

export interface RetentionSettings {
  readonly metricsMs: number
  readonly logsMs: number
  readonly tracesMs: number
}

export interface IngressSettings {
  /** Undefined: there is no Ingress. */
  readonly hosts: Hosts | undefined
  readonly className: string
  readonly namespace: string
  readonly proxies: readonly string[]
  readonly issuer: string
  /** '' makes no issuer. */
  readonly email: string
}

/** Under which names people and programs outside reach the doors. */
export type Hosts = Readonly<Record<'ui' | 'prometheus' | 'loki' | 'tempo', string>>

/** Of a longer value nobody reads the end. */
const MAX_SHOWN = 60

/**
 * Reads the settings of an env file over their defaults. Unknown names are warnings that say what is allowed; a value that is not
 * what its name wants is an error. With an error in `faults` the settings are not to be used.
 */
export function readSettings(entries: readonly EnvEntry[], faults: FaultList): ClusterSettings {
  for (const entry of entries) tellUnknown(entry, faults)
  const look = lookUp(entries, faults)
  const { at } = look
  const url = at('CLICKHOUSE_URL')
  if (url === '' && at('REPLICAS') !== '1') {
    const reason = 'more than one server needs CLICKHOUSE_URL, or each would have data of its own'
    look.fail('REPLICAS', reason)
  }
  return {
    namespace: at('NAMESPACE'),
    clusterDomain: at('CLUSTER_DOMAIN'),
    image: at('VEDETTE_IMAGE'),
    pullSecret: at('IMAGE_PULL_SECRET'),
    environment: at('ENV_NAME'),
    cluster: at('CLUSTER_NAME'),
    team: at('TEAM'),
    replicas: Number(at('REPLICAS')),
    shared: url === '' ? undefined : { url, user: at('CLICKHOUSE_USER') },
    memoryBudgetBytes: parseBytes(at('MEMORY_BUDGET')) ?? 0,
    cpuLimit: at('CPU_LIMIT'),
    storage: readStorage(look, url !== ''),
    retention: {
      metricsMs: parseDurationMs(at('PROMETHEUS_RETENTION')) ?? 0,
      logsMs: parseDurationMs(at('LOKI_RETENTION')) ?? 0,
      tracesMs: parseDurationMs(at('TEMPO_RETENTION')) ?? 0,
    },
    ingress: readIngress(look),
    otlpNetworks: listOf(at('OTLP_CIDRS')),
    nodeNetworks: listOf(at('NODE_CIDRS')),
    slackChannel: at('SLACK_CHANNEL'),
    logDrop: at('LOG_DROP'),
    agentPort: Number(at('AGENT_PORT')),
    isOn: {
      agent: at('AGENT') === 'true',
      agentContainers: at('AGENT_CONTAINERS') === 'true',
      networkPolicy: at('NETWORK_POLICY') === 'true',
      serviceMonitor: at('SERVICE_MONITOR') === 'true',
      instrumentation: at('INSTRUMENTATION') === 'true',
    },
  }
}

/** The values by name, over their defaults. */
interface Look {
  readonly at: (name: EnvName) => string
  /** Notes an error at the line of a name. */
  readonly fail: (name: EnvName, reason: string) => void
}

function lookUp(entries: readonly EnvEntry[], faults: FaultList): Look {
  const given = new Map(entries.map((entry) => [entry.name, entry]))
  const fail = (name: EnvName, reason: string): void =>
    faults.add({
      ...placeOf(given.get(name)),
      message: `${name}: ${reason}`,
      severity: 'error',
    })
  const at = (name: EnvName): string => {
    const key = ENV_KEYS.find((one) => one.name === name)
    const value = given.get(name)?.value
    if (key === undefined || value === undefined) return key?.fallback ?? ''
    if (isAllowed(key, value)) return value
    // A URL may hold a password.
    const shown =
      key.kind === 'url' ? 'what stands there' : JSON.stringify(value.slice(0, MAX_SHOWN))
    fail(name, `${shown} is not ${describeKind(key.kind)}`)
    return key.fallback
  }
  return { at, fail }
}

function tellUnknown(entry: EnvEntry, faults: FaultList): void {
  const { name } = entry
  const names = ENV_KEYS.map((key) => key.name)
  if (names.some((known) => known === name)) return
  const isSecret = SECRET_KEYS.some((known) => known.name === name)
  const near = suggestName(name, names)
  const hint = isSecret
    ? 'it belongs into the file of --secret-file'
    : `${near === undefined ? '' : `did you mean ${near}? `}Allowed are ${names.join(', ')}`
  const message = `${name} is no setting here and has no effect: ${hint}`
  faults.add({ ...placeOf(entry), message, severity: 'warning' })
}

function placeOf(entry: EnvEntry | undefined): Pick<ConfigFault, 'file' | 'line' | 'col'> {
  return { file: entry?.file ?? '', line: entry?.line ?? 0, col: 1 }
}

function isAllowed(
  key: { readonly kind: EnvKind; readonly fallback: string },
  value: string,
): boolean {
  if (value !== '') return isOfKind(key.kind, value)
  return key.fallback === '' || key.kind === 'networks' || key.kind === 'pattern'
}

function readStorage({ at }: Look, isShared: boolean): StorageSettings {
  const bytes = (name: EnvName): number => Math.ceil(parseQuantity(at(name)) ?? 0)
  const metrics = bytes('PROMETHEUS_STORAGE_SIZE')
  const logs = bytes('LOKI_STORAGE_SIZE')
  const traces = bytes('TEMPO_STORAGE_SIZE')
  const sum = metrics + logs + traces
  return {
    className: at('STORAGE_CLASS'),
    // Data that is elsewhere takes no room here.
    sizeBytes: (isShared ? 0 : sum) + bytes('ALERTMANAGER_STORAGE_SIZE'),
    shares: { metrics: metrics / sum, logs: logs / sum, traces: traces / sum },
  }
}

function readIngress(look: Look): IngressSettings {
  const { at } = look
  return {
    hosts: readHosts(look),
    className: at('INGRESS_CLASS'),
    namespace: at('INGRESS_NAMESPACE'),
    proxies: listOf(at('INGRESS_CIDRS')),
    issuer: at('CLUSTER_ISSUER'),
    email: at('ACME_EMAIL'),
  }
}

function readHosts({ at, fail }: Look): Hosts | undefined {
  const domain = at('DNS_DOMAIN')
  if (domain === '') return undefined
  const parts = [at('ENV_NAME'), at('CLUSTER_NAME')].filter((part) => part !== '')
  const host = (door: string): string => `${[...parts, door].join('-')}.${domain}`
  const hosts = {
    ui: host('vedette'),
    prometheus: host('prometheus'),
    loki: host('loki'),
    tempo: host('tempo'),
  }
  // The longest of them.
  if (isOfKind('domain', hosts.prometheus)) return hosts
  const shown = JSON.stringify(hosts.prometheus)
  const reason = `ENV_NAME and CLUSTER_NAME make the host name ${shown}, which is none: small letters, digits and -, at most 63 to a part`
  fail('DNS_DOMAIN', reason)
  return undefined
}
