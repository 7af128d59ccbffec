import { parseDurationMs } from '../model/duration.ts'
import { ApiError, callApi } from './api-client.ts'
import { drawChart, type ChartLine } from './draw-chart.ts'

export interface QueryOptions {
  readonly url: string
  readonly instant: boolean
  readonly range: string
  readonly start?: string
  readonly end?: string
  readonly step?: string
  readonly output: 'chart' | 'table' | 'json'
}

type Pair = readonly [number, string]

interface Series {
  readonly metric: Readonly<Record<string, string>>
  readonly value?: Pair
  readonly values?: readonly Pair[]
}

interface QueryData {
  readonly resultType: 'matrix' | 'vector' | 'scalar' | 'string'
  readonly result: readonly Series[] | Pair
}

export interface Terminal {
  readonly columns: number
  readonly rows: number
  readonly color: boolean
  readonly nowMs: () => number
  readonly write: (text: string) => void
}

/** `vedette query`: asks the server and shows the answer. Throws `ApiError`. */
export async function runQuery(query: string, options: QueryOptions, terminal: Terminal): Promise<void> {
  const range = options.instant ? undefined : readRange(options, terminal)
  const answer = range
    ? await callApi<QueryData>(options.url, '/api/v1/query_range', {
        query,
        start: String(range.startMs / 1000),
        end: String(range.endMs / 1000),
        step: String(range.stepMs / 1000),
      })
    : await callApi<QueryData>(options.url, '/api/v1/query', {
        query,
        ...(options.end === undefined ? {} : { time: options.end }),
      })
  if (options.output === 'json') terminal.write(`${JSON.stringify(answer.data, null, 2)}\n`)
  else terminal.write(`${show(answer.data, range, options, terminal)}\n`)
  for (const warning of answer.warnings ?? []) terminal.write(`warning: ${warning}\n`)
  for (const info of answer.infos ?? []) terminal.write(`note: ${info}\n`)
}

interface Range {
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
}

function readRange(options: QueryOptions, terminal: Terminal): Range {
  const endMs = options.end === undefined ? terminal.nowMs() : readTime(options.end, '--end')
  const rangeMs = parseDurationMs(options.range)
  if (rangeMs === undefined || rangeMs === 0) throw new ApiError(`--range ${options.range} is not a duration such as 15m or 6h`)
  const startMs = options.start === undefined ? endMs - rangeMs : readTime(options.start, '--start')
  if (startMs >= endMs) throw new ApiError('--start must be before --end')
  const points = Math.max(60, Math.min(600, terminal.columns * 2))
  const stepMs =
    options.step === undefined ? Math.max(1000, Math.ceil((endMs - startMs) / points / 1000) * 1000) : readStep(options.step)
  return { startMs: Math.floor(startMs / stepMs) * stepMs, endMs: Math.floor(endMs / stepMs) * stepMs, stepMs }
}

function readStep(text: string): number {
  const stepMs = /^[0-9.]+$/.test(text) ? Number(text) * 1000 : parseDurationMs(text)
  if (stepMs === undefined || !(stepMs > 0)) throw new ApiError(`--step ${text} is not a duration such as 15s`)
  return stepMs
}

function readTime(text: string, flag: string): number {
  const time = /^[0-9.]+$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  if (Number.isNaN(time)) throw new ApiError(`${flag} ${text} is neither Unix seconds nor an RFC 3339 time`)
  return time
}

function show(data: QueryData, range: Range | undefined, options: QueryOptions, terminal: Terminal): string {
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    return String((data.result as Pair)[1])
  }
  const series = data.result as readonly Series[]
  if (series.length === 0) return 'no data'
  if (range === undefined || options.output === 'table') return table(series)
  const lines = series.map((one) => toLine(one, range))
  return drawChart(lines, {
    width: terminal.columns,
    height: Math.max(6, Math.min(20, terminal.rows - lines.length - 4)),
    startMs: range.startMs,
    endMs: range.endMs,
    color: terminal.color,
  })
}

function toLine(series: Series, range: Range): ChartLine {
  const values = new Float64Array(Math.floor((range.endMs - range.startMs) / range.stepMs) + 1).fill(Number.NaN)
  for (const [seconds, text] of series.values ?? []) {
    values[Math.round((seconds * 1000 - range.startMs) / range.stepMs)] = parseValue(text)
  }
  return { name: seriesName(series.metric), values }
}

function parseValue(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  if (text === '-Inf') return Number.NEGATIVE_INFINITY
  return Number(text)
}

/** `name{label="value"}`, as PromQL writes it. */
export function seriesName(metric: Readonly<Record<string, string>>): string {
  const labels = Object.entries(metric)
    .filter(([name]) => name !== '__name__')
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `${metric['__name__'] ?? ''}{${labels.join(', ')}}`
}

function table(series: readonly Series[]): string {
  const rows: [string, string, string][] = []
  for (const one of series) {
    for (const [seconds, value] of one.values ?? (one.value ? [one.value] : [])) {
      rows.push([seriesName(one.metric), value, new Date(seconds * 1000).toISOString()])
    }
  }
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows
    .map(([name, value, time]) => `${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${time}`)
    .join('\n')
}
