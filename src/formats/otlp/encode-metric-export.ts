import {
  NUMBER_INTEGER,
  NUMBER_UNSET,
  type NumberLists,
  type OtlpMetric,
  type OtlpMetricBatch,
} from '../../model/otlp-metrics.ts'
import { startOf } from '../../model/spans.ts'
import { encodeExport } from './encode-export.ts'
import type { ProtoMessage } from './proto-message.ts'

/** The field of `Metric` for each kind. */
const KIND_FIELDS: Readonly<Record<OtlpMetric['kind'], number>> = {
  ...{ gauge: 5, sum: 7, histogram: 9, 'exponential-histogram': 10, summary: 11 },
}
const TEMPORALITIES = ['unspecified', 'delta', 'cumulative']

/** `ExportMetricsServiceRequest` of opentelemetry-proto. */
export function encodeMetricExport(batch: OtlpMetricBatch): Uint8Array {
  const { metrics, metricIndex } = batch
  const metricOf = (row: number): OtlpMetric | undefined => metrics[metricIndex[row] ?? -1]
  return encodeExport({
    rows: metricIndex.length,
    resources: batch.resources,
    scopes: batch.scopes,
    resourceOf: (row) => metricOf(row)?.resource ?? 0,
    scopeOf: (row) => metricOf(row)?.scope ?? 0,
    write: (out, rows) => {
      for (let at = 0; at < rows.length;) {
        const place = metricIndex[rows[at] as number]
        let end = at
        while (end < rows.length && metricIndex[rows[end] as number] === place) end++
        const metric = metrics[place ?? -1]
        const members = rows.slice(at, end)
        if (metric !== undefined) out.message(2, (one) => writeMetric(one, batch, metric, members))
        at = end
      }
    },
  })
}

function writeMetric(
  out: ProtoMessage,
  batch: OtlpMetricBatch,
  metric: OtlpMetric,
  rows: readonly number[],
): void {
  out.text(1, metric.name)
  out.text(2, metric.description)
  out.text(3, metric.unit)
  out.message(KIND_FIELDS[metric.kind], (data) => {
    for (const row of rows) data.message(1, (point) => writePoint(point, batch, metric, row))
    data.varint(2, TEMPORALITIES.indexOf(metric.temporality))
    data.varint(3, metric.isMonotonic ? 1 : 0)
  })
  out.attributes(12, metric.metadata)
}

function writePoint(
  out: ProtoMessage,
  batch: OtlpMetricBatch,
  { kind }: OtlpMetric,
  row: number,
): void {
  out.fixed64(2, batch.startsNs[row] as bigint)
  out.fixed64(3, batch.timesNs[row] as bigint)
  switch (kind) {
    case 'gauge':
    case 'sum':
      writeNumber(out, 4, 6, batch.values[row] ?? 0, batch.valueTypes[row] ?? 0)
      out.attributesOf(7, batch.attributes, row, batch.strings)
      writeExemplars(out, 5, batch, row)
      out.varint(8, batch.flags[row] ?? 0)
      return
    case 'histogram':
      writeHistogram(out, batch, row)
      return
    case 'exponential-histogram':
      writeExponential(out, batch, row)
      return
    case 'summary':
      writeSummary(out, batch, row)
      return
    default:
      kind satisfies never
  }
}

function writeHistogram(out: ProtoMessage, batch: OtlpMetricBatch, row: number): void {
  const { distributions: found } = batch
  const at = batch.distributionIndex[row] as number
  writeCountAndSum(out, batch, row)
  for (const count of listOf(found.buckets, at)) out.fixed64Always(6, BigInt(count))
  for (const bound of listOf(found.bounds, at)) out.double(7, bound)
  writeExemplars(out, 8, batch, row)
  out.attributesOf(9, batch.attributes, row, batch.strings)
  out.varint(10, batch.flags[row] ?? 0)
  writeExtremes(out, batch, at, 11)
}

function writeExponential(out: ProtoMessage, batch: OtlpMetricBatch, row: number): void {
  const { distributions: found } = batch
  const at = batch.distributionIndex[row] as number
  out.attributesOf(1, batch.attributes, row, batch.strings)
  writeCountAndSum(out, batch, row)
  out.zigzag(6, found.scales[at] ?? 0)
  out.fixed64(7, BigInt(found.zeroCounts[at] ?? 0))
  writeBuckets(out, 8, found.offsets[at] ?? 0, listOf(found.buckets, at))
  writeBuckets(out, 9, found.negativeOffsets[at] ?? 0, listOf(found.negativeBuckets, at))
  out.varint(10, batch.flags[row] ?? 0)
  writeExemplars(out, 11, batch, row)
  writeExtremes(out, batch, at, 12)
  const threshold = found.zeroThresholds[at] ?? 0
  if (threshold !== 0) out.double(14, threshold)
}

function writeBuckets(
  out: ProtoMessage,
  field: number,
  offset: number,
  counts: Float64Array,
): void {
  if (counts.length === 0) return
  out.message(field, (inner) => {
    inner.zigzag(1, offset)
    for (const count of counts) inner.varint(2, count, true)
  })
}

function writeSummary(out: ProtoMessage, batch: OtlpMetricBatch, row: number): void {
  const { distributions: found } = batch
  const at = batch.distributionIndex[row] as number
  writeCountAndSum(out, batch, row)
  const values = listOf(found.buckets, at)
  for (const [place, quantile] of listOf(found.bounds, at).entries()) {
    out.message(6, (inner) => {
      inner.double(1, quantile)
      inner.double(2, values[place] ?? 0)
    })
  }
  out.attributesOf(7, batch.attributes, row, batch.strings)
  out.varint(8, batch.flags[row] ?? 0)
}

function writeCountAndSum(out: ProtoMessage, batch: OtlpMetricBatch, row: number): void {
  const at = batch.distributionIndex[row] as number
  out.fixed64(4, BigInt(batch.distributions.counts[at] ?? 0))
  if (batch.valueTypes[row] !== NUMBER_UNSET) out.double(5, batch.values[row] ?? 0)
}

function writeExtremes(
  out: ProtoMessage,
  { distributions: { minima, maxima } }: OtlpMetricBatch,
  at: number,
  field: number,
): void {
  const [least, most] = [minima[at] ?? Number.NaN, maxima[at] ?? Number.NaN]
  if (!Number.isNaN(least)) out.double(field, least)
  if (!Number.isNaN(most)) out.double(field + 1, most)
}

function writeExemplars(
  out: ProtoMessage,
  field: number,
  batch: OtlpMetricBatch,
  row: number,
): void {
  const { exemplars, strings } = batch
  const end = batch.exemplarEnds[row] as number
  for (let i = batch.exemplarStarts[row] as number; i < end; i++) {
    out.message(field, (inner) => {
      inner.fixed64(2, exemplars.timesNs[i] as bigint)
      writeNumber(inner, 3, 6, exemplars.values[i] ?? 0, exemplars.valueTypes[i] ?? 0)
      inner.id(4, exemplars.spanIds, i, 8)
      inner.id(5, exemplars.traceIds, i, 16)
      inner.attributesOf(7, exemplars.attributes, i, strings)
    })
  }
}

function writeNumber(
  out: ProtoMessage,
  doubleField: number,
  integerField: number,
  value: number,
  type: number,
): void {
  if (type === NUMBER_INTEGER) out.fixed64Always(integerField, BigInt(value))
  else if (type !== NUMBER_UNSET) out.double(doubleField, value)
}

function listOf({ ends, values }: NumberLists, at: number): Float64Array {
  return values.subarray(startOf(ends, at), ends[at])
}
