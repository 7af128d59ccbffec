import type { QueryDataJson, SeriesJson } from '../contract/prometheus.ts'
import { parseSampleValue } from '../contract/sample-value.ts'
import { drawChart, type ChartLine } from './draw-chart.ts'
import { padRight, printable } from './printable.ts'
import type { QueryRange } from './query-range.ts'
import { nameApart, seriesName } from './series-name.ts'
import type { Terminal } from './terminal.ts'

/** More lines than this are a surface, not a chart. */
const MAX_LINES = 500
const MOST_ROWS = 20
const LEAST_ROWS = 6

/** Whether an answer holds no series at all. */
export function isEmptyAnswer(data: QueryDataJson): boolean {
  return (data.resultType === 'matrix' || data.resultType === 'vector') && data.result.length === 0
}

/** One row a sample: series, value, and the time where times differ from row to row. No newline at the end. */
export function showTable(data: QueryDataJson): string {
  switch (data.resultType) {
    case 'scalar':
    case 'string':
      return printable(data.result[1])
    case 'vector':
      return table(data.result.map((sample) => [seriesName(sample.metric), sample.value[1]]))
    case 'matrix':
      return table(
        data.result.flatMap((series) =>
          series.values.map(([seconds, value]) => [
            seriesName(series.metric),
            value,
            isoOf(seconds),
          ]),
        ),
      )
    default:
      return data satisfies never
  }
}

function isoOf(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString()
}

function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number): number =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0)
  const widths = [width(0), width(1)] as const
  return rows
    .map(([name = '', value = '', time]) => {
      const cells = `${padRight(name, widths[0])}  ${value.padStart(widths[1])}`
      return time === undefined ? cells : `${cells}  ${time}`
    })
    .join('\n')
}

const LEAST_SPAN_MS = 60_000

/** A server that was started a minute ago fills its chart, too. */
export function withoutEmptyBeginning(
  series: readonly SeriesJson[],
  range: QueryRange,
): QueryRange {
  const firsts = series.flatMap((one) => one.values.slice(0, 1)).map(([seconds]) => seconds * 1000)
  const firstMs = firsts.reduce((least, timeMs) => Math.min(least, timeMs), range.endMs)
  const spanMs = Math.max(LEAST_SPAN_MS, range.endMs - firstMs)
  const steps = Math.ceil(spanMs / range.stepMs)
  return { ...range, startMs: Math.max(range.startMs, range.endMs - steps * range.stepMs) }
}

/** Draws a matrix as a chart that fits the terminal, the series with the largest last values first. No newline at the end. */
export function showChart(
  series: readonly SeriesJson[],
  range: QueryRange,
  { columns, rows, color }: Pick<Terminal, 'columns' | 'rows' | 'color'>,
  legendRows: number,
): string {
  const { common, names } = nameApart(series.map(({ metric }) => metric))
  const lines = series.map((one, at) => toLine(one, names[at] ?? '', range)).sort(byLast)
  const legend = Math.min(lines.length, legendRows) + (lines.length > legendRows ? 1 : 0)
  const chart = drawChart(lines.slice(0, MAX_LINES), {
    width: columns,
    height: Math.max(LEAST_ROWS, Math.min(MOST_ROWS, rows - legend - 5)),
    startMs: range.startMs,
    endMs: range.endMs,
    localOffsetMs: -new Date(range.endMs).getTimezoneOffset() * 60_000,
    color,
    legendRows,
    title: common,
  })
  if (lines.length <= MAX_LINES) return chart
  return `${chart}\n(of ${lines.length} series the ${MAX_LINES} with the largest last values are drawn)`
}

function toLine(
  series: SeriesJson,
  name: string,
  { startMs, endMs, stepMs }: QueryRange,
): ChartLine {
  const values = new Float64Array(Math.floor((endMs - startMs) / stepMs) + 1).fill(Number.NaN)
  let last: number | undefined
  for (const [seconds, text] of series.values) {
    last = parseSampleValue(text)
    const at = Math.round((seconds * 1000 - startMs) / stepMs)
    if (at >= 0 && at < values.length) values[at] = last
  }
  return { name, values, last }
}

function byLast(a: ChartLine, b: ChartLine): number {
  const order = (line: ChartLine): number =>
    line.last === undefined || Number.isNaN(line.last) ? Number.NEGATIVE_INFINITY : line.last
  const [left, right] = [order(a), order(b)]
  return left === right ? 0 : right > left ? 1 : -1
}
