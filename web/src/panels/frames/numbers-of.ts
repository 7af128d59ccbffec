import type { Field } from '@grafana/data'

/** The values of a field as numbers; whatever else it holds is NaN. Times are milliseconds. */
export function numbersOf(field: Field | undefined): Float64Array {
  const values: readonly unknown[] = field?.values ?? []
  const numbers = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    numbers[i] = typeof value === 'number' ? value : Number.NaN
  }
  return numbers
}
