import type {
  FoundSpanJson,
  FoundTraceJson,
  SpansetJson,
  TraceSearchJson,
} from '../../contract/tempo.ts'
import { Message, writeAttributes } from '../../formats/otlp/encode-spans.ts'
import {
  numberOf,
  objectOf,
  objectsOf,
  textOf,
  type JsonObject,
} from '../../lang/dashboard/json-value.ts'
import type { AttributeJson } from '../../model/trace-json.ts'

/**
 * The answers of the HTTP API as the messages of tempo.proto (grafana/tempo, pkg/tempopb), for who asks over gRPC. What is written is
 * what our own handlers answered.
 */
export function encodeSearch(answer: unknown): Uint8Array {
  const out = new Message()
  if (isSearch(answer)) for (const one of answer.traces) out.message(1, (to) => writeTrace(to, one))
  writeMetrics(out, objectOf(objectOf(answer)['metrics']))
  return out.finish()
}

function isSearch(answer: unknown): answer is TraceSearchJson {
  return Array.isArray(objectOf(answer)['traces'])
}

function writeTrace(out: Message, trace: FoundTraceJson): void {
  out.text(1, trace.traceID)
  out.text(2, trace.rootServiceName)
  out.text(3, trace.rootTraceName)
  out.varint64(4, BigInt(trace.startTimeUnixNano))
  out.varint(5, trace.durationMs ?? 0)
  const { spanSet } = trace
  if (spanSet) out.message(6, (to) => writeSpanset(to, spanSet))
  for (const one of trace.spanSets) out.message(7, (to) => writeSpanset(to, one))
  for (const [service, { spanCount, errorCount }] of Object.entries(trace.serviceStats)) {
    out.message(8, (to) => {
      to.text(1, service)
      to.message(2, (stats) => {
        stats.varint(1, spanCount)
        stats.varint(2, errorCount ?? 0)
      })
    })
  }
}

function writeSpanset(out: Message, { spans, matched, attributes }: SpansetJson): void {
  for (const span of spans) out.message(1, (to) => writeSpan(to, span))
  out.varint(2, matched)
  writeAttributes(out, 3, attributes)
}

function writeSpan(out: Message, span: FoundSpanJson): void {
  out.text(1, span.spanID)
  out.text(2, span.name)
  out.varint64(3, BigInt(span.startTimeUnixNano))
  out.varint64(4, BigInt(span.durationNanos))
  writeAttributes(out, 5, span.attributes)
}

function writeMetrics(out: Message, metrics: JsonObject): void {
  out.message(2, (to) => {
    to.varint(1, numberOf(metrics['inspectedTraces']) ?? 0)
    to.varint(3, numberOf(metrics['totalBlocks']) ?? 0)
    to.varint(4, numberOf(metrics['completedJobs']) ?? 0)
    to.varint(5, numberOf(metrics['totalJobs']) ?? 0)
    to.varint(7, numberOf(metrics['inspectedSpans']) ?? 0)
  })
}

/** `SearchTagsResponse` and `SearchTagValuesResponse`: texts. */
export function encodeTexts(field: 'tagNames' | 'tagValues'): (answer: unknown) => Uint8Array {
  return (answer) => {
    const out = new Message()
    const texts = objectOf(answer)[field]
    if (Array.isArray(texts)) for (const text of texts) out.text(1, textOf(text), true)
    return out.finish()
  }
}

/** `SearchTagsV2Response` */
export function encodeScopes(answer: unknown): Uint8Array {
  const out = new Message()
  for (const { name, tags } of objectsOf(objectOf(answer)['scopes'])) {
    out.message(1, (to) => {
      to.text(1, textOf(name))
      if (Array.isArray(tags)) for (const tag of tags) to.text(2, textOf(tag))
    })
  }
  return out.finish()
}

/** `SearchTagValuesV2Response` */
export function encodeTypedValues(answer: unknown): Uint8Array {
  const out = new Message()
  for (const { type, value } of objectsOf(objectOf(answer)['tagValues'])) {
    out.message(1, (to) => {
      to.text(1, textOf(type))
      to.text(2, textOf(value))
    })
  }
  return out.finish()
}

/** `QueryRangeResponse` */
export function encodeRange(answer: unknown): Uint8Array {
  return encodeSeries(answer, (out, series) => {
    for (const { timestampMs, value } of objectsOf(series['samples'])) {
      out.message(2, (to) => {
        to.double(1, numberOf(value) ?? 0)
        to.varint64(2, BigInt(textOf(timestampMs) ?? '0'))
      })
    }
  })
}

/** `QueryInstantResponse` */
export function encodeInstant(answer: unknown): Uint8Array {
  return encodeSeries(answer, (out, series) => out.double(2, numberOf(series['value']) ?? 0))
}

function encodeSeries(
  answer: unknown,
  write: (out: Message, series: JsonObject) => void,
): Uint8Array {
  const out = new Message()
  for (const series of objectsOf(objectOf(answer)['series'])) {
    out.message(1, (to) => {
      writeAttributes(to, 1, objectsOf(series['labels']).filter(isAttribute))
      write(to, series)
    })
  }
  writeMetrics(out, objectOf(objectOf(answer)['metrics']))
  return out.finish()
}

function isAttribute(value: JsonObject): value is JsonObject & AttributeJson {
  return typeof value['key'] === 'string' && typeof value['value'] === 'object'
}
