import type { AttributeJson } from '../model/trace-json.ts'

/** `GET /api/search` */
export interface TraceSearchJson {
  readonly traces: readonly FoundTraceJson[]
  readonly metrics: {
    readonly inspectedTraces: number
    readonly inspectedSpans: string
    readonly totalBlocks: number
    readonly completedJobs: number
    readonly totalJobs: number
  }
}

/** A trace in which something was found. */
export interface FoundTraceJson {
  /** Hex, without leading zeros. */
  readonly traceID: string
  readonly rootServiceName: string
  readonly rootTraceName: string
  readonly startTimeUnixNano: string
  readonly durationMs?: number
  /** The first of `spanSets`. */
  readonly spanSet?: SpansetJson
  readonly spanSets: readonly SpansetJson[]
  readonly serviceStats: Readonly<
    Record<string, { readonly spanCount: number; readonly errorCount?: number }>
  >
}

export interface SpansetJson {
  readonly spans: readonly FoundSpanJson[]
  readonly matched: number
  readonly attributes?: readonly AttributeJson[]
}

export interface FoundSpanJson {
  readonly spanID: string
  readonly name?: string
  readonly startTimeUnixNano: string
  readonly durationNanos: string
  readonly attributes?: readonly AttributeJson[]
}

/** `GET /api/metrics/query_range` and `/api/metrics/query` */
export interface TraceMetricsJson {
  readonly series?: readonly TraceSeriesJson[]
}

export interface TraceSeriesJson {
  readonly labels: readonly AttributeJson[]
  /** The labels in the notation of Prometheus. */
  readonly promLabels?: string
  /** Over a range. A value that is left out is 0. */
  readonly samples?: readonly { readonly timestampMs: string; readonly value?: number }[]
  /** Of a query without steps. */
  readonly value?: number
  readonly exemplars?: readonly TraceExemplarJson[]
}

export interface TraceExemplarJson {
  readonly labels: readonly AttributeJson[]
  readonly timestampMs: string
  readonly value?: number
}
