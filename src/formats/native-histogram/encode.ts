import type { HistogramTable } from '../../model/histograms/histogram-table.ts'
import { ByteWriter } from '../byte-writer.ts'
import { writeDouble, zigzag } from '../proto-writer.ts'
import { writeSpans } from './write-spans.ts'

/** A row of a table as the bytes of a `prometheus.Histogram` (prompb/types.proto) with float counts. */
export function encodeHistogram(
  table: HistogramTable,
  row: number,
  timestampMs: number,
): Uint8Array {
  const out = new ByteWriter(256)
  writeDouble(out, 2, table.totals[row] as number)
  writeDouble(out, 3, table.sums[row] as number)
  out.varint(4 * 8)
  out.varint(zigzag(table.schemas[row] as number))
  writeDouble(out, 5, table.zeroThresholds[row] as number)
  writeDouble(out, 7, table.zeroCounts[row] as number)
  const middle = table.positiveFrom[row] as number
  writeSide(out, 8, table, table.negativeFrom[row] as number, middle)
  writeSide(out, 11, table, middle, table.ends[row] as number)
  const hint = table.hints[row] as number
  if (hint !== 0) {
    out.varint(14 * 8)
    out.varint(hint)
  }
  out.varint(15 * 8)
  out.int64(timestampMs)
  if (table.isCustom(row)) writeColumn(out, 16, table.boundsOf(row))
  return out.finish().slice()
}

/** Spans under one number, counts under the number two above. */
function writeSide(
  out: ByteWriter,
  field: number,
  { indexes, counts }: HistogramTable,
  from: number,
  to: number,
): void {
  writeSpans(out, field, indexes, from, to)
  writeColumn(out, field + 2, counts.slice(from, to))
}

function writeColumn(out: ByteWriter, field: number, values: Float64Array): void {
  if (values.length === 0) return
  out.varint(field * 8 + 2)
  out.varint(values.length * 8)
  out.memory(values)
}
