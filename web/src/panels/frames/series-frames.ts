import { createDataFrame, FieldType, reduceField, type DataFrame, type Field } from '@grafana/data'
import { numbersOf } from './numbers-of.ts'
import { objectOf, textOf, type JsonObject } from '../../../../src/lang/dashboard/json-value.ts'

/** Series as one wide frame (`wide`), one frame each (`multi`), or one long table (`long`). */
export function prepareTimeSeries(frames: DataFrame[], options: JsonObject): DataFrame[] {
  const series = frames.flatMap(splitFrame)
  switch (textOf(options['format'])) {
    case 'multi':
      return series.map(({ frame, time, value }) => ({
        ...frame,
        fields: [time, value],
      }))
    case 'long':
      return [toLong(series)]
    default:
      return [toWide(series)]
  }
}

interface OneSeries {
  readonly frame: DataFrame
  readonly time: Field
  readonly value: Field
}

function splitFrame(frame: DataFrame): OneSeries[] {
  const time = frame.fields.find((field) => field.type === FieldType.time)
  if (!time) return []
  const values = frame.fields.filter((field) => field.type === FieldType.number)
  return values.map((value) => ({ frame, time, value }))
}

function toWide(series: readonly OneSeries[]): DataFrame {
  const times = [...new Set(series.flatMap(({ time }) => [...numbersOf(time)]))].toSorted(
    (a, b) => a - b,
  )
  const at = new Map(times.map((timeMs, row) => [timeMs, row]))
  const fields = series.map(({ time, value }) => {
    const column = new Array<unknown>(times.length).fill(null)
    time.values.forEach((timeMs: number, i) => {
      column[at.get(timeMs) ?? 0] = value.values[i]
    })
    return { ...value, values: column }
  })
  return createDataFrame({
    fields: [{ name: 'Time', type: FieldType.time, config: {}, values: times }, ...fields],
  })
}

function toLong(series: readonly OneSeries[]): DataFrame {
  const names = [...new Set(series.flatMap(({ value }) => Object.keys(value.labels ?? {})))]
  const rows = series.flatMap(({ time, value }) =>
    time.values.map((timeMs: number, i) => ({
      timeMs,
      value: value.values[i] as unknown,
      labels: value.labels ?? {},
    })),
  )
  rows.sort((a, b) => a.timeMs - b.timeMs)
  return createDataFrame({
    fields: [
      { name: 'time', type: FieldType.time, config: {}, values: rows.map((row) => row.timeMs) },
      ...names.map((name) => ({
        name,
        type: FieldType.string,
        config: {},
        values: rows.map((row) => row.labels[name] ?? ''),
      })),
      { name: 'value', type: FieldType.number, config: {}, values: rows.map((row) => row.value) },
    ],
  })
}

/** One row for each series, with its labels and the series itself as a trend, one table for each query. */
export function timeSeriesTable(frames: DataFrame[], options: JsonObject): DataFrame[] {
  const byQuery = new Map<string, OneSeries[]>()
  for (const one of frames.flatMap(splitFrame)) {
    const refId = one.frame.refId ?? 'A'
    byQuery.set(refId, [...(byQuery.get(refId) ?? []), one])
  }
  return [...byQuery].map(([refId, series]) => {
    const names = [...new Set(series.flatMap(({ value }) => Object.keys(value.labels ?? {})))]
    const stat = textOf(objectOf(options[refId])['stat']) ?? 'lastNotNull'
    const trends = series.map(({ frame, time, value }) => {
      const reduced: unknown = reduceField({ field: value, reducers: [stat] })[stat]
      return { ...frame, fields: [time, value], length: time.values.length, value: reduced }
    })
    return createDataFrame({
      refId,
      fields: [
        ...names.map((name) => ({
          name,
          type: FieldType.string,
          config: {},
          values: series.map(({ value }) => value.labels?.[name] ?? ''),
        })),
        { name: `Trend #${refId}`, type: FieldType.frame, config: {}, values: trends },
      ],
    })
  })
}
