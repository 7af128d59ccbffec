import { HistogramDecoder } from '../../formats/native-histogram/decode.ts'
import { encodeHistogram } from '../../formats/native-histogram/encode.ts'
import type { HistogramTable } from '../../model/histograms/histogram-table.ts'

/** A histogram as it is stored: the bytes of a `prometheus.Histogram`. */
export function toStoredForm(table: HistogramTable, row: number, timestampMs: number): Uint8Array {
  return encodeHistogram(table, row, timestampMs)
}

/** Puts a stored histogram into a table; returns its row, or a number below 0 when the series ended or the bytes cannot be read. */
export function fromStoredForm(data: Uint8Array, table: HistogramTable): number {
  return new HistogramDecoder().decode(data, 0, data.length, table)
}
