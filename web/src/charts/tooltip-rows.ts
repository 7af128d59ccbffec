import type { ChartData } from './chart-data.ts'
import type { TooltipOptions } from './chart-options.ts'

export interface TooltipRow {
  readonly index: number
  readonly value: number
}

/** More rows than these fill the screen and tell nobody anything. */
const MOST_ROWS = 30

/** The rows of a tooltip at one time, in their order, and how many did not fit. */
export function tooltipRows(
  data: ChartData,
  at: number,
  focused: number | undefined,
  { mode, sort = 'none', hidesZeros = false }: TooltipOptions,
  isHidden: (index: number) => boolean,
): { readonly rows: readonly TooltipRow[]; readonly omitted: number } {
  if (mode === 'none') return { rows: [], omitted: 0 }
  const rows: TooltipRow[] = []
  data.series.forEach(({ values, style }, index) => {
    if (isHidden(index) || style?.isHiddenInTooltip === true) return
    if (mode === 'single' && index !== focused) return
    const value = values[at] ?? Number.NaN
    if (Number.isNaN(value) || (hidesZeros && value === 0)) return
    rows.push({ index, value })
  })
  if (sort === 'ascending') rows.sort((a, b) => a.value - b.value)
  if (sort === 'descending') rows.sort((a, b) => b.value - a.value)
  const kept = rows.slice(0, MOST_ROWS)
  const shown = rows.find(({ index }) => index === focused)
  // The one under the pointer is shown, wherever it stands.
  if (shown && !kept.includes(shown)) kept[kept.length - 1] = shown
  return { rows: kept, omitted: rows.length - kept.length }
}
