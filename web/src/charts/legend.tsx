import { memo, useState, type MouseEvent } from 'react'
import type { ChartData, ChartSeries } from './chart-data.ts'
import type { LegendOptions } from './chart-options.ts'
import styles from './chart.module.css'
import type { Calc, Summary } from './summarise.ts'

const CALC_NAMES: Readonly<Record<Calc, string>> = {
  last: 'Last',
  min: 'Min',
  mean: 'Mean',
  max: 'Max',
  first: 'First',
  sum: 'Total',
  count: 'Count',
  range: 'Range',
}

/** More rows than these cost more than the chart itself, and nobody reads them; they come when asked for. */
const MOST_ROWS = 100

export interface LegendProps {
  readonly data: ChartData
  readonly summaries: readonly Summary[]
  readonly options: LegendOptions
  readonly hidden: ReadonlySet<number>
  readonly colorOf: (index: number) => string
  readonly format: (series: ChartSeries, value: number) => string
  /** A click shows one series alone, or all again; with Ctrl, Shift or Cmd it shows or hides that one. */
  readonly onToggle: (index: number, isAdding: boolean) => void
}

/** The names of the series, which show and hide them, with figures where they are asked for. */
export const Legend = memo(function Legend(props: LegendProps) {
  const { data, options } = props
  const [isWhole, setWhole] = useState(false)
  const rows = data.series
    .map((series, index) => ({ series, index }))
    .filter(({ series }) => series.style?.isHiddenInLegend !== true)
  const shown = isWhole ? rows : rows.slice(0, MOST_ROWS)
  return (
    // Scrolled by keyboard through the buttons within.
    <div className={styles['legend']}>
      {options.mode === 'table' ? (
        <LegendTable {...props} rows={shown} />
      ) : (
        <ul className={styles['list']} aria-label="Series">
          {shown.map(({ series, index }) => (
            <li key={index}>
              <SeriesButton {...props} series={series} index={index} />
              {options.calcs?.map((calc) => (
                <span key={calc} className={styles['calc']}>
                  {' '}
                  {CALC_NAMES[calc]}: {figure(props, series, index, calc)}
                </span>
              ))}
            </li>
          ))}
        </ul>
      )}
      {shown.length < rows.length && (
        <button type="button" className={styles['more']} onClick={() => setWhole(true)}>
          Show all {rows.length} series
        </button>
      )}
    </div>
  )
})

interface Row {
  readonly series: ChartSeries
  readonly index: number
}

function LegendTable(props: LegendProps & { readonly rows: readonly Row[] }) {
  const { rows, options } = props
  const calcs = options.calcs ?? ['last', 'min', 'mean', 'max']
  return (
    <table className={styles['table']}>
      <thead>
        <tr>
          <th scope="col">Name</th>
          {calcs.map((calc) => (
            <th key={calc} scope="col">
              {CALC_NAMES[calc]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ series, index }) => (
          <tr key={index}>
            <td>
              <SeriesButton {...props} series={series} index={index} />
            </td>
            {calcs.map((calc) => (
              <td key={calc}>{figure(props, series, index, calc)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function figure(props: LegendProps, series: ChartSeries, index: number, calc: Calc): string {
  const value = props.summaries[index]?.[calc] ?? Number.NaN
  if (calc === 'count') return String(value)
  return Number.isNaN(value) ? '–' : props.format(series, value)
}

function SeriesButton({ series, index, hidden, colorOf, onToggle }: LegendProps & Row) {
  const toggle = (event: MouseEvent): void =>
    onToggle(index, event.ctrlKey || event.metaKey || event.shiftKey)
  return (
    <button
      type="button"
      className={styles['name']}
      aria-pressed={!hidden.has(index)}
      title={series.name}
      onClick={toggle}
    >
      <span className={styles['mark']} style={{ background: colorOf(index) }} />
      <span className={styles['nameText']}>{series.name}</span>
    </button>
  )
}
