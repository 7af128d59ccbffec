import type { DiskJson } from '../../contract/disk.ts'
import type { MemoryJson } from '../../contract/memory.ts'
import type { ClusterJson } from '../../contract/cluster.ts'
import type {
  AlertJson,
  BuildInfoJson,
  FeaturesJson,
  NotificationJson,
  RelabelStepsJson,
  RuntimeInfoJson,
  TargetHealth,
  TsdbStatusJson,
} from '../../contract/prometheus.ts'
import type { PushDecoder } from '../../formats/remote-write/push-decoder.ts'
import type { Labels } from '../../model/labels.ts'
import type { Matcher } from '../../model/matcher.ts'
import type { MetricMetadata, SampleSink } from '../../model/samples.ts'
import type { PromqlEngine } from '../../query/promql/engine.ts'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import type { MetricsSource } from '../../store/metrics-source.ts'
import type { ExportReceiver } from '../otlp/export-outcome.ts'

/** Everything that the Prometheus listener needs of the rest of the program. */
export interface PrometheusDoors {
  readonly engine: PromqlEngine
  readonly source: MetricsSource
  /** Where pushed samples go. */
  readonly sink: SampleSink
  /** Reads bodies of remote write 1.0; its bound of decoded bytes is its own. */
  readonly writeDecoder: Pick<PushDecoder, 'decodeInTurn'>
  /** Takes metrics by OTLP. */
  readonly receiveMetrics: ExportReceiver
  readonly targets: TargetsView
  readonly status: StatusView
  readonly rules: RulesView
  /** Who shares the work; without it, or undefined: nobody. */
  readonly cluster?: () => ClusterJson | undefined
  /** What the memory budget says; undefined in an agent. */
  readonly memory?: () => MemoryJson
  readonly alertmanagers: AlertmanagersView
  /** Undefined while `--web.enable-admin-api` is not given. */
  readonly admin?: Admin
  /** Undefined while `--web.enable-lifecycle` is not given. */
  readonly lifecycle?: Lifecycle
  readonly readiness: Readiness
  /** The page of `/metrics` in text format 0.0.4. */
  readonly selfMetrics: () => Promise<string | Uint8Array>
  /** Counts requests and answers. */
  readonly registry: Registry
  readonly log: Log
  readonly limits: QueryLimits
  /** Under which URL others reach this listener; replaces `localhost` in the `globalUrl` of targets. */
  readonly externalUrl: URL
  /** Where the web UI is, which has the pages; without it, or undefined: it is off. */
  readonly webUi?: () => WebUi | undefined
  readonly nowMs: () => number
}

export interface WebUi {
  readonly url: string
  /** Whether the configuration says that people reach it there; otherwise they know it by the name they came by. */
  readonly isPublic: boolean
}

/** Bounds of label, series and exemplar queries; those of expressions are the engine's own. */
export interface QueryLimits {
  readonly maxSeries: number
  readonly maxSamples: number
}

export interface ActiveTarget {
  /** Before relabelling. */
  readonly discoveredLabels: Labels
  /** Those that its series carry. */
  readonly labels: Labels
  readonly scrapePool: string
  readonly scrapeUrl: string
  /** '' when the last scrape went well. */
  readonly lastError: string
  /** Undefined before the first scrape. */
  readonly lastScrapeMs: number | undefined
  readonly lastScrapeDurationMs: number
  readonly health: TargetHealth
  readonly scrapeIntervalMs: number
  readonly scrapeTimeoutMs: number
}

export interface DroppedTarget {
  readonly discoveredLabels: Labels
  readonly scrapePool: string
}

/** What the scraper knows. Lists are sorted by scrape pool. */
export interface TargetsView {
  activeTargets(): readonly ActiveTarget[]
  droppedTargets(): readonly DroppedTarget[]
  /** By scrape pool; may be larger than the list, which keeps only some. */
  droppedCounts(): ReadonlyMap<string, number>
  scrapePools(): readonly string[]
  /** The configuration of a pool as YAML, secrets replaced by `<secret>`; undefined for an unknown pool. */
  scrapePoolConfig(pool: string): string | undefined
  /** What the pages of the active targets said of their metrics. */
  metadata(): Iterable<{ readonly target: Labels; readonly metadata: readonly MetricMetadata[] }>
  /** Applies the relabel rules of a pool to labels, one after the other; undefined for an unknown pool. */
  relabelSteps(pool: string, labels: Labels): RelabelStepsJson['steps'] | undefined
}

export interface StatusView {
  buildInfo(): BuildInfoJson
  /** The configuration in force as YAML, secrets replaced by `<secret>`. */
  configYaml(): string
  /** By name without the leading dashes. */
  flags(): Readonly<Record<string, string>>
  runtimeInfo(): RuntimeInfoJson
  /** Each list with its `limit` largest entries. */
  tsdb(limit: number): Promise<TsdbStatusJson>
  /** What the data directory takes; null while that is not known, and with a ClickHouse. */
  disk(): Promise<DiskJson | null>
  notifications(): readonly NotificationJson[]
  /** Features besides those that this listener knows of itself. */
  features(): FeaturesJson
}

export interface ActiveAlert {
  readonly labels: Labels
  readonly annotations: Labels
  readonly state: AlertJson['state']
  readonly activeAtMs: number
  readonly keepFiringSinceMs: number | undefined
  readonly value: number
}

interface RuleState {
  readonly name: string
  /** The expression, printed in one line. */
  readonly query: string
  /** The expression as its file has it. */
  readonly written: string
  readonly labels: Labels
  readonly health: 'ok' | 'err' | 'unknown'
  /** '' when the last evaluation went well. */
  readonly lastError: string
  readonly evaluationMs: number
  /** Undefined before the first evaluation. */
  readonly lastEvaluationMs: number | undefined
}

export interface AlertingRuleState extends RuleState {
  readonly type: 'alerting'
  readonly state: AlertJson['state']
  readonly forMs: number
  readonly keepFiringForMs: number
  readonly annotations: Labels
  readonly alerts: readonly ActiveAlert[]
}

export interface RecordingRuleState extends RuleState {
  readonly type: 'recording'
}

export interface RuleGroupState {
  readonly name: string
  readonly file: string
  /** Of the expressions: `promql` of metrics, `logql` of log lines. */
  readonly language: 'promql' | 'logql' | 'traceql'
  readonly intervalMs: number
  /** Undefined where its file says none. */
  readonly ownIntervalMs: number | undefined
  /** Most series or alerts of one rule; 0 is no limit. */
  readonly limit: number
  readonly evaluationMs: number
  readonly lastEvaluationMs: number | undefined
  readonly rules: readonly (AlertingRuleState | RecordingRuleState)[]
}

/** The rule groups, sorted by file and name. */
export interface RulesView {
  groups(): readonly RuleGroupState[]
}

export interface AlertmanagersView {
  /** URLs that alerts are sent to, e.g. `http://127.0.0.1:9093/api/v2/alerts`. */
  active(): readonly string[]
  dropped(): readonly string[]
}

export interface Admin {
  /** Deletes the samples in [startMs, endMs] of series that any of the selectors accepts. */
  deleteSeries(
    selectors: readonly (readonly Matcher[])[],
    startMs: number,
    endMs: number,
  ): Promise<void>
  cleanTombstones(): Promise<void>
}

export interface Lifecycle {
  /** Resolves to the faults of the new configuration; with any, the running one stays in force. */
  reload(): Promise<readonly string[]>
  /** Begins to end the program; returns at once. */
  quit(): void
}

export interface Readiness {
  /** `reason` says what is still missing. */
  ready(): { readonly ok: boolean; readonly reason: string }
}
