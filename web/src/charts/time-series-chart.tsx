import { IconTable } from '@tabler/icons-react'
import { useCallback, useMemo, useState } from 'react'
import { formatValue } from '../format/format-value.ts'
import { hasSameShape, type ChartData, type ChartSeries } from './chart-data.ts'
import type { ChartFrame, ChartOptions, LegendOptions } from './chart-options.ts'
import type { PickedPoint } from './chart-points.ts'
import styles from './chart.module.css'
import { DataTable } from './data-table.tsx'
import { describeChart } from './describe-chart.ts'
import { Legend } from './legend.tsx'
import { PlotCanvas } from './plot-canvas.tsx'
import { colorOf } from './plot-series.ts'
import { PointCard } from './point-card.tsx'
import { summarise } from './summarise.ts'
import { toggleHidden } from './toggle-hidden.ts'
import { useScheme } from './use-scheme.ts'

export interface TimeSeriesChartProps extends ChartFrame {
  /** Names the chart for who does not see it. */
  readonly title: string
  readonly data: ChartData
  /** Keep its identity while it does not change: another one draws the chart anew. */
  readonly options?: ChartOptions
  /** Default: a list below; false: none. */
  readonly legend?: LegendOptions | false
  /** A person has drawn a frame around a range. */
  readonly onZoom?: (fromMs: number, toMs: number) => void
}

const NO_OPTIONS: ChartOptions = {}
const LIST: LegendOptions = { mode: 'list' }
const NOTHING_HIDDEN: ReadonlySet<number> = new Set()

/**
 * A chart of columns over time; it fills the height of its parent. Data of the same shape is drawn in place, so that a refresh
 * costs a redraw and no more.
 */
export function TimeSeriesChart(props: TimeSeriesChartProps) {
  const { title, data, range, zone, options = NO_OPTIONS, legend = LIST, onZoom } = props
  const scheme = useScheme()
  const { shape, hidden, toggle } = useShape(data)
  const [isTableOpen, setTableOpen] = useState(false)
  const [picked, setPicked] = useState<PickedPoint | undefined>()
  const format = useFormat(options)
  const formatPoint = options.left?.format ?? formatValue
  const frame = useMemo((): ChartFrame => ({ range, zone }), [range, zone])
  const summaries = useMemo(() => data.series.map(({ values }) => summarise(values)), [data])
  const colorAt = useCallback(
    (index: number) => colorOf(shape.series[index] ?? {}, index, scheme),
    [shape, scheme],
  )
  const label = describeChart(title, data, summaries, frame, format)
  return (
    <div
      className={styles['chart']}
      data-legend={legend === false ? 'none' : (legend.placement ?? 'bottom')}
    >
      <PlotCanvas
        {...{ data, shape, frame, options, scheme, hidden, format, label, onZoom }}
        onPick={setPicked}
        corner={
          <>
            {data.series.length > 0 && (
              <TableButton title={title} onClick={() => setTableOpen(true)} />
            )}
            {picked && (
              <PointCard
                {...{ picked, zone, format: formatPoint }}
                onClose={() => setPicked(undefined)}
              />
            )}
          </>
        }
      />
      {legend !== false && data.series.length > 0 && (
        <Legend
          {...{ data, summaries, hidden, format }}
          options={legend}
          colorOf={colorAt}
          onToggle={toggle}
        />
      )}
      {isTableOpen && (
        <DataTable
          {...{ title, data, frame, format, formatPoint }}
          onClose={() => setTableOpen(false)}
        />
      )}
    </div>
  )
}

/** The data that the plot was made for, and which of its series are hidden; other series are a new shape. */
function useShape(data: ChartData) {
  const [shape, setShape] = useState(data)
  const [hidden, setHidden] = useState(NOTHING_HIDDEN)
  if (shape !== data && !hasSameShape(shape, data)) {
    setShape(data)
    if (hidden.size > 0) setHidden(NOTHING_HIDDEN)
  }
  const toggle = useCallback(
    (index: number, isAdding: boolean) =>
      setHidden((now) => toggleHidden(now, index, shape.series.length, isAdding)),
    [shape],
  )
  return { shape, hidden, toggle }
}

function TableButton({ title, onClick }: { readonly title: string; readonly onClick: () => void }) {
  return (
    <button
      type="button"
      className={styles['tableButton']}
      aria-label={`${title}: show as table`}
      onClick={onClick}
    >
      <IconTable size={14} aria-hidden />
    </button>
  )
}

/** Writes a value as the series wants it, or else as its axis does. */
function useFormat({ left, right }: ChartOptions): (series: ChartSeries, value: number) => string {
  const leftFormat = left?.format
  const rightFormat = right?.format
  return useCallback(
    ({ style }: ChartSeries, value: number): string => {
      const ofAxis = style?.axis === 'right' ? rightFormat : leftFormat
      return (style?.formatValue ?? ofAxis ?? formatValue)(value)
    },
    [leftFormat, rightFormat],
  )
}
