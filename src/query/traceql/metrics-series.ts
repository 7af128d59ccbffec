import { printValue } from '../../lang/traceql/print.ts'
import { type FieldValue, isList, keyOf } from './field-value.ts'

/** A label of a series with the type its value has on spans; undefined is nil. */
export interface SeriesLabel {
  readonly name: string
  readonly value: FieldValue | undefined
}

/** Values for each interval of the grid; NaN where there is none. */
export interface MetricsSeries {
  readonly labels: readonly SeriesLabel[]
  readonly values: Float64Array
}

export const METRIC_NAME = '__name__'

/** What tells series apart; the name of the metric does not. */
export function seriesKey(labels: readonly SeriesLabel[]): string {
  return labels
    .filter(({ name }) => name !== METRIC_NAME)
    .map(({ name, value }) => `${name.length}:${name}${keyOf(value)}`)
    .join('\u0001')
}

/** A value as the text that Prometheus's clients are shown. */
export function promValue(value: FieldValue | undefined): string {
  if (value === undefined) return '<nil>'
  if (isList(value)) return value.value.map(String).join(',')
  if (value.type === 'int') return `int(${value.value})`
  if (value.type !== 'string') return printValue(value)
  if (value.value === '') return '<empty>'
  return value.value === 'nil' ? '<nil>' : value.value
}
