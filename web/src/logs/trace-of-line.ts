import type { LineField } from './line-fields.ts'

/** The trace that a line belongs to, as hex digits. */
export interface TraceOfLine {
  readonly traceId: string
  readonly spanId: string | undefined
}

const TRACE_NAME = /^(?:otel_|dd_)?(?:x_)?trace_?id$/i
const SPAN_NAME = /^(?:otel_|dd_)?(?:x_)?span_?id$/i
const TRACE_ID = /^(?:[0-9a-f]{32}|[0-9a-f]{16})$/i
const SPAN_ID = /^[0-9a-f]{16}$/i
/** `00-<trace>-<span>-01`: the header of W3C's Trace Context. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/i

/**
 * The trace that a line names in one of its fields (`trace_id`, `traceID`, `traceparent`, …): labels, structured metadata, what the
 * query parsed, and JSON or logfmt in the text. Ids that are all zeros mean none.
 */
export function traceOfLine(fields: readonly LineField[]): TraceOfLine | undefined {
  for (const { name, value } of fields) {
    const parent = /^traceparent$/i.test(name) ? TRACEPARENT.exec(value) : null
    if (parent !== null) return toTrace(parent[1] ?? '', parent[2])
  }
  const trace = fields.find(
    ({ name, value }) => TRACE_NAME.test(plain(name)) && TRACE_ID.test(value),
  )
  const span = fields.find(({ name, value }) => SPAN_NAME.test(plain(name)) && SPAN_ID.test(value))
  return trace && toTrace(trace.value, span?.value)
}

/** Names as senders spell them: `trace.id`, `traceId`, `trace-id`. */
function plain(name: string): string {
  return name.replaceAll(/[.-]/g, '_')
}

function toTrace(traceId: string, spanId: string | undefined): TraceOfLine | undefined {
  if (/^0+$/.test(traceId)) return undefined
  return { traceId: traceId.toLowerCase(), spanId: spanId?.toLowerCase() }
}
