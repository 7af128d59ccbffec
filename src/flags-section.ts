import type { AlertingFlags } from './alert/config/alerting-section.ts'
import type { RuleFlags } from './alert/rules/rules-part.ts'
import type { FlagArguments } from './collect/host/flag-reader.ts'
import { LISTENER_NAMES, type ListenerName, type ListenFlags } from './http/listen-section.ts'
import type { StorageFlags } from './storage-config.ts'
import type { YamlNode } from './yaml/node.ts'

/** What the command line of `start` says, as text; each flag goes before the configuration file. */
export interface StartFlags extends RuleFlags, AlertingFlags, StorageFlags {
  /** `--config PATH`: a vedette.yml, a prometheus.yml, or a folder with the usual names. */
  readonly config?: string
  readonly data?: string
  /** `--promtail PATH|host|off`: which logs are read. */
  readonly promtail?: string
  /** `--listen.NAME HOST:PORT|off`. */
  readonly listen?: ListenFlags
  readonly webEnableLifecycle?: boolean
  readonly webEnableAdminApi?: boolean
  /** `--web.config.file`: TLS of the Prometheus listener, in Prometheus's own words. */
  readonly webConfigFile?: string
  readonly memoryBudget?: string
  readonly diskBudget?: string
  readonly clickhouseUrl?: string
  readonly queryLookbackDelta?: string
  readonly queryTimeout?: string
  readonly queryMaxSamples?: string
  readonly queryMaxConcurrency?: string
  /** `--collector.*`, `--no-collector.*` and `--path.*`, by name without the dashes. */
  readonly host?: FlagArguments
  /** `--enable-feature`, each a list by comma. */
  readonly enableFeature?: readonly string[]
}

/** The flags of `start` that have a text, by their names on the command line. */
const TEXT_FLAGS = {
  config: 'config',
  data: 'data',
  promtail: 'promtail',
  retentionTime: 'storage.tsdb.retention.time',
  retentionSize: 'storage.tsdb.retention.size',
  storageMaxSeries: 'storage.max-series',
  storageMaxPendingBytes: 'storage.max-pending-bytes',
  storageMinFreeBytes: 'storage.min-free-bytes',
  memoryBudget: 'memory.budget',
  diskBudget: 'disk.budget',
  clickhouseUrl: 'clickhouse.url',
  webConfigFile: 'web.config.file',
  webExternalUrl: 'web.external-url',
  rulesForOutageTolerance: 'rules.alert.for-outage-tolerance',
  rulesForGracePeriod: 'rules.alert.for-grace-period',
  rulesResendDelay: 'rules.alert.resend-delay',
  rulesMaxConcurrentEvals: 'rules.max-concurrent-evals',
  dispatchStartDelay: 'dispatch.start-delay',
  dataRetention: 'data.retention',
  alertsPerAlertnameLimit: 'alerts.per-alertname-limit',
  silencesMaxSilences: 'silences.max-silences',
  silencesMaxSilenceSizeBytes: 'silences.max-silence-size-bytes',
  queryLookbackDelta: 'query.lookback-delta',
  queryTimeout: 'query.timeout',
  queryMaxSamples: 'query.max-samples',
  queryMaxConcurrency: 'query.max-concurrency',
} as const satisfies Partial<Record<keyof StartFlags, string>>

const SWITCHES = new Set(['web.enable-lifecycle', 'web.enable-admin-api'])

/** Where flags come from: a command line, or a section. */
export interface FlagSource {
  /** The text of a flag; undefined when it is not there. */
  readonly text: (name: string) => string | undefined
  readonly isOn: (name: string) => boolean
  /** Of `enable-feature`. */
  readonly features: readonly string[]
}

/** Gathers what a source says. What it does not say is not there. */
export function joinStartFlags({ text, isOn, features }: FlagSource): StartFlags {
  const listen: Partial<Record<ListenerName, string>> = {}
  for (const name of LISTENER_NAMES) {
    const value = text(`listen.${name}`)
    if (value !== undefined) listen[name] = value
  }
  const texts: Record<keyof typeof TEXT_FLAGS, string | undefined> = mapValues(TEXT_FLAGS, text)
  return {
    ...dropUndefined(texts),
    listen,
    webEnableLifecycle: isOn('web.enable-lifecycle'),
    webEnableAdminApi: isOn('web.enable-admin-api'),
    enableFeature: features,
  }
}

/**
 * `flags: {NAME: value}` of vedette.yml: what the command line of `start` would say, for what has no section of its own. The
 * command line itself, `given`, goes before.
 */
export function withFlagsOf(node: YamlNode | undefined, given: StartFlags): StartFlags {
  const map = node?.asMap()
  if (map === undefined) return given
  const texts = new Map<string, string>()
  const switched = new Set<string>()
  const named = new Set([
    ...Object.values<string>(TEXT_FLAGS),
    ...LISTENER_NAMES.map((name) => `listen.${name}`),
    'enable-feature',
  ])
  named.delete('config')
  for (const entry of map.entries()) {
    if (SWITCHES.has(entry.name)) {
      if (entry.asBool() === true) switched.add(entry.name)
    } else if (named.has(entry.name)) texts.set(entry.name, entry.asString() ?? '')
    else entry.errorAtKey(`there is no flag --${entry.name} here; vedette start --help lists them`)
  }
  const features = texts.get('enable-feature')
  const own = joinStartFlags({
    text: (name) => texts.get(name),
    isOn: (name) => switched.has(name),
    features: features === undefined ? [] : [features],
  })
  return {
    ...own,
    ...given,
    listen: { ...own.listen, ...given.listen },
    webEnableLifecycle: own.webEnableLifecycle === true || given.webEnableLifecycle === true,
    webEnableAdminApi: own.webEnableAdminApi === true || given.webEnableAdminApi === true,
    enableFeature: [...(own.enableFeature ?? []), ...(given.enableFeature ?? [])],
  }
}

function mapValues<K extends string, V, W>(
  record: Readonly<Record<K, V>>,
  of: (value: V) => W,
): Record<K, W> {
  return Object.fromEntries(
    Object.entries<V>(record).map(([key, value]) => [key, of(value)]),
  ) as Record<K, W>
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function dropUndefined<T extends object>(record: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined),
  ) as Defined<T>
}
