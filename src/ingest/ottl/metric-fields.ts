import { NUMBER_INTEGER, type OtlpMetric } from '../../model/otlp-metrics.ts'
import type { BatchEditor, MetricEditor } from '../processors/editor.ts'
import type { Fields, Place } from './path.ts'
import type { OttlValue } from './value.ts'

const KINDS = ['gauge', 'sum', 'histogram', 'exponential-histogram', 'summary'] as const
const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const

function of(
  get: (editor: MetricEditor, row: number) => OttlValue,
  set?: (editor: MetricEditor, row: number, value: OttlValue) => void,
): Place {
  const inMetrics = (editor: BatchEditor): editor is MetricEditor => editor.signal === 'metrics'
  const place = {
    get: (editor: BatchEditor, row: number) => (inMetrics(editor) ? get(editor, row) : undefined),
  }
  if (set === undefined) return place
  return {
    ...place,
    set: (editor, row, value) => {
      if (inMetrics(editor)) set(editor, row, value)
    },
  }
}

function text(key: 'name' | 'description' | 'unit'): Place {
  return of(
    (editor, row) => editor.metricOf(row)?.[key],
    (editor, row, value) => {
      if (typeof value === 'string') editor.setMetric(row, { [key]: value })
    },
  )
}

function number(get: (metric: OtlpMetric) => number): Place {
  return of((editor, row) => {
    const metric = editor.metricOf(row)
    return metric && BigInt(get(metric))
  })
}

const metric: Fields = {
  name: text('name'),
  description: text('description'),
  unit: text('unit'),
  type: number(({ kind }) => KINDS.indexOf(kind) + 1),
  aggregation_temporality: number(({ temporality }) => TEMPORALITIES.indexOf(temporality)),
  is_monotonic: of((editor, row) => editor.metricOf(row)?.isMonotonic),
}

const datapoint: Fields = {
  value_double: of(({ batch }, row) => batch.values[row]),
  value_int: of(({ batch }, row) =>
    batch.valueTypes[row] === NUMBER_INTEGER ? BigInt(batch.values[row] ?? 0) : 0n,
  ),
  time_unix_nano: of(({ batch }, row) => batch.timesNs[row]),
  start_time_unix_nano: of(({ batch }, row) => batch.startsNs[row]),
  flags: of(({ batch }, row) => BigInt(batch.flags[row] ?? 0)),
  count: of(({ batch }, row) => batch.distributions.counts[batch.distributionIndex[row] ?? -1]),
  sum: of(({ batch }, row) => batch.values[row]),
}

/** The places of a metric and of a data point. */
export const metricFields: { readonly metric: Fields; readonly datapoint: Fields } = {
  metric,
  datapoint,
}
