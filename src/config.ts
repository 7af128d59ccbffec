import { existsSync } from 'node:fs'
import path from 'node:path'
import { readAgentSection, type AgentSection } from './agent/agent-section.ts'
import { readAlertingSection, type AlertingSettings } from './alert/config/alerting-section.ts'
import type { AlertmanagerConfig } from './alert/config/alertmanager-config.ts'
import { readAlertmanagerPart, type AlertmanagerPart } from './alert/config/alertmanager-part.ts'
import {
  builtInPacksFolder,
  packFolders,
  readPacksPart,
  type PacksPart,
} from './alert/rules/packs-part.ts'
import { readRulesPart, type RulesPart } from './alert/rules/rules-part.ts'
import type { BuiltInPart } from './collect/aliases.ts'
import { readAddresses, readAliases } from './collect/config/aliases-section.ts'
import { readFeatures } from './collect/config/features.ts'
import {
  defaultPrometheusPart,
  findConfigFiles,
  looksLikePrometheus,
  readPrometheusPart,
  type FoundFiles,
  type PartSource,
} from './collect/config/find-config.ts'
import { readHostSection } from './collect/config/host-section.ts'
import type { PrometheusConfig } from './collect/config/prometheus-config.ts'
import type { HostOptions } from './collect/host/options.ts'
import { readPromtailPart, type TailPart } from './collect/tail/config/promtail-part.ts'
import { readCollectors, type CollectorsConfig } from './collect-config.ts'
import {
  connectorsOf,
  readCollectorPart,
  withCollectorJobs,
  type CollectorPart,
} from './collector-config.ts'
import {
  readDashboardsPart,
  type DashboardsPart,
} from './dashboards/provisioning/dashboards-part.ts'
import type { Access } from './http/guard.ts'
import { readAccess } from './http/access-section.ts'
import {
  checkListeners,
  LISTENER_NAMES,
  readListen,
  type ListenAddresses,
} from './http/listen-section.ts'
import type { TlsSettings } from './http/listener-tls.ts'
import { readTelemetry } from './http/telemetry-section.ts'
import { readWebConfig } from './http/tls-section.ts'
import { joinGenerators } from './ingest/span-metrics/join-generators.ts'
import type { SpanGeneratorSettings } from './ingest/span-metrics/settings.ts'
import { addEnvironment } from './environment-section.ts'
import { withFlagsOf, type StartFlags } from './flags-section.ts'
import { readLogsPart, type LogsConfig } from './logs-config.ts'
import type { OwnTraceSettings } from './self/own-traces.ts'
import { readCorrelation } from './query/correlate/correlation-section.ts'
import type { CorrelationSettings } from './query/correlate/settings.ts'
import { readPlaces, type PlacesConfig } from './places-config.ts'
import { readTracesPart, type TracesConfig } from './tempo-config.ts'
import { FaultList, type ConfigFault } from './yaml/fault.ts'
import { COUNT, POSITIVE_DURATION, readFlag } from './yaml/flag.ts'
import { readMountsSection, withMounts } from './yaml/mounts.ts'
import type { YamlNode } from './yaml/node.ts'
import { readYamlFile } from './yaml/read-file.ts'

/** For the command line, which does not know the doors. */
export { LISTENER_NAMES, type ListenerName } from './http/listen-section.ts'
export type { StartFlags } from './flags-section.ts'

export interface QuerySettings {
  readonly lookbackMs: number
  readonly timeoutMs: number
  readonly maxSamples: number
  readonly maxConcurrency: number
}

/** Everything that the program is told, from defaults, files and flags. */
export interface VedetteConfig extends PlacesConfig {
  /** The files that were read; empty when the defaults hold. */
  readonly files: readonly string[]
  readonly prometheus: PrometheusConfig
  /** What the jobs of `prometheus` have as their `file`; `printPrometheusConfig` wants it. */
  readonly prometheusFile: string
  readonly rules: RulesPart
  /** Rules and dashboards that ship, and those of `packs/` beside the configuration. */
  readonly packs: PacksPart
  /** Undefined without an alertmanager.yml: alerts are shown and go nowhere. */
  readonly alertmanager: AlertmanagerPart | undefined
  /** Routes, receivers and inhibitions that a cluster adds to it while the program runs. */
  readonly addedRouting?: readonly AlertmanagerConfig[]
  readonly dashboards: DashboardsPart
  readonly alerting: AlertingSettings
  /** What only `vedette agent` heeds. */
  readonly agent: AgentSection
  /** Undefined is off. */
  readonly listen: ListenAddresses
  readonly access: Access
  readonly logs: LogsConfig
  /** How lines, spans and metrics are tied to each other. */
  readonly correlation: CorrelationSettings
  readonly traces: TracesConfig
  /** Undefined: what comes over OTLP goes into the store as it is. */
  readonly collector: CollectorPart | undefined
  /** What makes metrics of spans. */
  readonly spanGenerators: readonly SpanGeneratorSettings[]
  /** Which requests of this program become traces in itself. */
  readonly ownTraces: OwnTraceSettings
  /** Undefined: no log files and no journal are read. */
  readonly tail: TailPart | undefined
  readonly host: HostOptions
  readonly collectors: CollectorsConfig
  readonly aliases: Readonly<Record<string, BuiltInPart | 'none'>>
  /** Where targets really answer, by `host:port`. */
  readonly addresses: Readonly<Record<string, string>>
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
  | {
      readonly ok: true
      readonly config: VedetteConfig
      readonly warnings: readonly ConfigFault[]
      /** The environment with what the configuration adds to it. */
      readonly env: Readonly<Record<string, string | undefined>>
    }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] }

/** What the parts of a configuration are read from. */
interface Reading {
  readonly found: FoundFiles
  readonly root: YamlNode | undefined
  readonly told: StartFlags
  readonly source: { readonly faults: FaultList; readonly env: Record<string, string | undefined> }
}

/**
 * Reads the configuration. All faults are found in one go; with an error among them nothing of it is to be used, so that a
 * reload leaves the running configuration in force. Faults of flags have the flag as their file and no line.
 */
export function loadConfig({
  path: given,
  flags: told,
  env: inherited,
}: LoadOptions): LoadedConfig {
  const faults = new FaultList()
  const env = { ...inherited }
  const source = { faults, env }
  const found = findConfigFiles(given ?? told.config ?? findHere(), faults)
  const root = found.main === undefined ? undefined : readYamlFile(found.main, source)
  const isOwn = root?.isMap === true && !looksLikePrometheus(root)
  const mounts = isOwn ? readMountsSection(root.asMap()?.key('mounts')) : []
  return withMounts(mounts, () => readAll({ found, root, told, source }))
}

function readAll({ found, root, told, source }: Reading): LoadedConfig {
  const { faults, env } = source
  const isPrometheus = root !== undefined && looksLikePrometheus(root)
  const map = isPrometheus ? undefined : root?.asMap()
  const key = (name: string): YamlNode | undefined => map?.key(name)
  const has = (name: string): boolean => map?.has(name) ?? false
  key('mounts')
  addEnvironment(key('environment'), env)
  const flags = withFlagsOf(key('flags'), told)
  const webTls = readWebConfig(flags.webConfigFile, source)
  const listen = withTls(readListen(key('listen'), flags.listen ?? {}, faults), webTls)
  const read = readPrometheusPart(isPrometheus ? root : key('prometheus'), found, source)
  const part = read ?? defaultPrometheusPart(listen.prometheus?.port ?? 0, source)
  const alertmanager = readAlertmanagerPart(key('alertmanager'), found, source)
  const dashboards = readDashboards(found, key, source)
  const logs = readLogsPart(key('loki'), found, source)
  const aliases = readAliases(key('aliases'))
  const asked = { ...source, aliases, flag: flags.promtail }
  const tail = readPromtailPart(key('promtail'), found, asked)
  const traces = readTracesPart(key('tempo'), found, source)
  const collector = readCollectorPart(key('otel'), found, { ...source, aliases })
  const rules = readRules(part.config, found.ruleFolders ?? [], flags, faults)
  const config: VedetteConfig = {
    files: filesOf(found.main, [read, alertmanager, logs, tail, traces, collector], dashboards),
    agent: readAgentSection(key('agent'), path.dirname(path.resolve(found.main ?? '.'))),
    ...readCollectors({
      ...{ key, has, found, listen, aliases, faults, env },
      part: { ...part, config: withCollectorJobs(part.config, collector, aliases) },
    }),
    prometheusFile: part.file,
    rules,
    packs: readPacks(key('packs'), found, rules, faults),
    alertmanager,
    dashboards,
    alerting: readAlertingSection(key('alerting'), flags, faults),
    ...readPlaces({ key, flags, faults, env, main: found.main, prometheus: part.config }),
    listen,
    access: readAccess(key('access'), LISTENER_NAMES),
    logs,
    ...readTraces(key, { traces, collector }),
    tail,
    host: readHostSection(key('host'), flags.host ?? new Map(), faults),
    aliases,
    addresses: readAddresses(key('addresses')),
    query: readQuery(flags, faults),
    web: readWeb(flags),
    features: readFeatures(flags.enableFeature ?? [], faults),
  }
  map?.finish()
  checkListeners(config, flags.listen ?? {}, key('listen'), faults)
  if (faults.hasErrors) return { ok: false, faults: faults.items }
  return { ok: true, config, warnings: faults.items, env }
}

/** The files that were read, each once. */
function filesOf(
  main: string | undefined,
  parts: readonly ({ readonly file?: string | undefined } | undefined)[],
  { files }: DashboardsPart,
): string[] {
  const all = [main, ...parts.map((each) => each?.file), ...files]
  return [...new Set(all.filter((file) => file !== undefined))]
}

function readTraces(
  key: (name: string) => YamlNode | undefined,
  files: Pick<VedetteConfig, 'traces' | 'collector'>,
): Pick<VedetteConfig, 'traces' | 'collector' | 'ownTraces' | 'correlation' | 'spanGenerators'> {
  const { traces, collector } = files
  return {
    ...files,
    ownTraces: readTelemetry(key('telemetry')),
    correlation: readCorrelation(key('correlation')),
    spanGenerators:
      key('span_metrics')?.asBool() === false
        ? []
        : joinGenerators(traces.generator, connectorsOf(collector)),
  }
}

function readPacks(
  node: YamlNode | undefined,
  found: FoundFiles,
  { groups }: RulesPart,
  faults: FaultList,
): PacksPart {
  const folders = packFolders(folderOf(found))
  const proven = builtInPacksFolder()
  return readPacksPart({ node, folders, proven, rules: groups }, faults)
}

function readWeb({ webEnableLifecycle, webEnableAdminApi }: StartFlags): VedetteConfig['web'] {
  return { lifecycle: webEnableLifecycle ?? false, adminApi: webEnableAdminApi ?? false }
}

function readDashboards(
  found: FoundFiles,
  key: (name: string) => YamlNode | undefined,
  source: PartSource,
): DashboardsPart {
  return readDashboardsPart({
    ...source,
    dashboards: key('dashboards'),
    datasources: key('datasources'),
    folder: path.resolve(folderOf(found) ?? path.dirname(found.grafana ?? '.')),
    provisioning: readProvisioning(key('grafana'), found),
  })
}

/** `grafana: {provisioning: FOLDER}`, else the folder with the usual name. */
function readProvisioning(node: YamlNode | undefined, found: FoundFiles): string | undefined {
  const map = node?.asMap()
  const written = map?.key('provisioning').asString()
  map?.finish()
  if (node === undefined || written === undefined) return found.grafana
  return path.resolve(path.dirname(node.file), written)
}

/** As compose does: a file of this name in the folder where it is started needs no flag. */
function findHere(): string | undefined {
  return existsSync('vedette.yml') ? 'vedette.yml' : undefined
}

function readRules(
  { ruleFiles, global }: PrometheusConfig,
  folders: readonly string[],
  flags: StartFlags,
  faults: FaultList,
): RulesPart {
  const files = ruleFiles.flatMap((each) => each.files)
  return readRulesPart({ files, folders, validation: global.metricNameValidation }, flags, faults)
}

/** The folder of the configuration; undefined when there is none. */
function folderOf({ main, prometheus, alertmanager, ruleFolders }: FoundFiles): string | undefined {
  const file = main ?? prometheus ?? alertmanager ?? ruleFolders?.[0]
  return file === undefined ? undefined : path.dirname(file)
}

function withTls(listen: ListenAddresses, tls: TlsSettings | undefined): ListenAddresses {
  if (tls === undefined || listen.prometheus === undefined) return listen
  return { ...listen, prometheus: { ...listen.prometheus, tls } }
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
