import path from 'node:path'
import type { BuiltInPart } from './collect/aliases.ts'
import { readAliases } from './collect/config/aliases-section.ts'
import { readFeatures } from './collect/config/features.ts'
import {
  defaultPrometheusPart,
  findConfigFiles,
  looksLikePrometheus,
  readPrometheusPart,
} from './collect/config/find-config.ts'
import { readHostSection } from './collect/config/host-section.ts'
import type { PrometheusConfig } from './collect/config/prometheus-config.ts'
import type { FlagArguments } from './collect/host/flag-reader.ts'
import type { HostOptions } from './collect/host/options.ts'
import { checkListen, type Access, type TrustedNetwork } from './http/guard.ts'
import { parseSeriesSelector } from './lang/promql/parse.ts'
import { matcher, type Matcher } from './model/matcher.ts'
import { messageOf } from './model/problem.ts'
import { DEFAULT_LIMITS, type Retention } from './store/limits.ts'
import { FaultList, type ConfigFault } from './yaml/fault.ts'
import {
  BYTE_COUNT,
  COUNT,
  DURATION,
  flagFault,
  POSITIVE_DURATION,
  readFlag,
  SIZE,
  type FlagRule,
} from './yaml/flag.ts'
import type { YamlMap } from './yaml/map.ts'
import type { YamlNode } from './yaml/node.ts'
import { readYamlFile } from './yaml/read-file.ts'
import { Secret } from './yaml/secret.ts'

/** Every listener with the address that it has unless told otherwise (DESIGN, "Listeners"). */
const LISTENERS = {
  ui: '127.0.0.1:3000',
  prometheus: '127.0.0.1:9090',
  alertmanager: '127.0.0.1:9093',
  loki: '127.0.0.1:3100',
  tempo: '127.0.0.1:3200',
  'otlp-grpc': '127.0.0.1:4317',
  'otlp-http': '127.0.0.1:4318',
  webhook: '127.0.0.1:9094',
  zipkin: 'off',
  'jaeger-grpc': 'off',
  'jaeger-http': 'off',
  'jaeger-udp': 'off',
  pushgateway: 'off',
  syslog: 'off',
  node: 'off',
  postgres: 'off',
  containers: 'off',
} as const

/** The listeners whose doors exist; the others are read and checked, so that configurations written for them load. */
const OPENED: ReadonlySet<string> = new Set<keyof typeof LISTENERS>(['prometheus'])

export type ListenerName = keyof typeof LISTENERS

export const LISTENER_NAMES = Object.keys(LISTENERS) as readonly ListenerName[]

/** What the command line of `start` says, as text; each flag goes before the configuration file. */
export interface StartFlags {
  /** `--config PATH`: a vedette.yml, a prometheus.yml, or a folder with the usual names. */
  readonly config?: string
  readonly data?: string
  /** `--listen.NAME HOST:PORT|off`. */
  readonly listen?: Readonly<Partial<Record<ListenerName, string>>>
  /** `--storage.tsdb.retention.time` and `.size`. */
  readonly retentionTime?: string
  readonly retentionSize?: string
  /** `--storage.max-series`, `--storage.max-pending-bytes` and `--storage.min-free-bytes`. */
  readonly storageMaxSeries?: string
  readonly storageMaxPendingBytes?: string
  readonly storageMinFreeBytes?: string
  readonly webEnableLifecycle?: boolean
  readonly webEnableAdminApi?: boolean
  readonly memoryBudget?: string
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

export interface HostPort {
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

export interface ClickhouseConfig {
  /** Without credentials. */
  readonly url: string
  readonly username: string | undefined
  readonly password: Secret | undefined
}

export interface QuerySettings {
  readonly lookbackMs: number
  readonly timeoutMs: number
  readonly maxSamples: number
  readonly maxConcurrency: number
}

/** Bounds of what the store takes. */
export interface StorageLimits {
  /** Series known at once; further ones are refused. */
  readonly maxSeries: number
  /** Samples accepted but not yet durable, in bytes. */
  readonly maxPendingBytes: number
  /** What must stay free on the disk; undefined: the engine's own rule (engine/disk-watermark.ts). */
  readonly minFreeBytes: number | undefined
}

/** Everything that the program is told, from defaults, files and flags. */
export interface VedetteConfig {
  /** The files that were read; empty when the defaults hold. */
  readonly files: readonly string[]
  readonly prometheus: PrometheusConfig
  /** What the jobs of `prometheus` have as their `file`; `printPrometheusConfig` wants it. */
  readonly prometheusFile: string
  /** Absolute. */
  readonly dataFolder: string
  /** Undefined is off. */
  readonly listen: Readonly<Record<ListenerName, HostPort | undefined>>
  readonly access: Access
  readonly retention: Retention
  readonly storage: StorageLimits
  readonly memoryBudgetBytes: number
  /** Undefined: the own engine. */
  readonly clickhouse: ClickhouseConfig | undefined
  readonly host: HostOptions
  readonly aliases: Readonly<Record<string, BuiltInPart | 'none'>>
  readonly query: QuerySettings
  readonly web: { readonly lifecycle: boolean; readonly adminApi: boolean }
  /** `--enable-feature`, by Prometheus's names. */
  readonly features: ReadonlySet<string>
}

export interface LoadOptions {
  /** Goes before `flags.config`. */
  readonly path?: string
  readonly flags: StartFlags
  readonly env: Readonly<Record<string, string | undefined>>
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: VedetteConfig; readonly warnings: readonly ConfigFault[] }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] }

/**
 * Reads the configuration. All faults are found in one go; with an error among them nothing of it is to be used, so that a
 * reload leaves the running configuration in force. Faults of flags have the flag as their file and no line.
 */
export function loadConfig({ path: given, flags, env }: LoadOptions): LoadedConfig {
  const faults = new FaultList()
  const found = findConfigFiles(given ?? flags.config, faults)
  const root = found.main === undefined ? undefined : readYamlFile(found.main, { faults, env })
  const isPrometheus = root !== undefined && looksLikePrometheus(root)
  const map = isPrometheus ? undefined : root?.asMap()
  const key = (name: string): YamlNode | undefined => map?.key(name)
  const listen = readListen(key('listen'), flags, faults)
  const read = readPrometheusPart(isPrometheus ? root : key('prometheus'), found, { faults, env })
  const part = read ?? defaultPrometheusPart(listen.prometheus?.port ?? 9090, { faults, env })
  const storage = key('storage')?.asMap()
  const config: VedetteConfig = {
    files: [...new Set([found.main, read?.file])].filter((file) => file !== undefined),
    prometheus: part.config,
    prometheusFile: part.file,
    dataFolder: readDataFolder(storage, path.dirname(found.main ?? '.'), flags),
    listen,
    access: readAccess(key('access')),
    retention: readRetention(storage, flags, part.config, faults),
    storage: readStorageLimits(storage, flags, faults),
    memoryBudgetBytes: readBudget(key('memory'), flags, faults),
    clickhouse: readClickhouse(key('clickhouse'), flags, faults),
    host: readHostSection(key('host'), flags.host ?? new Map(), faults),
    aliases: readAliases(key('aliases')),
    query: readQuery(flags, faults),
    web: {
      lifecycle: flags.webEnableLifecycle ?? false,
      adminApi: flags.webEnableAdminApi ?? false,
    },
    features: readFeatures(flags.enableFeature ?? [], faults),
  }
  storage?.finish()
  map?.finish()
  checkListeners(config, flags, key('listen'), faults)
  if (faults.hasErrors) return { ok: false, faults: faults.items }
  return { ok: true, config, warnings: faults.items }
}

const PENDING_BYTES = {
  parse: (text: string): number | undefined => {
    const sizeBytes = BYTE_COUNT.parse(text)
    return sizeBytes === undefined || sizeBytes < LEAST_PENDING_BYTES ? undefined : sizeBytes
  },
  must: 'at least 1MiB (less holds no push)',
}

const LISTEN = {
  parse: parseListen,
  must: 'HOST:PORT, such as 127.0.0.1:9090 or [::1]:9090, or off',
}

/** `undefined` is a wrong text, `'off'` is off. As in Go, `:9090` is every address of the machine. */
function parseListen(text: string): HostPort | 'off' | undefined {
  if (text === 'off') return 'off'
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]*)):([0-9]{1,5})$/.exec(text)
  if (!found || Number(found[3]) > 65_535) return undefined
  const host = found[1] ?? found[2] ?? ''
  return { host: host === '' ? '0.0.0.0' : host, port: Number(found[3]) }
}

function readListen(
  node: YamlNode | undefined,
  flags: StartFlags,
  faults: FaultList,
): VedetteConfig['listen'] {
  const map = node?.asMap()
  const entries = LISTENER_NAMES.map((name) => {
    const place = map?.key(name)
    const written = place?.asString()
    const own = written === undefined ? undefined : LISTEN.parse(written)
    if (written !== undefined && own === undefined) {
      place?.error(`must be ${LISTEN.must}, not ${JSON.stringify(written)}`)
    }
    const flag = readFlag(`listen.${name}`, flags.listen?.[name], faults, LISTEN)
    const value = flag ?? own ?? parseListen(LISTENERS[name])
    return [name, value === 'off' ? undefined : value] as const
  })
  map?.finish()
  return Object.fromEntries(entries) as Record<ListenerName, HostPort | undefined>
}

const NOT_OPENED = 'this listener is not there yet: nothing is opened'

/** Two listeners at one address, and addresses that others reach without authentication. */
function checkListeners(
  { listen, access }: VedetteConfig,
  flags: StartFlags,
  node: YamlNode | undefined,
  faults: FaultList,
): void {
  const taken = new Map<string, ListenerName>()
  for (const name of LISTENER_NAMES) {
    const address = listen[name]
    if (!address) continue
    const flag = flags.listen?.[name]
    const place = flag === undefined ? node?.asMap()?.key(name) : undefined
    const fail = (message: string): void => {
      if (place?.isPresent) place.error(message)
      else faults.add(flagFault(`listen.${name}`, message))
    }
    if (!OPENED.has(name) && place?.isPresent) place.warn(NOT_OPENED)
    if (!OPENED.has(name) && flag !== undefined)
      faults.add(flagFault(`listen.${name}`, NOT_OPENED, 'warning'))
    const shown = `${address.host}:${address.port}`
    const other = taken.get(shown)
    if (other !== undefined && address.port !== 0)
      fail(`${shown} is the address of listener ${other} too`)
    taken.set(shown, name)
    const message = checkListen({ ...address, listener: name }, access)
    if (message !== undefined) fail(message)
  }
}

function readAccess(node: YamlNode | undefined): Access {
  const map = node?.asMap()
  if (!map) return {}
  const trusted = (map.key('trusted').asList() ?? []).flatMap((item) => {
    const entry = item.asMap()
    return entry ? (readTrusted(entry) ?? []) : []
  })
  const hosts = map.key('hosts').asStrings() ?? []
  map.finish()
  return { trusted, hosts }
}

function readTrusted(map: YamlMap): TrustedNetwork | undefined {
  const cidr = map.key('cidr').asString()
  const listener = map.key('listener').asOneOf(LISTENER_NAMES)
  const write = map.key('write').asBool() ?? false
  map.finish()
  if (cidr === undefined) return map.node.error('cidr must be set')
  const network = { cidr, write, ...(listener === undefined ? {} : { listener }) }
  const anywhere = { host: '127.0.0.1', port: 0, listener: listener ?? 'prometheus' }
  const message = checkListen(anywhere, { trusted: [network] })
  if (message !== undefined) map.key('cidr').error(message)
  return network
}

function readDataFolder(storage: YamlMap | undefined, folder: string, flags: StartFlags): string {
  const written = storage?.key('path').asString()
  if (flags.data !== undefined) return path.resolve(flags.data)
  return written === undefined ? path.resolve('data') : path.resolve(folder, written)
}

const DAY_MS = 86_400_000
const DEFAULT_RETENTION_MS = 15 * DAY_MS
/** Prometheus's own bound: without a bound by time, everything is kept this long. */
const LONGEST_RETENTION_MS = 100 * 365 * DAY_MS

/** Flags go before vedette.yml, which goes before `storage.tsdb.retention` of prometheus.yml; 0 is no bound. */
function readRetention(
  storage: YamlMap | undefined,
  flags: StartFlags,
  prometheus: PrometheusConfig,
  faults: FaultList,
): Retention {
  const time = storage?.key('retention_time').durationMs()
  const size = storage?.key('retention_size').bytes()
  if (size !== undefined && size < 0) storage?.key('retention_size').error('must not be negative')
  const timeMs =
    readFlag('storage.tsdb.retention.time', flags.retentionTime, faults, DURATION) ??
    time ??
    prometheus.storage.retentionTimeMs ??
    0
  const sizeBytes =
    readFlag('storage.tsdb.retention.size', flags.retentionSize, faults, SIZE) ??
    size ??
    prometheus.storage.retentionSizeBytes ??
    0
  const otherwise = sizeBytes === 0 ? DEFAULT_RETENTION_MS : LONGEST_RETENTION_MS
  return {
    timeMs: timeMs === 0 ? otherwise : Math.min(timeMs, LONGEST_RETENTION_MS),
    sizeBytes,
    rules: (storage?.key('retention').asList() ?? []).flatMap(
      (item) => readRetentionRule(item) ?? [],
    ),
  }
}

/** Less than one large push would make every push fail. */
const LEAST_PENDING_BYTES = 1024 * 1024
const TOO_LITTLE_PENDING = 'must be at least 1MiB: less holds no push'

function readStorageLimits(
  storage: YamlMap | undefined,
  flags: StartFlags,
  faults: FaultList,
): StorageLimits {
  const pending = storage?.key('max_pending_bytes')
  const free = storage?.key('min_free_bytes')
  const own = {
    maxSeries: storage?.key('max_series').asInteger({ min: 1 }),
    maxPendingBytes: pending?.bytes(),
    minFreeBytes: free?.bytes(),
  }
  if ((own.maxPendingBytes ?? Infinity) < LEAST_PENDING_BYTES) pending?.error(TOO_LITTLE_PENDING)
  if ((own.minFreeBytes ?? 0) < 0) free?.error('must not be negative')
  const flag = (name: string, text: string | undefined, rule: FlagRule): number | undefined =>
    readFlag(`storage.${name}`, text, faults, rule)
  return {
    maxSeries:
      flag('max-series', flags.storageMaxSeries, COUNT) ??
      own.maxSeries ??
      DEFAULT_LIMITS.maxSeries,
    maxPendingBytes:
      flag('max-pending-bytes', flags.storageMaxPendingBytes, PENDING_BYTES) ??
      own.maxPendingBytes ??
      DEFAULT_LIMITS.maxPendingBytes,
    minFreeBytes: flag('min-free-bytes', flags.storageMinFreeBytes, BYTE_COUNT) ?? own.minFreeBytes,
  }
}

function readRetentionRule(node: YamlNode): Retention['rules'][number] | undefined {
  const map = node.asMap()
  if (!map) return node.isEmpty ? node.error('an empty rule') : undefined
  const match = map.key('match')
  const time = map.key('time')
  const matchers = match.isEmpty ? map.node.error('match must be set') : readSelector(match)
  const timeMs = time.durationMs()
  if (time.isEmpty) map.node.error('time must be set')
  else if (timeMs === 0) time.error('must be above 0')
  map.finish()
  return matchers && timeMs ? { matchers, timeMs } : undefined
}

function readSelector(node: YamlNode): readonly Matcher[] | undefined {
  const text = node.asRawString() ?? ''
  const parsed = parseSeriesSelector(text)
  if (!parsed.ok) {
    const reason = parsed.faults[0]?.message ?? 'cannot be parsed'
    return node.error(`not a series selector such as {job="a"}: ${reason}`)
  }
  try {
    return parsed.matchers.map(({ name, op, value }) => matcher(name, op, value))
  } catch (thrown) {
    return node.error(messageOf(thrown))
  }
}

const MIB = 1024 * 1024
const LEAST_BUDGET_BYTES = 256 * MIB

function readBudget(node: YamlNode | undefined, flags: StartFlags, faults: FaultList): number {
  const map = node?.asMap()
  const place = map?.key('budget')
  const own = place?.bytes()
  map?.finish()
  const flag = readFlag('memory.budget', flags.memoryBudget, faults, SIZE)
  const budget = flag ?? own ?? 450 * MIB
  if (budget < LEAST_BUDGET_BYTES) {
    const message = 'must be at least 256MiB: the engine does not run with less'
    if (flag === undefined) place?.error(message)
    else faults.add(flagFault('memory.budget', message))
  }
  return budget
}

function readClickhouse(
  node: YamlNode | undefined,
  flags: StartFlags,
  faults: FaultList,
): ClickhouseConfig | undefined {
  const map = node?.asMap()
  const place = map?.key('url')
  const username = map?.key('username').asString()
  const password = map?.key('password').asSecret()
  const own = place?.asSecret()?.reveal()
  map?.finish()
  const text = flags.clickhouseUrl ?? own
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    const message = 'must be a URL such as https://clickhouse.example.org:8443'
    if (flags.clickhouseUrl === undefined) place?.error(message)
    else faults.add(flagFault('clickhouse.url', message))
    return undefined
  }
  const named = decodeURIComponent(url.username)
  const secret = decodeURIComponent(url.password)
  url.username = ''
  url.password = ''
  return {
    url: url.href,
    username: named === '' ? username : named,
    password: secret === '' ? password : new Secret(secret),
  }
}

/** Defaults of Prometheus's `--query.*`. */
function readQuery(flags: StartFlags, faults: FaultList): QuerySettings {
  const duration = (flag: string, text: string | undefined, fallback: number): number =>
    readFlag(flag, text, faults, POSITIVE_DURATION) ?? fallback
  const count = (flag: string, text: string | undefined, fallback: number): number =>
    readFlag(flag, text, faults, COUNT) ?? fallback
  return {
    lookbackMs: duration('query.lookback-delta', flags.queryLookbackDelta, 300_000),
    timeoutMs: duration('query.timeout', flags.queryTimeout, 120_000),
    maxSamples: count('query.max-samples', flags.queryMaxSamples, 50_000_000),
    maxConcurrency: count('query.max-concurrency', flags.queryMaxConcurrency, 20),
  }
}
