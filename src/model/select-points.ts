import type { OtlpMetricBatch } from './otlp-metrics.ts'
import { startOf, type AttributeColumns } from './spans.ts'

/** A batch of some of the data points of another, in the order of `rows`, which rises. The tables that rows point to are shared. */
export function selectPoints(batch: OtlpMetricBatch, rows: readonly number[]): OtlpMetricBatch {
  if (rows.length === batch.metricIndex.length) return batch
  const pick = (column: Uint32Array): Uint32Array =>
    Uint32Array.from(rows, (row) => column[row] as number)
  return {
    ...batch,
    metricIndex: pick(batch.metricIndex),
    timesNs: BigInt64Array.from(rows, (row) => batch.timesNs[row] as bigint),
    startsNs: BigInt64Array.from(rows, (row) => batch.startsNs[row] as bigint),
    flags: Uint8Array.from(rows, (row) => batch.flags[row] as number),
    values: Float64Array.from(rows, (row) => batch.values[row] as number),
    valueTypes: Uint8Array.from(rows, (row) => batch.valueTypes[row] as number),
    attributes: selectAttributes(batch.attributes, rows),
    distributionIndex: Int32Array.from(rows, (row) => batch.distributionIndex[row] as number),
    exemplarStarts: pick(batch.exemplarStarts),
    exemplarEnds: pick(batch.exemplarEnds),
  }
}

function selectAttributes(
  { ends, keys, values }: AttributeColumns,
  rows: readonly number[],
): AttributeColumns {
  const selected = {
    ends: new Uint32Array(rows.length),
    keys: [] as number[],
    values: [] as number[],
  }
  for (const [i, row] of rows.entries()) {
    for (let at = startOf(ends, row); at < (ends[row] as number); at++) {
      selected.keys.push(keys[at] as number)
      selected.values.push(values[at] as number)
    }
    selected.ends[i] = selected.keys.length
  }
  return {
    ends: selected.ends,
    keys: Uint32Array.from(selected.keys),
    values: Uint32Array.from(selected.values),
  }
}
