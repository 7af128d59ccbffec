import type { ChartData, ChartSeries } from './chart-data.ts'

/** A column as uPlot wants it: null is a gap, undefined is bridged. */
export type PlotColumn = (number | null | undefined)[]

export interface PlotColumns {
  readonly timesMs: number[]
  readonly columns: readonly PlotColumn[]
  /** `[upper, lower]`, numbers of columns between which a stacked series, or one with a band below it, is filled. */
  readonly bands: readonly (readonly [number, number])[]
}

/** Columns to draw: gaps as each series wants them, stacks summed up, negative series turned over. Hidden ones take no part. */
export function toPlotColumns(data: ChartData, isHidden: (index: number) => boolean): PlotColumns {
  const { timesMs, series } = data
  const columns = series.map((one) => toColumn(one, timesMs))
  const bands: [number, number][] = []
  for (const members of stacksOf(series, isHidden)) {
    if (series[members[0] ?? 0]?.style?.stackMode === 'percent') toShares(columns, members)
    stackUp(columns, members)
    for (let i = 1; i < members.length; i++)
      bands.push([members[i] as number, members[i - 1] as number])
  }
  series.forEach(({ style }, upper) => {
    if (style?.fillTo === undefined || isHidden(upper)) return
    const lower = series.findIndex(({ name }) => name === style.fillTo)
    if (lower >= 0 && lower !== upper && !isHidden(lower)) bands.push([upper, lower])
  })
  return { timesMs: Array.from(timesMs), columns, bands }
}

function toColumn({ values, style }: ChartSeries, timesMs: Float64Array): PlotColumn {
  const nulls = style?.nulls ?? 'gap'
  const sign = style?.negative === true ? -1 : 1
  const missing = nulls === 'connect' ? undefined : nulls === 'zero' ? 0 : null
  const column: PlotColumn = new Array<number | null | undefined>(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    column[i] = Number.isFinite(value) ? sign * value : missing
  }
  if (typeof nulls === 'object') bridge(column, timesMs, nulls.connectUpToMs)
  return column
}

/** Makes the short gaps of a column bridged ones. */
function bridge(column: PlotColumn, timesMs: Float64Array, upToMs: number): void {
  let last = -1
  for (let i = 0; i < column.length; i++) {
    if (column[i] === null) continue
    if (last >= 0 && (timesMs[i] as number) - (timesMs[last] as number) <= upToMs) {
      column.fill(undefined, last + 1, i)
    }
    last = i
  }
}

/** Visible series by stack; upwards and downwards are stacks of their own. */
function stacksOf(
  series: readonly ChartSeries[],
  isHidden: (index: number) => boolean,
): Iterable<readonly number[]> {
  const stacks = new Map<string, number[]>()
  series.forEach(({ style }, i) => {
    if (style?.stack === undefined || isHidden(i)) return
    const key = JSON.stringify([style.stack, style.negative === true, style.axis ?? 'left'])
    const members = stacks.get(key)
    if (members) members.push(i)
    else stacks.set(key, [i])
  })
  return stacks.values()
}

function stackUp(columns: readonly PlotColumn[], members: readonly number[]): void {
  for (let m = 1; m < members.length; m++) {
    const below = columns[members[m - 1] as number]
    const column = columns[members[m] as number]
    if (!below || !column) continue
    for (let i = 0; i < column.length; i++) {
      const [own, under] = [column[i] ?? null, below[i] ?? null]
      // Where no series of the stack has a value there is nothing, not 0.
      column[i] = own === null && under === null ? null : (own ?? 0) + (under ?? 0)
    }
  }
}

function toShares(columns: readonly PlotColumn[], members: readonly number[]): void {
  const length = columns[members[0] ?? 0]?.length ?? 0
  for (let i = 0; i < length; i++) {
    let total = 0
    for (const m of members) total += Math.abs(columns[m]?.[i] ?? 0)
    for (const m of members) {
      const column = columns[m]
      const value = column?.[i] ?? null
      if (column && value !== null) column[i] = total === 0 ? 0 : value / total
    }
  }
}
