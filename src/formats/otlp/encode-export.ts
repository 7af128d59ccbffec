import type { LogRecordBatch } from '../../model/log-records.ts'
import { startOf, type SpanBatch } from '../../model/spans.ts'
import { groupRows, ProtoMessage } from './proto-message.ts'

type Texts = readonly (readonly [string, string])[]

/** A scope as it is written. */
interface WrittenScope {
  readonly name: string
  readonly version: string
  readonly attributes: Texts
  readonly droppedAttributes?: number
  readonly schemaUrl?: string
}

/** What the export requests of all signals have in common. */
interface Written {
  readonly rows: number
  readonly resources: readonly Texts[]
  readonly scopes: readonly WrittenScope[]
  readonly resourceOf: (row: number) => number
  readonly scopeOf: (row: number) => number
  /** Writes the records of these rows, which are of one resource and scope, as field 2. */
  readonly write: (out: ProtoMessage, rows: readonly number[]) => void
}

/** An export request: resources, in them scopes, in them records. */
export function encodeExport(written: Written): Uint8Array {
  const { rows, resources, scopes, resourceOf, scopeOf, write } = written
  const out = new ProtoMessage()
  for (const [resource, inScopes] of groupRows(rows, resourceOf, scopeOf)) {
    out.message(1, (ofResource) => {
      ofResource.message(1, (inner) => inner.attributes(1, resources[resource] ?? []))
      for (const [place, members] of inScopes) {
        ofResource.message(2, (ofScope) => {
          const scope = scopes[place]
          if (scope !== undefined) ofScope.message(1, (inner) => writeScope(inner, scope))
          write(ofScope, members)
          ofScope.text(3, scope?.schemaUrl ?? '')
        })
      }
    })
  }
  return out.finish()
}

function writeScope(out: ProtoMessage, scope: WrittenScope): void {
  out.text(1, scope.name)
  out.text(2, scope.version)
  out.attributes(3, scope.attributes)
  out.varint(4, scope.droppedAttributes ?? 0)
}

/** `ExportTraceServiceRequest` of opentelemetry-proto. */
export function encodeSpanExport(batch: SpanBatch): Uint8Array {
  return encodeExport({
    rows: batch.startsNs.length,
    resources: batch.resources,
    scopes: batch.scopes,
    resourceOf: (row) => batch.resourceIndex[row] as number,
    scopeOf: (row) => batch.scopeIndex[row] as number,
    write: (out, rows) => {
      for (const row of rows) out.message(2, (span) => writeSpan(span, batch, row))
    },
  })
}

function writeSpan(out: ProtoMessage, batch: SpanBatch, row: number): void {
  const { strings, events, links } = batch
  const text = (place: number | undefined): string => strings[place ?? -1] ?? ''
  out.id(1, batch.traceIds, row, 16)
  out.id(2, batch.spanIds, row, 8)
  out.text(3, text(batch.states[row]))
  out.id(4, batch.parentIds, row, 8)
  out.text(5, text(batch.names[row]))
  out.varint(6, batch.kinds[row] ?? 0)
  const start = batch.startsNs[row] as bigint
  out.fixed64(7, start)
  out.fixed64(8, start + (batch.durationsNs[row] as bigint))
  out.attributesOf(9, batch.attributes, row, strings)
  for (let i = startOf(events.ends, row); i < (events.ends[row] as number); i++) {
    out.message(11, (event) => {
      event.fixed64(1, events.timesNs[i] as bigint)
      event.text(2, text(events.names[i]))
      event.attributesOf(3, events.attributes, i, strings)
    })
  }
  for (let i = startOf(links.ends, row); i < (links.ends[row] as number); i++) {
    out.message(13, (link) => {
      link.id(1, links.traceIds, i, 16)
      link.id(2, links.spanIds, i, 8)
      link.text(3, text(links.states[i]))
      link.attributesOf(4, links.attributes, i, strings)
    })
  }
  out.message(15, (status) => {
    status.text(2, text(batch.messages[row]))
    status.varint(3, batch.statuses[row] ?? 0)
  })
}

/** `ExportLogsServiceRequest` of opentelemetry-proto. */
export function encodeRecordExport(batch: LogRecordBatch): Uint8Array {
  return encodeExport({
    rows: batch.timesNs.length,
    resources: batch.resources,
    scopes: batch.scopes,
    resourceOf: (row) => batch.resourceIndex[row] as number,
    scopeOf: (row) => batch.scopeIndex[row] as number,
    write: (out, rows) => {
      for (const row of rows) out.message(2, (record) => writeRecord(record, batch, row))
    },
  })
}

function writeRecord(out: ProtoMessage, batch: LogRecordBatch, row: number): void {
  const { strings } = batch
  const text = (place: number | undefined): string => strings[place ?? -1] ?? ''
  out.fixed64(1, batch.timesNs[row] as bigint)
  out.varint(2, batch.severityNumbers[row] ?? 0)
  out.text(3, text(batch.severityTexts[row]))
  const body = text(batch.bodies[row])
  if (body !== '') out.typedText(5, body)
  out.attributesOf(6, batch.attributes, row, strings)
  out.varint(7, batch.droppedAttributes[row] ?? 0)
  out.fixed32(8, batch.flags[row] ?? 0)
  out.id(9, batch.traceIds, row, 16)
  out.id(10, batch.spanIds, row, 8)
  out.fixed64(11, batch.observedNs[row] as bigint)
  out.text(12, text(batch.eventNames[row]))
}
