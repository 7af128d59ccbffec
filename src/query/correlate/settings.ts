/** How signals are tied to each other where nothing standard does it. */
export interface CorrelationSettings {
  /** Names of fields (structured metadata, labels, keys of JSON, `name=` in text) that hold the id of a trace. */
  readonly traceIdFields: readonly string[]
  readonly spanIdFields: readonly string[]
  /** RE2 patterns for lines of another form; the group `trace`, or else the first one, is the id, `span` that of the span. */
  readonly patterns: readonly string[]
  /** Labels of streams that may hold the name of a service, the likeliest first. */
  readonly serviceLabels: readonly string[]
}

export const DEFAULT_CORRELATION: CorrelationSettings = {
  traceIdFields: [
    ...['trace_id', 'traceID', 'traceId', 'traceid', 'TraceID', 'TraceId', 'trace.id', 'trace-id'],
    ...['dd.trace_id', 'otelTraceID', 'otel.trace_id', 'X-B3-TraceId', 'x-b3-traceid'],
    ...['logging.googleapis.com/trace', 'mdc_trace_id'],
  ],
  spanIdFields: [
    ...['span_id', 'spanID', 'spanId', 'spanid', 'SpanID', 'SpanId', 'span.id', 'span-id'],
    ...['dd.span_id', 'otelSpanID', 'otel.span_id', 'X-B3-SpanId', 'x-b3-spanid'],
    ...['logging.googleapis.com/spanId', 'mdc_span_id'],
  ],
  // The header of W3C's trace context, wherever it stands.
  patterns: ['\\b00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}\\b'],
  serviceLabels: [
    ...['service_name', 'service', 'app', 'application', 'app_kubernetes_io_name'],
    ...['compose_service', 'container', 'container_name', 'job', 'syslog_identifier', 'unit'],
  ],
}
