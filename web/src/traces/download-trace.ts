import type { SpanJson, SpanLinkJson } from '../../../src/model/trace-json.ts'
import { hexId } from './trace-id.ts'
import type { SpanSource, Trace } from './trace-model.ts'

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const CODES = ['UNSET', 'OK', 'ERROR']

/**
 * A trace as OTLP's own JSON, which OTLP receivers take at `/v1/traces`: ids in hex digits and enums as numbers, as its
 * specification says and the Tempo API does not.
 */
export function encodeTrace(trace: Trace): string {
  const resources = new Map<SpanSource['resource'], Map<SpanSource['scope'], SpanJson[]>>()
  for (const { span, resource, scope } of trace.sources) {
    const scopes = resources.get(resource) ?? new Map<SpanSource['scope'], SpanJson[]>()
    resources.set(resource, scopes)
    const spans = scopes.get(scope)
    if (spans) spans.push(span)
    else scopes.set(scope, [span])
  }
  const resourceSpans = [...resources].map(([attributes, scopes]) => ({
    resource: { attributes },
    scopeSpans: [...scopes].map(([scope, spans]) => ({ scope, spans: spans.map(toOtlp) })),
  }))
  return JSON.stringify({ resourceSpans }, undefined, 1)
}

function toOtlp(span: SpanJson): object {
  const { traceId, spanId, parentSpanId, kind = '', status, links, ...rest } = span
  return {
    ...{ traceId: hexId(traceId), spanId: hexId(spanId) },
    ...(parentSpanId !== undefined && { parentSpanId: hexId(parentSpanId) }),
    ...rest,
    kind: Math.max(0, KINDS.indexOf(kind.replace('SPAN_KIND_', ''))),
    ...(links && { links: links.map(toOtlpLink) }),
    status: {
      ...(status.message !== undefined && { message: status.message }),
      code: Math.max(0, CODES.indexOf((status.code ?? '').replace('STATUS_CODE_', ''))),
    },
  }
}

function toOtlpLink({ traceId, spanId, ...rest }: SpanLinkJson): object {
  return { traceId: hexId(traceId), spanId: hexId(spanId), ...rest }
}

/** Saves a trace as a file of the person's machine. */
export function saveTrace(trace: Trace): void {
  const url = URL.createObjectURL(new Blob([encodeTrace(trace)], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `trace-${trace.traceId}.json`
  link.click()
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
