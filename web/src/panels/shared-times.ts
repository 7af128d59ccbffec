import type { Field } from '@grafana/data'
import { numberOf } from '../../../src/lang/dashboard/json-value.ts'
import { numbersOf } from './frames/numbers-of.ts'

/** The times of several series as one axis. */
export interface SharedTimes {
  /** Ascending. */
  readonly timesMs: Float64Array
  /** The row of the axis for each entry of a time field; undefined when they are the same, one by one. */
  rowsOf(time: Field): Int32Array | undefined
}

/** Every time of any field, ascending; a step left out by all of them is put in, so that the gap is seen. */
export function sharedTimes(fields: readonly Field[]): SharedTimes {
  const distinct = [...new Set(fields)]
  const columns = new Map(distinct.map((field) => [field, numbersOf(field)]))
  const [first = new Float64Array()] = columns.values()
  const stepMs = Math.min(
    ...distinct.map((field) => numberOf(field.config.interval) ?? Infinity),
    Infinity,
  )
  // Series of one query nearly always stand on one grid: then there is nothing to sort and to look up.
  const areEqual = distinct.every((field) => isEqual(columns.get(field) ?? first, first))
  const union = areEqual ? first : unionOf(columns.values())
  const timesMs = withGaps(union, stepMs)
  if (areEqual && timesMs === first) return { timesMs, rowsOf: () => undefined }
  const rows = new Map(Array.from(timesMs, (timeMs, row) => [timeMs, row]))
  const known = new Map<Field, Int32Array>()
  return {
    timesMs,
    rowsOf: (time) => {
      const found =
        known.get(time) ?? Int32Array.from(columns.get(time) ?? [], (at) => rows.get(at) ?? 0)
      known.set(time, found)
      return found
    },
  }
}

function isEqual(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function unionOf(columns: Iterable<Float64Array>): Float64Array {
  const all = new Set<number>()
  for (const column of columns) for (const timeMs of column) all.add(timeMs)
  return Float64Array.from(all).sort()
}

/** The same array where nothing is left out. */
function withGaps(timesMs: Float64Array, stepMs: number): Float64Array {
  if (!Number.isFinite(stepMs) || stepMs <= 0) return timesMs
  const gaps: number[] = []
  for (let i = 1; i < timesMs.length; i++) {
    const last = timesMs[i - 1] ?? 0
    if ((timesMs[i] ?? 0) - last > stepMs * 1.5) gaps.push(last + stepMs)
  }
  return gaps.length === 0 ? timesMs : Float64Array.from([...timesMs, ...gaps]).sort()
}
