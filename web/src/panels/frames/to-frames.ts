import { createDataFrame, FieldType, type DataFrame, type Field } from '@grafana/data'
import { numbersOf } from './numbers-of.ts'
import type { LogqlDataJson } from '../../api/loki.ts'
import type { TempoData } from '../../dashboard/ask-tempo.ts'
import { toGraphFrames } from './graph-frames.ts'
import { toLineFrames } from './line-frames.ts'
import { toTraceFrames, toTracesFrames } from './trace-frames.ts'
import type { LabelsJson, QueryDataJson, SeriesJson } from '../../../../src/contract/prometheus.ts'
import { parseSample, seriesName } from '../../api/chart-data-of.ts'

export interface FrameRequest {
  readonly refId: string
  readonly format: 'time_series' | 'table' | 'heatmap'
  /** `{{label}}` parts, `__auto`, or empty for the whole series. */
  readonly legendFormat: string
  readonly expr: string
  /** Undefined for an instant query. */
  readonly stepMs?: number
  /** A series with one label is called by its value, as Grafana does for sources of traces. */
  readonly isNamedByValue?: boolean
  /** Whether the panel has several queries: then a table names whose value it is. */
  readonly isOneOfSeveral: boolean
}

/** The frames of one answer in the shape that Grafana's sources give them, on which transformations rely. */
export function toFrames(
  data: QueryDataJson | LogqlDataJson | TempoData,
  request: FrameRequest,
): DataFrame[] {
  if (data.resultType === 'streams') return toLineFrames(data.result, request.refId)
  if (data.resultType === 'traces') return toTracesFrames(data, request.refId)
  if (data.resultType === 'trace') return toTraceFrames(data, request.refId)
  if (data.resultType === 'service graph') return toGraphFrames(data.graph, request.refId)
  const rows = rowsOf(data)
  if (request.format === 'table') return rows.length === 0 ? [] : [toTable(rows, request)]
  const frames = rows.map((row) => toSeries(row, request))
  return request.format === 'heatmap' ? spreadBuckets(frames) : frames
}

interface Row {
  readonly labels: LabelsJson
  readonly timesMs: number[]
  readonly values: number[]
}

function rowsOf(data: Exclude<QueryDataJson | LogqlDataJson, { resultType: 'streams' }>): Row[] {
  if (data.resultType === 'matrix') return data.result.map(rowOfSeries)
  if (data.resultType === 'vector') {
    return data.result.flatMap(({ metric, value }) =>
      value ? [{ labels: metric, timesMs: [value[0] * 1000], values: [parseSample(value)] }] : [],
    )
  }
  if (data.resultType === 'scalar') {
    const point = data.result
    return [{ labels: {}, timesMs: [point[0] * 1000], values: [parseSample(point)] }]
  }
  return []
}

function rowOfSeries({ metric, values }: SeriesJson): Row {
  return {
    labels: metric,
    timesMs: values.map((point) => Math.round(point[0] * 1000)),
    values: values.map(parseSample),
  }
}

function toSeries(row: Row, request: FrameRequest): DataFrame {
  const { stepMs, refId } = request
  const name = legendOf(row.labels, request)
  const { __name__: metric, ...labels } = row.labels
  return createDataFrame({
    refId,
    ...(name === undefined ? {} : { name }),
    fields: [
      {
        name: 'Time',
        type: FieldType.time,
        values: row.timesMs,
        config: stepMs === undefined ? {} : { interval: stepMs },
      },
      {
        name: metric !== undefined && name === undefined ? metric : 'Value',
        type: FieldType.number,
        values: row.values,
        labels: request.legendFormat === '__auto' ? labels : row.labels,
        config: name === undefined ? {} : { displayNameFromDS: name },
      },
    ],
  })
}

/** The name of a series; undefined leaves it to Grafana's rules of what tells the series apart. */
function legendOf(
  labels: LabelsJson,
  { legendFormat, expr, isNamedByValue = false }: FrameRequest,
): string | undefined {
  const count = Object.keys(labels).length
  if (isNamedByValue && count === 1) return Object.values(labels)[0]
  if (legendFormat === '__auto') return count === 0 ? expr : undefined
  if (legendFormat === '') return count === 0 ? expr : seriesName(labels)
  return legendFormat.replaceAll(
    /\{\{\s*(.+?)\s*\}\}/g,
    (_all, label: string) => labels[label] ?? '',
  )
}

/** One table of all series: time, a column for each label, the value. */
function toTable(rows: readonly Row[], { refId, isOneOfSeveral }: FrameRequest): DataFrame {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.labels)))].toSorted()
  const times = rows.flatMap((row) => row.timesMs)
  const columns = names.map((name) => ({
    name,
    type: FieldType.string,
    config: { filterable: true },
    values: rows.flatMap((row) => row.timesMs.map(() => row.labels[name] ?? '')),
  }))
  return createDataFrame({
    refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: times, config: {} },
      ...columns,
      {
        name: isOneOfSeveral ? `Value #${refId}` : 'Value',
        type: FieldType.number,
        values: rows.flatMap((row) => row.values),
        config: {},
      },
    ],
  })
}

/** Buckets count everything up to their bound: what is between two bounds is their difference. Sorted by bound. */
function spreadBuckets(frames: DataFrame[]): DataFrame[] {
  const boundOf = (frame: DataFrame): number => {
    const le = frame.fields[1]?.labels?.['le'] ?? ''
    return le === '+Inf' ? Infinity : Number(le)
  }
  const sorted = frames.toSorted((a, b) => boundOf(a) - boundOf(b))
  return Array.from(sorted, (frame, index) => {
    const below = sorted[index - 1]
    const [time, value] = frame.fields
    if (!time || !value) return frame
    const le = value.labels?.['le']
    const own: Field = {
      ...value,
      values: below ? subtract(frame, below) : value.values,
      config: le === undefined ? value.config : { ...value.config, displayNameFromDS: le },
    }
    return { ...frame, ...(le === undefined ? {} : { name: le }), fields: [time, own] }
  })
}

function subtract(upper: DataFrame, lower: DataFrame): number[] {
  const timesBelow = numbersOf(lower.fields[0])
  const valuesBelow = numbersOf(lower.fields[1])
  const below = new Map(Array.from(timesBelow, (timeMs, i) => [timeMs, valuesBelow[i] ?? 0]))
  const times = numbersOf(upper.fields[0])
  const values = numbersOf(upper.fields[1])
  return Array.from(values, (value, i) => Math.max(0, value - (below.get(times[i] ?? 0) ?? 0)))
}
