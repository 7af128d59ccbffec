/**
 * The JSON that the Prometheus listener answers (web/api/v1/api.go of Prometheus 3). Times in texts are RFC 3339, times as
 * numbers are seconds, values of samples are texts because JSON has neither NaN nor infinities.
 */

export type ErrorType =
  | 'bad_data'
  | 'execution'
  | 'timeout'
  | 'canceled'
  | 'internal'
  | 'unavailable'
  | 'not_found'
  | 'not_acceptable'

export interface SuccessJson<T> {
  readonly status: 'success'
  readonly data: T
  /** At most ten, then `N more warning annotations omitted`; absent when there are none. */
  readonly warnings?: readonly string[]
  readonly infos?: readonly string[]
}

export interface ErrorJson {
  readonly status: 'error'
  readonly errorType: ErrorType
  readonly error: string
}

export type LabelsJson = Readonly<Record<string, string>>

/** `[seconds, "value"]`. */
export type PointJson = readonly [number, string]

export interface SeriesJson {
  readonly metric: LabelsJson
  readonly values: readonly PointJson[]
}

export interface VectorSampleJson {
  readonly metric: LabelsJson
  readonly value: PointJson
}

/** A native histogram; of a bucket: which of its bounds it contains, its lower and upper bound, and its count. */
export interface HistogramJson {
  readonly count: string
  readonly sum: string
  readonly buckets?: readonly (readonly [number, string, string, string])[]
}

export type HistogramPointJson = readonly [number, HistogramJson]

/** A series as it is answered: with numbers, native histograms, or both. */
export interface AnsweredSeriesJson {
  readonly metric: LabelsJson
  readonly values?: readonly PointJson[]
  readonly histograms?: readonly HistogramPointJson[]
}

/** A sample as it is answered: a number or a native histogram. */
export interface AnsweredSampleJson {
  readonly metric: LabelsJson
  readonly value?: PointJson
  readonly histogram?: HistogramPointJson
}

/** Data of `query` and `query_range` as they are answered; `foldHistograms` makes numbers of it. */
export type AnsweredDataJson = { readonly stats?: QueryStatsJson } & (
  | { readonly resultType: 'matrix'; readonly result: readonly AnsweredSeriesJson[] }
  | { readonly resultType: 'vector'; readonly result: readonly AnsweredSampleJson[] }
  | { readonly resultType: 'scalar' | 'string'; readonly result: PointJson }
)

/** Data of `query` and `query_range` without native histograms. */
export type QueryDataJson = { readonly stats?: QueryStatsJson } & (
  | { readonly resultType: 'matrix'; readonly result: readonly SeriesJson[] }
  | { readonly resultType: 'vector'; readonly result: readonly VectorSampleJson[] }
  | { readonly resultType: 'scalar' | 'string'; readonly result: PointJson }
)

/** With `stats=true` or `stats=all`. Timings are seconds. */
export interface QueryStatsJson {
  readonly timings: {
    readonly evalTotalTime: number
    readonly resultSortTime: number
    readonly queryPreparationTime: number
    readonly innerEvalTime: number
    readonly execQueueTime: number
    readonly execTotalTime: number
  }
  readonly samples: {
    readonly totalQueryableSamples: number
    readonly samplesRead: number
    readonly peakSamples: number
  }
}

export interface ExemplarSeriesJson {
  readonly seriesLabels: LabelsJson
  readonly exemplars: readonly ExemplarJson[]
}

export interface ExemplarJson {
  readonly labels: LabelsJson
  readonly value: string
  /** Seconds. */
  readonly timestamp: number
}

/** `metadata`: by name of the metric family. */
export type MetadataJson = Readonly<Record<string, readonly MetadataEntryJson[]>>

export interface MetadataEntryJson {
  readonly type: string
  readonly help: string
  readonly unit: string
}

export interface TargetMetadataJson extends MetadataEntryJson {
  readonly target: LabelsJson
  /** Absent when the request named one metric. */
  readonly metric?: string
}

export type TargetHealth = 'up' | 'down' | 'unknown'

export interface TargetsJson {
  readonly activeTargets: readonly ActiveTargetJson[]
  readonly droppedTargets: readonly DroppedTargetJson[]
  /** By scrape pool; null when only active targets were asked for. */
  readonly droppedTargetCounts: Readonly<Record<string, number>> | null
}

export interface ActiveTargetJson {
  readonly discoveredLabels: LabelsJson
  readonly labels: LabelsJson
  readonly scrapePool: string
  readonly scrapeUrl: string
  /** The URL with the host under which others reach this one in place of `localhost`. */
  readonly globalUrl: string
  readonly lastError: string
  /** RFC 3339; `0001-01-01T00:00:00Z` before the first scrape. */
  readonly lastScrape: string
  /** Seconds. */
  readonly lastScrapeDuration: number
  readonly health: TargetHealth
  /** Durations such as `15s`. */
  readonly scrapeInterval: string
  readonly scrapeTimeout: string
}

export interface DroppedTargetJson {
  readonly discoveredLabels: LabelsJson
  readonly scrapePool: string
}

export interface ScrapePoolsJson {
  readonly scrapePools: readonly string[]
}

export interface RelabelStepsJson {
  readonly steps: readonly {
    /** The rule by the keys of the configuration file. */
    readonly rule: Readonly<Record<string, unknown>>
    readonly output: LabelsJson
    readonly keep: boolean
  }[]
}

export interface AlertmanagersJson {
  readonly activeAlertmanagers: readonly { readonly url: string }[]
  readonly droppedAlertmanagers: readonly { readonly url: string }[]
}

export interface AlertJson {
  readonly labels: LabelsJson
  readonly annotations: LabelsJson
  readonly state: 'inactive' | 'pending' | 'firing'
  readonly activeAt: string
  readonly keepFiringSince?: string
  /** With an exponent, e.g. `1e+00`. */
  readonly value: string
}

export interface RuleGroupJson {
  readonly name: string
  readonly file: string
  /** Ours: what the expressions are written in. Absent where they are PromQL. */
  readonly language?: 'logql' | 'traceql'
  readonly rules: readonly RuleJson[]
  /** Seconds. */
  readonly interval: number
  readonly limit: number
  readonly evaluationTime: number
  readonly lastEvaluation: string
}

interface RuleCommonJson {
  readonly name: string
  readonly query: string
  readonly labels: LabelsJson
  readonly health: 'ok' | 'err' | 'unknown'
  readonly lastError?: string
  /** Seconds. */
  readonly evaluationTime: number
  readonly lastEvaluation: string
}

export interface AlertingRuleJson extends RuleCommonJson {
  readonly type: 'alerting'
  readonly state: AlertJson['state']
  /** Seconds. */
  readonly duration: number
  readonly keepFiringFor: number
  readonly annotations: LabelsJson
  /** Null with `exclude_alerts=true`. */
  readonly alerts: readonly AlertJson[] | null
}

export interface RecordingRuleJson extends RuleCommonJson {
  readonly type: 'recording'
}

export type RuleJson = AlertingRuleJson | RecordingRuleJson

export interface RulesJson {
  readonly groups: readonly RuleGroupJson[]
  readonly groupNextToken?: string
}

export interface BuildInfoJson {
  /** The version of Prometheus whose behaviour is answered: clients decide by it what they may ask. */
  readonly version: string
  readonly revision: string
  readonly branch: string
  readonly buildUser: string
  readonly buildDate: string
  readonly goVersion: string
}

export interface RuntimeInfoJson {
  readonly startTime: string
  readonly CWD: string
  readonly hostname: string
  readonly serverTime: string
  readonly reloadConfigSuccess: boolean
  readonly lastConfigTime: string
  readonly corruptionCount: number
  readonly goroutineCount: number
  readonly GOMAXPROCS: number
  readonly GOMEMLIMIT: number
  readonly GOGC: string
  readonly GODEBUG: string
  readonly storageRetention: string
}

export interface NameCountJson {
  readonly name: string
  readonly value: number
}

export interface TsdbStatusJson {
  readonly headStats: {
    readonly numSeries: number
    readonly numLabelPairs: number
    readonly chunkCount: number
    /** Milliseconds. */
    readonly minTime: number
    readonly maxTime: number
  }
  readonly seriesCountByMetricName: readonly NameCountJson[]
  readonly labelValueCountByLabelName: readonly NameCountJson[]
  readonly memoryInBytesByLabelName: readonly NameCountJson[]
  readonly seriesCountByLabelValuePair: readonly NameCountJson[]
}

export interface NotificationJson {
  readonly text: string
  readonly date: string
  readonly active: boolean
}

/** Names of features by category. */
export type FeaturesJson = Readonly<Record<string, Readonly<Record<string, boolean>>>>
