import type { FilterPolicy } from './filter-policies.ts'

/** What of a span itself can be a label. */
export type Intrinsic = 'service' | 'name' | 'kind' | 'status' | 'message'

/** A label that is taken from attributes. */
export interface Dimension {
  readonly label: string
  /** Names of attributes. Values of those that are there are joined; with one name it is just its value. */
  readonly sources: readonly string[]
  readonly join: string
  /** Where an attribute is looked for first: Tempo asks the resource, the collector the span. */
  readonly first: 'resource' | 'span'
  /** Stands for an attribute that is not there; '' leaves the label out. */
  readonly fallback: string
}

/** The labels of exemplars; an undefined one is left out. */
export interface ExemplarLabels {
  readonly traceId: string
  readonly spanId: string | undefined
}

/** How many spans one span stands for, where they are sampled. */
export interface Multiplier {
  /** The attribute that holds the share that is kept; '': none. */
  readonly attribute: string
  /** OpenTelemetry's threshold in the trace state (`ot=th:…`) is asked first. */
  readonly usesTraceState: boolean
}

export interface SpanMetricsSettings {
  /** Full names; undefined ones are not made. */
  readonly callsName: string | undefined
  /** Without `_bucket`, `_sum`, `_count`. */
  readonly durationName: string | undefined
  readonly sizeName: string | undefined
  readonly events: { readonly name: string; readonly dimensions: readonly Dimension[] } | undefined
  /** Of durations and buckets. */
  readonly unit: 's' | 'ms'
  /** Upper bounds in rising order, without the infinite one. */
  readonly buckets: readonly number[]
  readonly intrinsics: readonly { readonly label: string; readonly of: Intrinsic }[]
  readonly dimensions: readonly Dimension[]
  /** Labels `job` and `instance` of the resource. */
  readonly hasJob: boolean
  readonly hasInstance: boolean
  /** Undefined: no metric with the attributes of resources is made. */
  readonly targetInfoName: string | undefined
  /** Attributes of the resource that it leaves out. */
  readonly targetInfoWithout: readonly string[]
  readonly multiplier: Multiplier
  readonly filters: readonly FilterPolicy[]
  readonly exemplars: ExemplarLabels | undefined
  /** Spans of resources without `service.name` do not count. */
  readonly needsService: boolean
}

export interface ServiceGraphSettings {
  /** How long one side of a call waits for the other. */
  readonly waitMs: number
  /** Sides that wait at the same time. */
  readonly maxItems: number
  readonly buckets: readonly number[]
  /** Names of attributes that become labels. */
  readonly dimensions: readonly string[]
  /** Each dimension becomes `client_…` and `server_…`. */
  readonly prefixesDimensions: boolean
  readonly hasMessagingHistogram: boolean
  /** Attributes that name who is called where nobody answers with a span; the first that is there. */
  readonly peerAttributes: readonly string[]
  readonly databaseAttributes: readonly string[]
  /** A label `virtual_node` says which side has no spans of its own. */
  readonly hasVirtualNodeLabel: boolean
  readonly countsRequests: boolean
  readonly measuresDurations: boolean
  readonly multiplier: Multiplier
  readonly filters: readonly FilterPolicy[]
  readonly exemplars: ExemplarLabels | undefined
}

/** One source of metrics: Tempo's generator, or a connector of the collector. */
export interface SpanGeneratorSettings {
  /** `metrics_generator`, or the connector as its file names it: `spanmetrics/red`. */
  readonly name: string
  readonly spanMetrics: SpanMetricsSettings | undefined
  readonly serviceGraph: ServiceGraphSettings | undefined
  readonly intervalMs: number
  /** Series without a span for so long end; `Infinity`: never. */
  readonly staleMs: number
  /** Series at once; past it spans count for `metric_overflow="true"`. */
  readonly maxSeries: number
  readonly externalLabels: Readonly<Record<string, string>>
  /** Spans whose end is further than this from now do not count. */
  readonly slackMs: number
  /** Longer values of labels are cut. */
  readonly maxLabelLength: number
}
