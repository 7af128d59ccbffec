import { BRAILLE, Canvas, letterOf, letters } from './chart-canvas.ts'
import { displayWidth, padRight, truncate } from './printable.ts'
import { chooseTimeTicks, type TimeTick } from './time-scale.ts'
import { chooseScale, formatValue, type ValueScale } from './value-scale.ts'

/** One line of a chart. */
export interface ChartLine {
  /** Printable. */
  readonly name: string
  /** At equal steps of time; NaN where there is none. */
  readonly values: Float64Array
  /** What the legend says; undefined when there was no value at all. */
  readonly last: number | undefined
}

export interface ChartOptions {
  /** Of the whole chart, in columns; no line of the drawing is longer. */
  readonly width: number
  /** Of the drawing area, in rows. */
  readonly height: number
  readonly startMs: number
  readonly endMs: number
  /** What must be added to UTC for the local clock. */
  readonly localOffsetMs: number
  /** Without colours several lines are drawn with letters. */
  readonly color: boolean
  /** Most lines in the legend; the others are drawn dimmed, and counted below it. */
  readonly legendRows: number
  /** Above the drawing; '' for none. */
  readonly title: string
}

/** ANSI colours that can be read on dark and on light terminals, the first for the first line; past the last they repeat. */
const COLORS = [36, 33, 35, 32, 34, 31, 96, 93, 95, 92, 94, 91]
const DIM = 90
const LEAST_COLUMNS = 8

/** Draws lines with an axis of values on the left, one of time below, and a legend. The first line is on top of the others. */
export function drawChart(lines: readonly ChartLine[], options: ChartOptions): string {
  const values = lines.map((line) => line.values)
  const scale = chooseScale(values, options.height)
  const margin = Math.max(...scale.ticks.map(({ text }) => text.length))
  const columns = Math.max(LEAST_COLUMNS, options.width - margin - 2)
  const isLettered = !options.color && lines.length > 1
  const pen = isLettered ? letters(options.legendRows) : BRAILLE
  const canvas = new Canvas(columns, options.height, pen)
  for (let line = lines.length - 1; line >= 0; line--) {
    canvas.plot(values[line] as Float64Array, line, scale)
  }
  return [
    ...(options.title === '' ? [] : [truncate(options.title, options.width)]),
    ...drawRows(canvas, scale, margin, options),
    ...drawTimeAxis(chooseTimeTicks(options, columns), columns, margin),
    ...drawLegend(lines, isLettered, options),
  ].join('\n')
}

function drawRows(
  canvas: Canvas,
  scale: ValueScale,
  margin: number,
  options: ChartOptions,
): string[] {
  const labels = new Map<number, string>()
  for (const { value, text } of scale.ticks) {
    const row = Math.round(((scale.high - value) / (scale.high - scale.low)) * (canvas.rows - 1))
    if (!labels.has(row)) labels.set(row, text)
  }
  return Array.from({ length: canvas.rows }, (_, row) => {
    const label = labels.get(row)
    const axis = `${(label ?? '').padStart(margin)} ${label === undefined ? '│' : '┤'}`
    const cells = canvas
      .row(row)
      .map(({ text, line }) => (line < 0 ? text : paint(text, line, options)))
    return `${axis}${cells.join('')}`.trimEnd()
  })
}

/** Labels stand below their ticks; those at the edges may reach below the other axis, but not out of the chart. */
function drawTimeAxis(ticks: readonly TimeTick[], columns: number, margin: number): string[] {
  const axis = Array.from({ length: columns }, () => '─')
  const left = margin + 2
  let labels = ''
  for (const { at, text } of ticks) {
    const column = Math.round(at * (columns - 1))
    axis[column] = '┬'
    const middle = left + column - Math.floor(text.length / 2)
    const from = Math.max(0, Math.min(left + columns - text.length, middle))
    if (labels === '' || from > labels.length) labels = labels.padEnd(from) + text
  }
  return [`${' '.repeat(margin + 1)}└${axis.join('')}`, labels]
}

function drawLegend(
  lines: readonly ChartLine[],
  isLettered: boolean,
  options: ChartOptions,
): string[] {
  const named = lines.slice(0, options.legendRows)
  const lasts = named.map(({ last }) => (last === undefined ? 'no value' : formatValue(last)))
  const lastWidth = Math.max(0, ...lasts.map((text) => text.length))
  const mark = (line: number): string =>
    isLettered ? letterOf(line, options.legendRows) : paint('━━', line, options)
  const room = Math.max(4, options.width - (isLettered ? 1 : 2) - lastWidth - 3)
  const nameWidth = Math.min(room, Math.max(0, ...named.map(({ name }) => displayWidth(name))))
  const rows = named.map(({ name }, line) => {
    const shown = padRight(truncate(name, nameWidth), nameWidth)
    return `${mark(line)} ${shown}  ${(lasts[line] ?? '').padStart(lastWidth)}`
  })
  const rest = lines.length - named.length
  if (rest > 0) rows.push(`${mark(options.legendRows)} ${rest} more series`)
  return rows
}

function paint(text: string, line: number, { color, legendRows }: ChartOptions): string {
  if (!color) return text
  const code = line < legendRows ? COLORS[line % COLORS.length] : DIM
  return `\u001b[${code}m${text}\u001b[0m`
}
