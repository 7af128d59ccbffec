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
  /** Spans that went into it, when they were asked for. */
  readonly exemplars?: readonly SeriesExemplar[]
}

/** A span of a series. */
export interface SeriesExemplar {
  /** Hex. */
  readonly traceId: string
  readonly spanId: string
  readonly startNs: bigint
  readonly interval: number
  /** What the query takes of it; undefined where spans are only counted. Durations are seconds. */
  readonly value: number | undefined
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
