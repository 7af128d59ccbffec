import type { LogRecordBatch } from './log-records.ts'
import type { OtlpMetricBatch } from './otlp-metrics.ts'
import { startOf, type AttributeColumns, type SpanBatch } from './spans.ts'

/** Of a batch of spans the rows in `rows`, in this order. The tables of texts, resources and scopes stay. */
export function selectSpans(batch: SpanBatch, rows: Uint32Array): SpanBatch {
  const events = membersOf(batch.events.ends, rows)
  const links = membersOf(batch.links.ends, rows)
  return {
    ...batch,
    traceIds: pickIds(batch.traceIds, 16, rows),
    spanIds: pickIds(batch.spanIds, 8, rows),
    parentIds: pickIds(batch.parentIds, 8, rows),
    startsNs: rows64(batch.startsNs, rows),
    durationsNs: rows64(batch.durationsNs, rows),
    names: rows32(batch.names, rows),
    kinds: rows8(batch.kinds, rows),
    statuses: rows8(batch.statuses, rows),
    messages: rows32(batch.messages, rows),
    states: rows32(batch.states, rows),
    attributes: selectAttributes(batch.attributes, rows),
    resourceIndex: rows32(batch.resourceIndex, rows),
    scopeIndex: rows32(batch.scopeIndex, rows),
    events: {
      ends: events.ends,
      timesNs: rows64(batch.events.timesNs, events.members),
      names: rows32(batch.events.names, events.members),
      attributes: selectAttributes(batch.events.attributes, events.members),
    },
    links: {
      ends: links.ends,
      traceIds: pickIds(batch.links.traceIds, 16, links.members),
      spanIds: pickIds(batch.links.spanIds, 8, links.members),
      states: rows32(batch.links.states, links.members),
      attributes: selectAttributes(batch.links.attributes, links.members),
    },
  }
}

/** The same for log records. */
export function selectRecords(batch: LogRecordBatch, rows: Uint32Array): LogRecordBatch {
  return {
    ...batch,
    timesNs: rows64(batch.timesNs, rows),
    observedNs: rows64(batch.observedNs, rows),
    severityNumbers: pickSigned(batch.severityNumbers, rows),
    severityTexts: rows32(batch.severityTexts, rows),
    bodies: rows32(batch.bodies, rows),
    eventNames: rows32(batch.eventNames, rows),
    flags: rows32(batch.flags, rows),
    droppedAttributes: rows32(batch.droppedAttributes, rows),
    traceIds: pickIds(batch.traceIds, 16, rows),
    spanIds: pickIds(batch.spanIds, 8, rows),
    attributes: selectAttributes(batch.attributes, rows),
    resourceIndex: rows32(batch.resourceIndex, rows),
    scopeIndex: rows32(batch.scopeIndex, rows),
  }
}

/** The same for data points; distributions and exemplars stay tables, too. `rows` must ascend. */
export function selectPoints(batch: OtlpMetricBatch, rows: Uint32Array): OtlpMetricBatch {
  return {
    ...batch,
    metricIndex: rows32(batch.metricIndex, rows),
    timesNs: rows64(batch.timesNs, rows),
    startsNs: rows64(batch.startsNs, rows),
    flags: rows8(batch.flags, rows),
    values: Float64Array.from(rows, (row) => batch.values[row] as number),
    valueTypes: rows8(batch.valueTypes, rows),
    attributes: selectAttributes(batch.attributes, rows),
    distributionIndex: pickSigned(batch.distributionIndex, rows),
    exemplarStarts: rows32(batch.exemplarStarts, rows),
    exemplarEnds: rows32(batch.exemplarEnds, rows),
  }
}

/** The rows that are kept; undefined when all are, so that the batch can stay as it is. */
export function keepRows(count: number, keeps: (row: number) => boolean): Uint32Array | undefined {
  const kept = new Uint32Array(count)
  let size = 0
  for (let row = 0; row < count; row++) if (keeps(row)) kept[size++] = row
  return size === count ? undefined : kept.subarray(0, size)
}

function selectAttributes(columns: AttributeColumns, rows: Uint32Array): AttributeColumns {
  const { ends, members } = membersOf(columns.ends, rows)
  return { ends, keys: rows32(columns.keys, members), values: rows32(columns.values, members) }
}

/** What belongs to the rows, one after the other, and where that of each row ends. */
function membersOf(
  ends: Uint32Array,
  rows: Uint32Array,
): { readonly ends: Uint32Array; readonly members: Uint32Array } {
  const newEnds = new Uint32Array(rows.length)
  let size = 0
  for (const [at, row] of rows.entries()) {
    size += (ends[row] as number) - startOf(ends, row)
    newEnds[at] = size
  }
  const members = new Uint32Array(size)
  let to = 0
  for (const row of rows) {
    const end = ends[row] as number
    for (let i = startOf(ends, row); i < end; i++) members[to++] = i
  }
  return { ends: newEnds, members }
}

function rows32(column: Uint32Array, rows: Uint32Array): Uint32Array {
  return Uint32Array.from(rows, (row) => column[row] as number)
}

function pickSigned(column: Int32Array, rows: Uint32Array): Int32Array {
  return Int32Array.from(rows, (row) => column[row] as number)
}

function rows8(column: Uint8Array, rows: Uint32Array): Uint8Array {
  return Uint8Array.from(rows, (row) => column[row] as number)
}

function rows64(column: BigInt64Array, rows: Uint32Array): BigInt64Array {
  const out = new BigInt64Array(rows.length)
  for (const [at, row] of rows.entries()) out[at] = column[row] as bigint
  return out
}

function pickIds(column: Uint8Array, width: number, rows: Uint32Array): Uint8Array {
  const out = new Uint8Array(rows.length * width)
  for (const [at, row] of rows.entries()) {
    out.set(column.subarray(row * width, (row + 1) * width), at * width)
  }
  return out
}
