import { ActionIcon, useComputedColorScheme } from '@mantine/core'
import { IconTable } from '@tabler/icons-react'
import { useCallback, useMemo, useState } from 'react'
import { formatValue } from '../format/format-value.ts'
import { hasSameShape, type ChartData, type ChartPoint, type ChartSeries } from './chart-data.ts'
import type { ChartFrame, ChartOptions, LegendOptions } from './chart-options.ts'
import styles from './chart.module.css'
import { DataTable } from './data-table.tsx'
import { describeChart } from './describe-chart.ts'
import { Legend } from './legend.tsx'
import { PlotCanvas } from './plot-canvas.tsx'
import { colorOf } from './plot-series.ts'
import { PointCard, type PickedPoint } from './point-card.tsx'
import { summarise } from './summarise.ts'
import { toggleHidden } from './toggle-hidden.ts'

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
  const scheme = useComputedColorScheme('light')
  const [shape, setShape] = useState(data)
  const [hidden, setHidden] = useState(NOTHING_HIDDEN)
  const [isTableOpen, setTableOpen] = useState(false)
  const [picked, setPicked] = useState<PickedPoint | undefined>()
  const onPick = useCallback(
    (point: ChartPoint, xPx: number, yPx: number) => setPicked({ point, xPx, yPx }),
    [],
  )
  if (shape !== data && !hasSameShape(shape, data)) {
    setShape(data)
    if (hidden.size > 0) setHidden(NOTHING_HIDDEN)
  }
  const format = useFormat(options)
  const frame = useMemo((): ChartFrame => ({ range, zone }), [range, zone])
  const summaries = useMemo(() => data.series.map(({ values }) => summarise(values)), [data])
  const colorAt = useCallback(
    (index: number) => colorOf(shape.series[index] ?? {}, index, scheme),
    [shape, scheme],
  )
  const toggle = useCallback(
    (index: number, isAdding: boolean) =>
      setHidden((now) => toggleHidden(now, index, shape.series.length, isAdding)),
    [shape],
  )
  const label = describeChart(title, data, summaries, frame, format)
  return (
    <div
      className={styles['chart']}
      data-legend={legend === false ? 'none' : (legend.placement ?? 'bottom')}
    >
      <PlotCanvas
        {...{ data, shape, frame, options, scheme, hidden, format, label, onZoom, onPick }}
        corner={
          <>
            {data.series.length > 0 && (
              <ActionIcon
                className={styles['tableButton']}
                variant="default"
                size="sm"
                aria-label={`${title}: show as table`}
                onClick={() => setTableOpen(true)}
              >
                <IconTable size={14} />
              </ActionIcon>
            )}
            {picked && (
              <PointCard
                {...{ picked, zone }}
                format={options.left?.format ?? formatValue}
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
          {...{ title, data, frame, format }}
          formatPoint={options.left?.format ?? formatValue}
          onClose={() => setTableOpen(false)}
        />
      )}
    </div>
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
