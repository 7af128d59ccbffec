/**
 * What leads from one signal to another, on the listener of the web UI. Every query is ready to be run and comes with its range of time;
 * every link is an address within the web UI.
 *
 * - `GET /api/vedette/correlate/span-logs?trace=HEX[&span=HEX]` → `SpanLogsJson`
 * - `GET /api/vedette/correlate/span-metrics?trace=HEX[&span=HEX]` → `SpanMetricsJson`
 * - `POST /api/vedette/correlate/line-trace` with `LineTraceRequestJson` → `TracesFoundJson`
 * - `POST /api/vedette/correlate/exemplar-trace` with `ExemplarTraceRequestJson` → `TracesFoundJson`
 *
 * Without `span` the first span of the trace is meant. 404 says that no such trace or span is stored.
 */
export interface ReadyQueryJson {
  /** For a person: `Lines of this span`. */
  readonly title: string
  readonly language: 'logql' | 'promql' | 'traceql'
  readonly query: string
  /** Unix milliseconds. */
  readonly startMs: number
  readonly endMs: number
  /** `/logs?q=…&from=…&to=…` */
  readonly link: string
}

/** From a span to the log lines of its trace and of its service at that time. */
export interface SpanLogsJson {
  readonly traceId: string
  readonly spanId: string
  readonly service: string
  /** The streams of the service, or, when none is known by its name, all of them: `{service_name="api"}`. */
  readonly selector: string
  /** True: `selector` is that of the service. */
  readonly isOfService: boolean
  readonly startMs: number
  readonly endMs: number
  /** The most useful first: those that find lines before those that do not, the narrower before the wider. */
  readonly queries: readonly SpanLogsQueryJson[]
}

export interface SpanLogsQueryJson extends ReadyQueryJson {
  /** `span`, `trace`: lines that name it; `service`: all lines of the service at that time. */
  readonly about: 'span' | 'trace' | 'service'
  /** The id is structured metadata of the lines, or in their text; null for all lines of the service. */
  readonly by: 'metadata' | 'text' | null
  /** Lines it finds, counted up to `MOST_COUNTED_LINES`. */
  readonly lines: number
}

/** `SpanLogsQueryJson.lines` does not go further. */
export const MOST_COUNTED_LINES = 100

/** From a span to rate, errors and durations of its service, from the metrics that are made of spans. */
export interface SpanMetricsJson {
  readonly traceId: string
  readonly spanId: string
  readonly service: string
  readonly spanName: string
  readonly startMs: number
  readonly endMs: number
  /** Which names the metrics have: Tempo's, or those of the collector's connector; null: there are none of this service at that time. */
  readonly metrics: 'tempo' | 'collector' | null
  readonly queries: readonly SpanMetricsQueryJson[]
}

export interface SpanMetricsQueryJson extends ReadyQueryJson {
  readonly figure: 'rate' | 'errors' | 'duration'
  /** Of the whole service, or of spans with this name. */
  readonly of: 'service' | 'operation'
  /** Grafana's names of units: `reqps`, `percentunit`, `s`. */
  readonly unit: string
}

/** A log line, as the Loki API answers it. */
export interface LineTraceRequestJson {
  /** Unix nanoseconds: 64 bits, so a text. */
  readonly timestampNs: string
  readonly line: string
  /** Labels of the stream, structured metadata and parsed fields, together or apart. */
  readonly labels?: Readonly<Record<string, string>>
  readonly metadata?: Readonly<Record<string, string>>
}

/** An exemplar, as `query_exemplars` answers it. */
export interface ExemplarTraceRequestJson {
  readonly timestampMs: number
  /** Labels of the exemplar, not of its series. */
  readonly labels: Readonly<Record<string, string>>
}

/** Traces that are named; those that are stored first. Empty: nothing looks like the id of a trace. */
export interface TracesFoundJson {
  readonly traces: readonly FoundTraceRefJson[]
}

export interface FoundTraceRefJson {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits; null when none is named. */
  readonly spanId: string | null
  /** By which field, label or pattern it was found: `trace_id`. */
  readonly by: string
  /** Null: no span of it is stored (not sampled, not come yet, or deleted). */
  readonly stored: {
    readonly rootService: string
    readonly rootName: string
    readonly startMs: number
    readonly durationMs: number
    readonly spans: number
    readonly errors: number
  } | null
  /** `/traces/ID?span=ID&from=…&to=…` */
  readonly link: string
  /** Finds this trace in a list: `{ trace:id = "…" }`. */
  readonly query: ReadyQueryJson
}
