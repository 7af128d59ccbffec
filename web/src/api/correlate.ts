import type { SpanLogsJson, SpanMetricsJson } from '../../../src/contract/correlate.ts'
import { requestJson } from './client.ts'

const BASE = '/api/vedette/correlate'

/** Queries for the log lines of a span, of its trace, and of its service at that time. */
export function spanLogs(
  traceId: string,
  spanId: string,
  signal?: AbortSignal,
): Promise<SpanLogsJson> {
  return requestJson<SpanLogsJson>(`${BASE}/span-logs?${ids(traceId, spanId)}`, { signal })
}

/** Queries for rate, errors and durations of the service of a span. */
export function spanMetrics(
  traceId: string,
  spanId: string,
  signal?: AbortSignal,
): Promise<SpanMetricsJson> {
  return requestJson<SpanMetricsJson>(`${BASE}/span-metrics?${ids(traceId, spanId)}`, { signal })
}

function ids(trace: string, span: string): URLSearchParams {
  return new URLSearchParams({ trace, span })
}
