import type uPlot from 'uplot'
import type { ChartPoint } from './chart-data.ts'
import type { ChartColors } from './palette.ts'

/** Half of a dot's height. */
const RADIUS_PX = 4
/** How near the pointer has to come to a dot. */
const REACH_PX = 8
/** A pointer that moved more between press and release was dragging. */
const STILL_PX = 4

/** A dot that was clicked, and where it is, from the corner of the chart. */
export interface PickedPoint {
  readonly point: ChartPoint
  readonly xPx: number
  readonly yPx: number
}

export interface PointsSource {
  readonly points: () => readonly ChartPoint[]
  readonly colors: ChartColors
  /** The dot under the pointer has become another one; undefined: none. */
  readonly onHover: (point: ChartPoint | undefined) => void
  readonly onPick: (picked: PickedPoint) => void
}

/** Draws single points (exemplars) as diamonds over the series, and tells which of them is pointed at. */
export function pointsPlugin(source: PointsSource): uPlot.Plugin {
  let hovered: ChartPoint | undefined
  let pressed = { x: 0, y: 0 }
  const hover = (plot: uPlot, point: ChartPoint | undefined): void => {
    if (point === hovered) return
    hovered = point
    plot.over.style.cursor = point === undefined ? '' : 'pointer'
    source.onHover(point)
  }
  return {
    hooks: {
      draw: (plot: uPlot) => draw(plot, source),
      setData: (plot: uPlot) => hover(plot, undefined),
      ready: (plot: uPlot) => {
        const { over } = plot
        over.addEventListener('mousemove', (event) =>
          hover(plot, findPoint(plot, source.points(), event.offsetX, event.offsetY)),
        )
        over.addEventListener('mouseleave', () => hover(plot, undefined))
        over.addEventListener('mousedown', (event) => {
          pressed = { x: event.clientX, y: event.clientY }
        })
        over.addEventListener('click', (event) => {
          const moved = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y)
          const found = findPoint(plot, source.points(), event.offsetX, event.offsetY)
          if (found === undefined || moved > STILL_PX) return
          const [x, y] = placeOf(plot, found)
          // The crosshair goes, and its tooltip with it: what was picked tells the same.
          plot.setCursor({ left: -10, top: -10 })
          source.onPick({ point: found, xPx: over.offsetLeft + x, yPx: over.offsetTop + y })
        })
      },
    },
  }
}

/** In CSS pixels from the corner of the drawing area; a value past the scale stands at its edge, as in Grafana. */
function placeOf(plot: uPlot, point: ChartPoint): [xPx: number, yPx: number] {
  const x = plot.valToPos(point.timeMs, 'x')
  const y = plot.valToPos(point.value, 'left')
  const bottom = plot.over.clientHeight
  return [x, Number.isFinite(y) ? Math.min(Math.max(y, 0), bottom) : bottom]
}

function findPoint(
  plot: uPlot,
  points: readonly ChartPoint[],
  x: number,
  y: number,
): ChartPoint | undefined {
  let [found, nearest]: [ChartPoint | undefined, number] = [undefined, REACH_PX]
  for (const point of points) {
    const [pointX, pointY] = placeOf(plot, point)
    const distance = Math.hypot(pointX - x, pointY - y)
    if (distance <= nearest) [found, nearest] = [point, distance]
  }
  return found
}

function draw(plot: uPlot, { points, colors }: PointsSource): void {
  const shown = points()
  if (shown.length === 0) return
  const { ctx, bbox } = plot
  const ratio = devicePixelRatio
  const radius = RADIUS_PX * ratio
  ctx.save()
  ctx.beginPath()
  for (const point of shown) {
    const [xPx, yPx] = placeOf(plot, point)
    const x = bbox.left + xPx * ratio
    const y = bbox.top + yPx * ratio
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.moveTo(x, y - radius)
    ctx.lineTo(x + radius, y)
    ctx.lineTo(x, y + radius)
    ctx.lineTo(x - radius, y)
    ctx.closePath()
  }
  ctx.fillStyle = colors.point
  ctx.strokeStyle = colors.surface
  ctx.lineWidth = ratio
  ctx.stroke()
  ctx.fill()
  ctx.restore()
}
