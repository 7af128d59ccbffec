import type uPlot from 'uplot'
import type { ThresholdOptions } from './chart-options.ts'
import { withOpacity } from './palette.ts'

/** Draws thresholds of the left axis: areas behind the series, lines over them. */
export function thresholdsPlugin({ mode, steps }: ThresholdOptions): uPlot.Plugin {
  const hasAreas = mode === 'area' || mode === 'line+area'
  return {
    hooks: {
      ...(hasAreas ? { drawAxes: (plot: uPlot) => drawAreas(plot, steps) } : {}),
      ...(mode === 'area'
        ? {}
        : { draw: (plot: uPlot) => drawLines(plot, steps, mode === 'dashed') }),
    },
  }
}

function drawAreas(plot: uPlot, steps: ThresholdOptions['steps']): void {
  const { ctx, bbox } = plot
  const clamp = (y: number): number => Math.min(bbox.top + bbox.height, Math.max(bbox.top, y))
  ctx.save()
  steps.forEach(({ value, color }, i) => {
    const next = steps[i + 1]
    const bottom = Number.isFinite(value)
      ? clamp(plot.valToPos(value, 'left', true))
      : bbox.top + bbox.height
    const top = next ? clamp(plot.valToPos(next.value, 'left', true)) : bbox.top
    ctx.fillStyle = withOpacity(color, 0.1)
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top)
  })
  ctx.restore()
}

function drawLines(plot: uPlot, steps: ThresholdOptions['steps'], isDashed: boolean): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.lineWidth = devicePixelRatio
  if (isDashed) ctx.setLineDash([6 * devicePixelRatio, 6 * devicePixelRatio])
  for (const { value, color } of steps) {
    if (!Number.isFinite(value)) continue
    const y = plot.valToPos(value, 'left', true)
    if (y < bbox.top || y > bbox.top + bbox.height) continue
    ctx.strokeStyle = color
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
  }
  ctx.restore()
}
