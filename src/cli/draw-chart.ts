/** One line of a chart: values at equal steps of time; NaN where there is none. */
export interface ChartLine {
  readonly name: string
  readonly values: Float64Array
}

export interface ChartOptions {
  readonly width: number
  readonly height: number
  readonly startMs: number
  readonly endMs: number
  readonly color: boolean
}

/** ANSI colours that are legible on dark and light terminals, the first for the first line. */
const COLORS = [36, 33, 35, 32, 34, 31, 96, 93, 95, 92, 94, 91]
const BRAILLE = 0x2800
/** The bit of each dot of a Braille cell: two columns of four rows. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const

/** Draws lines with Braille dots, an axis of values on the left, one of time below, and a legend. */
export function drawChart(lines: readonly ChartLine[], options: ChartOptions): string {
  const [low, high] = valueRange(lines)
  const ticks = [high, (high + low) / 2, low].map(formatAxisValue)
  const margin = Math.max(...ticks.map((tick) => tick.length))
  const columns = Math.max(10, options.width - margin - 3)
  const cells = new Uint8Array(columns * options.height)
  const owner = new Int16Array(columns * options.height).fill(-1)
  for (const [number, line] of lines.entries()) {
    plot(line.values, { columns, rows: options.height, low, high }, (cell, bit) => {
      cells[cell] = (cells[cell] as number) | bit
      owner[cell] = number
    })
  }
  const out: string[] = []
  for (let row = 0; row < options.height; row++) {
    const tick =
      row === 0 ? ticks[0] : row === options.height - 1 ? ticks[2] : row === Math.floor(options.height / 2) ? ticks[1] : ''
    let text = `${(tick ?? '').padStart(margin)} ┤`
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column
      const dot = String.fromCharCode(BRAILLE + (cells[at] as number))
      text += cells[at] === 0 ? ' ' : paint(dot, owner[at] as number, options.color)
    }
    out.push(text.trimEnd())
  }
  const from = formatClock(options.startMs)
  const to = formatClock(options.endMs)
  out.push(`${' '.repeat(margin)} └${'─'.repeat(columns)}`)
  out.push(`${' '.repeat(margin + 2)}${from}${' '.repeat(Math.max(1, columns - from.length - to.length))}${to}`)
  for (const [number, line] of lines.entries()) {
    const last = line.values.findLast((value) => !Number.isNaN(value))
    out.push(`${paint('━━', number, options.color)} ${line.name}  ${last === undefined ? '' : formatAxisValue(last)}`)
  }
  return out.join('\n')
}

function plot(
  values: Float64Array,
  area: { columns: number; rows: number; low: number; high: number },
  dot: (cell: number, bit: number) => void,
): void {
  const width = area.columns * 2
  const height = area.rows * 4
  let before: number | undefined
  for (let x = 0; x < width; x++) {
    const value = values[Math.round((x / Math.max(1, width - 1)) * (values.length - 1))] ?? Number.NaN
    if (!Number.isFinite(value)) {
      before = undefined
      continue
    }
    const y = Math.round(((area.high - value) / (area.high - area.low)) * (height - 1))
    const from = before === undefined ? y : Math.min(before, y)
    const to = before === undefined ? y : Math.max(before, y)
    for (let k = from; k <= to; k++) {
      dot(Math.floor(k / 4) * area.columns + Math.floor(x / 2), DOTS[(k % 4) as 0 | 1 | 2 | 3][(x % 2) as 0 | 1])
    }
    before = y
  }
}

function valueRange(lines: readonly ChartLine[]): [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const { values } of lines) {
    for (const value of values) {
      if (!Number.isFinite(value)) continue
      if (value < low) low = value
      if (value > high) high = value
    }
  }
  if (low > high) return [0, 1]
  if (low === high) return low === 0 ? [0, 1] : [Math.min(0, low), Math.max(0, high)]
  if (low > 0 && low < high * 0.5) low = 0
  return [low, high]
}

/** Short notation with a decimal prefix: `1.23k`, `45.6M`. */
export function formatAxisValue(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  for (const [limit, suffix] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const) {
    if (size >= limit) return `${trimNumber(value / limit)}${suffix}`
  }
  return size < 0.001 ? value.toExponential(1) : trimNumber(value)
}

function trimNumber(value: number): string {
  return String(Number(value.toPrecision(3)))
}

function formatClock(timeMs: number): string {
  const date = new Date(timeMs)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

function paint(text: string, number: number, color: boolean): string {
  return color ? `\u001b[${COLORS[number % COLORS.length]}m${text}\u001b[0m` : text
}
