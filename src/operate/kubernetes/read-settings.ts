import { isIP } from 'node:net'
import { parseQuantity } from '../../collect/kube-state/quantity.ts'
import { parseDurationMs } from '../../model/duration.ts'
import { compileSearch } from '../../model/regex.ts'
import { parseBytes } from '../../yaml/bytes.ts'
import type { ConfigFault, FaultList } from '../../yaml/fault.ts'
import { suggestName } from '../../yaml/suggest.ts'
import { describeKind, ENV_KEYS, LEAST_CORES, type EnvKind, type EnvName } from './env-keys.ts'
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

const MIN_BUDGET_BYTES = 256 * 1024 * 1024
const MIN_VOLUME_BYTES = 64 * 1024 * 1024

/** Of a longer value nobody reads the end. */
const MAX_SHOWN = 60

/**
 * Reads the settings of an env file over their defaults. Unknown names are warnings that say what is allowed; a value that is not
 * what its name wants is an error. With an error in `faults` the settings are not to be used.
 */
export function readSettings(entries: readonly EnvEntry[], faults: FaultList): ClusterSettings {
  const given = new Map(entries.map((entry) => [entry.name, entry]))
  for (const entry of entries) tellUnknown(entry, faults)
  const at = (name: EnvName): string => {
    const key = ENV_KEYS.find((one) => one.name === name)
    const entry = given.get(name)
    if (key === undefined || entry === undefined) return key?.fallback ?? ''
    if (isAllowed(key, entry.value)) return entry.value
    // A URL may hold a password.
    const shown =
      key.kind === 'url' ? 'what stands there' : JSON.stringify(entry.value.slice(0, MAX_SHOWN))
    const message = `${name}: ${shown} is not ${describeKind(key.kind)}`
    faults.add({ ...placeOf(entry), message, severity: 'error' })
    return key.fallback
  }
  const hosts = readHosts(at('DNS_DOMAIN'), [at('ENV_NAME'), at('CLUSTER_NAME')])
  if (typeof hosts === 'string')
    faults.add({ ...placeOf(given.get('DNS_DOMAIN')), message: hosts, severity: 'error' })
  const url = at('CLICKHOUSE_URL')
  if (url === '' && at('REPLICAS') !== '1') {
    const message =
      'REPLICAS: more than one server needs CLICKHOUSE_URL, or each would have data of its own'
    faults.add({ ...placeOf(given.get('REPLICAS')), message, severity: 'error' })
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
    memoryBudgetBytes: parseBytes(at('MEMORY_BUDGET')) ?? MIN_BUDGET_BYTES,
    cpuLimit: at('CPU_LIMIT'),
    storage: readStorage(at, url !== ''),
    retention: {
      metricsMs: parseDurationMs(at('PROMETHEUS_RETENTION')) ?? 0,
      logsMs: parseDurationMs(at('LOKI_RETENTION')) ?? 0,
      tracesMs: parseDurationMs(at('TEMPO_RETENTION')) ?? 0,
    },
    ingress: {
      hosts: typeof hosts === 'string' ? undefined : hosts,
      className: at('INGRESS_CLASS'),
      namespace: at('INGRESS_NAMESPACE'),
      proxies: listOf(at('INGRESS_CIDRS')),
      issuer: at('CLUSTER_ISSUER'),
      email: at('ACME_EMAIL'),
    },
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

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

function isOfKind(kind: EnvKind, value: string): boolean {
  switch (kind) {
    case 'text':
      return isOneLine(value)
    case 'name':
      return NAME.test(value)
    case 'domain':
      return isDomain(value)
    case 'volume':
      return isWithin(parseQuantity(value), MIN_VOLUME_BYTES, Number.MAX_SAFE_INTEGER / 8)
    case 'cores':
      return isWithin(parseQuantity(value), LEAST_CORES, 1024)
    case 'bytes':
      return (parseBytes(value) ?? 0) >= MIN_BUDGET_BYTES
    case 'duration':
      return (parseDurationMs(value) ?? 0) > 0
    case 'switch':
      return value === 'true' || value === 'false'
    case 'networks':
      return listOf(value).every(isNetwork)
    case 'email':
      return /^[^\s@"<>]+@[^\s@"<>]+$/.test(value)
    case 'port':
      return /^\d{4,5}$/.test(value) && Number(value) >= 1024 && Number(value) <= 65_535
    case 'image':
      return /^[a-z0-9][a-zA-Z0-9._:/@-]{0,255}$/.test(value)
    case 'url':
      return isBareUrl(value)
    case 'count':
      return /^\d{1,2}$/.test(value) && isWithin(Number(value), 1, 16)
    case 'pattern':
      return isOneLine(value) && isPattern(value)
    default:
      return kind satisfies never
  }
}

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most
}

function isOneLine(value: string): boolean {
  return value.length <= 1000 && !/\p{Cc}/u.test(value)
}

function isPattern(source: string): boolean {
  try {
    compileSearch(source)
    return true
  } catch {
    return false
  }
}

function isBareUrl(value: string): boolean {
  if (!/^https?:\/\/[^\s"'<>${}]+$/.test(value)) return false
  const url = URL.canParse(value) ? new URL(value) : undefined
  return url !== undefined && url.username === '' && url.password === ''
}

function isDomain(value: string): boolean {
  return value.length <= 253 && value.split('.').every((label) => NAME.test(label))
}

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/')
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function readStorage(at: (name: EnvName) => string, isShared: boolean): StorageSettings {
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

/** The reason when the names make no host names. */
function readHosts(domain: string, parts: readonly string[]): Hosts | string | undefined {
  if (domain === '') return undefined
  const prefix = parts
    .filter((part) => part !== '')
    .map((part) => `${part}-`)
    .join('')
  const host = (door: string): string => `${prefix}${door}.${domain}`
  const hosts = {
    ui: host('vedette'),
    prometheus: host('prometheus'),
    loki: host('loki'),
    tempo: host('tempo'),
  }
  if (isDomain(hosts.prometheus)) return hosts
  return `DNS_DOMAIN: ENV_NAME and CLUSTER_NAME make the host name ${JSON.stringify(hosts.prometheus)}, which is none: small letters, digits and -, at most 63 to a part`
}
