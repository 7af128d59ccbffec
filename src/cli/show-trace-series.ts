import { numberOf, objectsOf, textOf, type JsonObject } from '../lang/dashboard/json-value.ts'
import { displayWidth, padRight, printable, truncate } from './printable.ts'
import type { QueryRange } from './query-range.ts'
import type { Terminal } from './terminal.ts'

const LEVELS = '▁▂▃▄▅▆▇█'
const HEADINGS = ['SERIES', 'LEAST', 'MOST', 'LAST'] as const
const MOST_NAME_COLUMNS = 48
const MOST_SERIES = 50

interface ShownSeries {
  readonly name: string
  /** One a point; NaN: none. */
  readonly values: Float64Array
  readonly figures: readonly [least: string, most: string, last: string]
  readonly most: number
}

/**
 * The series of a metrics query, the largest first: a line each, with its course drawn from nothing to the largest value of all, so that
 * lines can be compared. Ends with a newline.
 */
export function showTraceSeries(
  series: readonly JsonObject[],
  range: QueryRange,
  { columns }: Pick<Terminal, 'columns'>,
): string {
  const all = series.map((one) => readSeries(one, range)).sort((a, b) => b.most - a.most)
  const shown = all.slice(0, MOST_SERIES)
  const cells = shown.map(({ name, figures }) => [truncate(name, MOST_NAME_COLUMNS), ...figures])
  const widths = HEADINGS.map((heading, at) =>
    Math.max(heading.length, ...cells.map((row) => displayWidth(row[at] ?? ''))),
  )
  const format = (row: readonly string[]): string =>
    row
      .map((cell, at) =>
        at === 0 ? padRight(cell, widths[0] ?? 0) : cell.padStart(widths[at] ?? 0),
      )
      .join('  ')
  const top = Math.max(0, ...shown.map(({ most }) => most).filter(Number.isFinite))
  const room = Math.max(10, columns - widths.reduce((sum, width) => sum + width + 2, 0))
  const lines = shown.map(
    ({ values }, at) => `${format(cells[at] ?? [])}  ${sparkline(fit(values, room), top)}`,
  )
  const left = all.length - shown.length
  if (left > 0) lines.push(`(${left} more series)`)
  return `${[format(HEADINGS), ...lines].map((line) => line.trimEnd()).join('\n')}\n`
}

function readSeries(series: JsonObject, { startMs, endMs, stepMs }: QueryRange): ShownSeries {
  const values = new Float64Array(Math.floor((endMs - startMs) / stepMs) + 2).fill(Number.NaN)
  for (const { timestampMs, value } of objectsOf(series['samples'])) {
    const at = Math.round(((numberOf(timestampMs) ?? 0) - startMs) / stepMs)
    // Nothing is left out as a value, as protobuf's own JSON does with zeros.
    if (at >= 0 && at < values.length) values[at] = value === undefined ? 0 : (numberOf(value) ?? 0)
  }
  const some = values.filter((value) => !Number.isNaN(value))
  const most = some.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const least = some.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const last = some.at(-1) ?? Number.NaN
  const name = printable(textOf(series['promLabels']) ?? '{}')
  return { name, values, most, figures: [shortNumber(least), shortNumber(most), shortNumber(last)] }
}

/** As many values as there are columns, each the largest of those that it stands for. */
function fit(values: Float64Array, columns: number): Float64Array {
  if (values.length <= columns) return values
  const out = new Float64Array(columns).fill(Number.NaN)
  for (const [at, value] of values.entries()) {
    const to = Math.floor((at * columns) / values.length)
    const held = out[to] ?? Number.NaN
    if (Number.isNaN(held) || value > held) out[to] = value
  }
  return out
}

function sparkline(values: Float64Array, top: number): string {
  let line = ''
  for (const value of values) {
    if (Number.isNaN(value)) line += ' '
    else {
      const level = top > 0 ? Math.round((Math.max(0, value) / top) * (LEVELS.length - 1)) : 0
      line += LEVELS[Math.min(level, LEVELS.length - 1)] ?? ' '
    }
  }
  return line
}

function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value)
  return String(Number(value.toPrecision(4)))
}
