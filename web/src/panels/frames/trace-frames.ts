import { createDataFrame, FieldType, type DataFrame, type Field } from '@grafana/data'
import type { FoundSpanJson, FoundTraceJson } from '../../../../src/contract/tempo.ts'
import { isObject, textOf } from '../../../../src/lang/dashboard/json-value.ts'
import { writeValue } from '../../api/trace-series.ts'
import type { TempoData } from '../../dashboard/ask-tempo.ts'
import { readTraceId } from '../../traces/trace-id.ts'
import { serviceOf, toTrace, type Trace } from '../../traces/trace-model.ts'

type TracesData = TempoData & { readonly resultType: 'traces' }
type TraceData = TempoData & { readonly resultType: 'trace' }

/** Leads from an id to the page of its trace. */
const TRACE_LINKS = [{ title: 'Open the trace', url: '/traces/${__value.raw}' }]

function field(name: string, type: FieldType, values: unknown[], config: Field['config'] = {}) {
  return { name, type, values, config }
}

/** What a search found, under the names that Grafana's source of traces gives: a row a trace, or a row a span. */
export function toTracesFrames({ traces, isOfSpans }: TracesData, refId: string): DataFrame[] {
  if (traces.length === 0) return []
  return [isOfSpans ? spansFrame(traces, refId) : tracesFrame(traces, refId)]
}

function tracesFrame(traces: readonly FoundTraceJson[], refId: string): DataFrame {
  const id = { displayNameFromDS: 'Trace ID', links: TRACE_LINKS }
  return createDataFrame({
    refId,
    name: 'Traces',
    // What the panel of traces shows beside what a table can hold.
    meta: { preferredVisualisationType: 'table', custom: { found: traces } },
    fields: [
      field(
        'traceID',
        FieldType.string,
        Array.from(traces, (one) => one.traceID),
        id,
      ),
      field('startTime', FieldType.time, Array.from(traces, startMsOf), {
        displayNameFromDS: 'Start time',
      }),
      field(
        'traceService',
        FieldType.string,
        Array.from(traces, (one) => one.rootServiceName),
        {
          displayNameFromDS: 'Service',
        },
      ),
      field(
        'traceName',
        FieldType.string,
        Array.from(traces, (one) => one.rootTraceName),
        {
          displayNameFromDS: 'Name',
        },
      ),
      field(
        'traceDuration',
        FieldType.number,
        Array.from(traces, (one) => one.durationMs ?? 0),
        {
          displayNameFromDS: 'Duration',
          unit: 'ms',
        },
      ),
    ],
  })
}

function startMsOf({ startTimeUnixNano }: { readonly startTimeUnixNano: string }): number {
  return Number(BigInt(startTimeUnixNano) / 1_000_000n)
}

interface FoundSpan {
  readonly trace: FoundTraceJson
  readonly span: FoundSpanJson
  readonly attributes: ReadonlyMap<string, string>
}

function spansFrame(traces: readonly FoundTraceJson[], refId: string): DataFrame {
  const rows = traces.flatMap(spansOf)
  const keys = [...new Set(rows.flatMap(({ attributes }) => [...attributes.keys()]))].toSorted()
  const text = (name: string, title: string, of: (row: FoundSpan) => string, config = {}) =>
    field(name, FieldType.string, rows.map(of), { displayNameFromDS: title, ...config })
  const startsMs = rows.map(({ span }) => startMsOf(span))
  const durationsNs = rows.map(({ span }) => Number(span.durationNanos))
  return createDataFrame({
    refId,
    name: 'Spans',
    meta: { preferredVisualisationType: 'table' },
    fields: [
      text('traceIdHidden', 'Trace ID', ({ trace }) => trace.traceID, { links: TRACE_LINKS }),
      text('spanID', 'Span ID', ({ span }) => span.spanID),
      field('time', FieldType.time, startsMs, { displayNameFromDS: 'Start time' }),
      text('traceService', 'Service', ({ trace }) => trace.rootServiceName),
      text('name', 'Name', ({ span }) => span.name ?? ''),
      ...keys.map((key) => text(key, key, ({ attributes }) => attributes.get(key) ?? '')),
      field('duration', FieldType.number, durationsNs, {
        displayNameFromDS: 'Duration',
        unit: 'ns',
      }),
    ],
  })
}

function spansOf(trace: FoundTraceJson): FoundSpan[] {
  return trace.spanSets.flatMap(({ spans }) =>
    spans.map((span) => {
      const pairs = (span.attributes ?? []).map(
        ({ key, value }) => [key, writeValue(value)] as const,
      )
      return { trace, span, attributes: new Map(pairs) }
    }),
  )
}

/** The spans of one trace as Grafana's frame of a trace, a row a span; times and durations are milliseconds. */
export function toTraceFrames(data: TraceData, refId: string): DataFrame[] {
  const trace = toTrace(readTraceId(data.traceId) ?? data.traceId, data.resourceSpans)
  const rows = Array.from({ length: trace.length }, (_none, row) => row)
  const column = (name: string, type: FieldType, of: (row: number) => unknown) =>
    field(name, type, rows.map(of))
  const startMs = Number(trace.startNs) / 1e6
  return [
    createDataFrame({
      refId,
      name: 'Trace',
      meta: { preferredVisualisationType: 'trace', custom: { trace } },
      fields: [
        column('traceID', FieldType.string, () => trace.traceId),
        column('spanID', FieldType.string, (row) => trace.spanIds[row]),
        column('parentSpanID', FieldType.string, (row) => {
          const parent = trace.parents[row] ?? -1
          return parent < 0 ? '' : trace.spanIds[parent]
        }),
        column('operationName', FieldType.string, (row) => trace.names[row]),
        column('serviceName', FieldType.string, (row) => serviceOf(trace, row)),
        column('kind', FieldType.string, (row) => trace.kinds[row]),
        column('startTime', FieldType.number, (row) => startMs + (trace.startsNs[row] ?? 0) / 1e6),
        column('duration', FieldType.number, (row) => (trace.durationsNs[row] ?? 0) / 1e6),
      ],
    }),
  ]
}

/** The traces that a frame of a search holds; undefined for another frame. */
export function foundTracesOf(frame: DataFrame): readonly FoundTraceJson[] | undefined {
  const custom: unknown = frame.meta?.custom
  const found = isObject(custom) ? custom['found'] : undefined
  return isFoundTraces(found) ? found : undefined
}

function isFoundTraces(value: unknown): value is readonly FoundTraceJson[] {
  return Array.isArray(value) && isObject(value[0]) && textOf(value[0]['traceID']) !== undefined
}

/** The trace that a frame holds; undefined for another frame. */
export function traceOf(frame: DataFrame): Trace | undefined {
  const custom: unknown = frame.meta?.custom
  const trace = isObject(custom) ? custom['trace'] : undefined
  return isTrace(trace) ? trace : undefined
}

function isTrace(value: unknown): value is Trace {
  return isObject(value) && typeof value['startNs'] === 'bigint' && 'sources' in value
}
