import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { ChartData, ChartPoint } from './chart-data.ts'
import type { AxisOptions, ChartFrame, ChartOptions } from './chart-options.ts'
import { readChartColors, type ChartColors, type Scheme } from './palette.ts'
import { toPlotColumns } from './plot-columns.ts'
import { timeAxis, timeScale, valueAxis, valueScale, type Side } from './plot-scales.ts'
import { colorOf, plotSeries } from './plot-series.ts'
import { pointsPlugin, type PickedPoint } from './chart-points.ts'
import { thresholdsPlugin } from './plot-thresholds.ts'
import { tooltipPlugin } from './tooltip.ts'

/** What a drawn chart reads whenever it draws, so that data and range change without building it anew. */
export interface PlotSource {
  data: ChartData
  frame: ChartFrame
  hidden: ReadonlySet<number>
  onZoom: ((fromMs: number, toMs: number) => void) | undefined
  onPick: (picked: PickedPoint) => void
}

export interface PlotSetup {
  readonly root: HTMLElement
  readonly source: PlotSource
  /** The series and their styles; the values come from `source.data`, which has the same ones. */
  readonly shape: ChartData
  readonly options: ChartOptions
  readonly scheme: Scheme
  readonly formats: Readonly<Record<Side, (value: number) => string>>
  readonly widthPx: number
  readonly heightPx: number
}

/** Above so many series the crosshair marks only the nearest, and none is dimmed. */
const MANY_SERIES = 40
/** A shorter drag is a click with an unsteady hand. */
const LEAST_DRAG_PX = 6

/** Draws a chart; its canvas has its size from the start. */
export function createPlot(setup: PlotSetup): uPlot {
  const { root, source, shape, options, scheme, widthPx, heightPx } = setup
  const colors = readChartColors(root, scheme)
  const isHidden = (index: number): boolean => source.hidden.has(index)
  const { columns, timesMs, bands } = toPlotColumns(source.data, isHidden)
  const frame = (): ChartFrame => source.frame
  const hasRight = shape.series.some(({ style }) => style?.axis === 'right')
  const sides: readonly Side[] = hasRight ? ['left', 'right'] : ['left']
  const axisOf = (side: Side): AxisOptions => options[side] ?? {}
  const plot = new uPlot(
    {
      width: widthPx,
      height: heightPx,
      ms: 1,
      padding: [8, hasRight ? 4 : 14, 0, 0],
      legend: { show: false },
      cursor: cursorOf(options, shape.series.length),
      focus: { alpha: shape.series.length > MANY_SERIES ? 1 : 0.35 },
      select: { show: true, left: 0, top: 0, width: 0, height: 0 },
      scales: {
        x: timeScale(frame),
        ...Object.fromEntries(sides.map((side) => [side, valueScale(axisOf(side))])),
      },
      axes: [
        timeAxis(colors, frame),
        ...sides.map((side) => valueAxis(side, axisOf(side), colors, setup.formats[side])),
      ],
      series: plotSeries(shape, scheme, isHidden),
      bands: bands.map(([upper, lower]) => ({ series: [upper + 1, lower + 1] })),
      plugins: pluginsOf(setup, colors),
    },
    [timesMs, ...columns],
    root,
  )
  // Otherwise it draws after the work that the caller measures.
  plot.batch(() => undefined)
  return plot
}

/** Draws new data of the same shape, or the same data with other series hidden. */
export function updatePlot(plot: uPlot, source: PlotSource): void {
  const isHidden = (index: number): boolean => source.hidden.has(index)
  const { columns, timesMs, bands } = toPlotColumns(source.data, isHidden)
  plot.batch(() => {
    plot.delBand(null)
    for (const [upper, lower] of bands) plot.addBand({ series: [upper + 1, lower + 1] })
    source.data.series.forEach((_series, index) => {
      const isShown = !isHidden(index)
      if (plot.series[index + 1]?.show !== isShown)
        plot.setSeries(index + 1, { show: isShown }, false)
    })
    plot.setData([timesMs, ...columns])
  })
}

function cursorOf({ syncKey }: ChartOptions, seriesCount: number): uPlot.Cursor {
  return {
    drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG_PX },
    focus: { prox: 40 },
    points: { size: 7, one: seriesCount > MANY_SERIES },
    y: false,
    ...(syncKey === undefined ? {} : { sync: { key: syncKey, setSeries: false } }),
  }
}

function pluginsOf(setup: PlotSetup, colors: ChartColors): uPlot.Plugin[] {
  const { source, options, scheme, formats } = setup
  const { tooltip = { mode: 'all' }, thresholds, plugins = [] } = options
  let pointedAt: ChartPoint | undefined
  return [
    zoomPlugin(source),
    pointsPlugin({
      colors,
      points: () => source.data.points ?? [],
      onHover: (point) => {
        pointedAt = point
      },
      onPick: (picked) => source.onPick(picked),
    }),
    tooltipPlugin(() => ({
      data: source.data,
      frame: source.frame,
      options: tooltip,
      point: pointedAt,
      formatPoint: formats.left,
      isHidden: (index) => source.hidden.has(index),
      colorOf: (index) => colorOf(source.data.series[index] ?? {}, index, scheme),
      format: (index, value) => {
        const style = source.data.series[index]?.style
        return (style?.formatValue ?? formats[style?.axis ?? 'left'])(value)
      },
    })),
    ...(thresholds ? [thresholdsPlugin(thresholds)] : []),
    ...plugins,
  ]
}

function zoomPlugin(source: PlotSource): uPlot.Plugin {
  return {
    hooks: {
      setSelect: (plot: uPlot) => {
        const { left, width } = plot.select
        if (width < LEAST_DRAG_PX) return
        const fromMs = plot.posToVal(left, 'x')
        const toMs = plot.posToVal(left + width, 'x')
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        source.onZoom?.(fromMs, toMs)
      },
    },
  }
}
