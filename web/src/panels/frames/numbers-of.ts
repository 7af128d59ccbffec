import type { Field } from '@grafana/data'

/** The values of a field as numbers; whatever else it holds is NaN. Times are milliseconds. */
export function numbersOf(field: Field | undefined): Float64Array {
  const values: readonly unknown[] = field?.values ?? []
  return Float64Array.from(values, (value) => (typeof value === 'number' ? value : Number.NaN))
}
