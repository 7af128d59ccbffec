import uPlot from 'uplot'
import type { ChartData, ChartSeries, SeriesStyle } from './chart-data.ts'
import { seriesColor, withOpacity, type Scheme } from './palette.ts'

const paths = {
  linear: uPlot.paths.linear?.(),
  smooth: uPlot.paths.spline?.(),
  'step-before': uPlot.paths.stepped?.({ align: -1 }),
  'step-after': uPlot.paths.stepped?.({ align: 1 }),
  bars: uPlot.paths.bars?.({ size: [0.85, 64, 1], align: 0 }),
  points: uPlot.paths.points?.(),
} as const

/** The colour that a series has on the screen. */
export function colorOf(
  { style }: Pick<ChartSeries, 'style'>,
  index: number,
  scheme: Scheme,
): string {
  return style?.color ?? seriesColor(index, scheme)
}

/** How uPlot draws each series of a chart; the time axis comes first. */
export function plotSeries(
  data: ChartData,
  scheme: Scheme,
  isHidden: (index: number) => boolean,
): uPlot.Series[] {
  const isCrowded = data.series.length > 100
  return [
    {},
    ...data.series.map((series, index) => {
      const color = colorOf(series, index, scheme)
      return plotOne(series.style ?? {}, color, !isHidden(index), isCrowded)
    }),
  ]
}

function plotOne(
  style: SeriesStyle,
  color: string,
  isShown: boolean,
  isCrowded: boolean,
): uPlot.Series {
  const { draw = 'line', interpolation = 'linear', showPoints = 'auto', pointSize = 5 } = style
  const { lineWidth = isCrowded ? 1 : 1.5, dash, axis = 'left' } = style
  const builder = paths[draw === 'line' ? interpolation : draw]
  const fill = fillOf(style, color)
  return {
    show: isShown,
    scale: axis,
    stroke: color,
    width: draw === 'points' ? 0 : lineWidth,
    ...(builder ? { paths: builder } : {}),
    ...(dash ? { dash: [...dash] } : {}),
    ...(fill === undefined ? {} : { fill }),
    points: {
      size: pointSize,
      fill: color,
      stroke: color,
      ...pointsOf(draw, showPoints, isCrowded),
    },
  }
}

function pointsOf(
  draw: SeriesStyle['draw'],
  showPoints: SeriesStyle['showPoints'],
  isCrowded: boolean,
): Partial<uPlot.Series.Points> {
  if (draw === 'points' || showPoints === 'always') return { show: true }
  if (draw === 'bars') return { show: false }
  // A value between two gaps has no line; without its point nobody would see it.
  return isCrowded ? { show: false } : { show: false, filter: findLonely }
}

/** Indices of values whose neighbours are both missing (the filter of uPlot's own gap demo, over the data itself). */
function findLonely(plot: uPlot, seriesIndex: number): number[] | null {
  const column = plot.data[seriesIndex]
  if (!column) return null
  const lonely: number[] = []
  for (let i = 0; i < column.length; i++) {
    if (!isThere(column[i])) continue
    if (column[i - 1] === undefined && i > 0) continue
    if (column[i + 1] === undefined && i < column.length - 1) continue
    if (!isThere(column[i - 1]) && !isThere(column[i + 1])) lonely.push(i)
  }
  return lonely.length === 0 ? null : lonely
}

function isThere(value: number | null | undefined): boolean {
  return value !== null && value !== undefined
}

function fillOf(style: SeriesStyle, color: string): uPlot.Series.Fill | undefined {
  const opacity = style.fillOpacity ?? (style.draw === 'bars' ? 0.8 : 0)
  if (opacity <= 0) return undefined
  if (style.gradient !== 'opacity') return withOpacity(color, opacity)
  return (plot) => {
    const { top, height } = plot.bbox
    const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height)
    gradient.addColorStop(0, withOpacity(color, opacity))
    gradient.addColorStop(1, withOpacity(color, opacity / 12))
    return gradient
  }
}
