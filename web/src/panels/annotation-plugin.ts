import type uPlot from 'uplot'
import { withOpacity } from '../charts/palette.ts'
import type { AnnotationMark } from './panel-props.ts'

/** Draws annotations as dashed lines, and stretches of time as shaded regions. */
export function annotationPlugin(marks: readonly AnnotationMark[]): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot: uPlot) => {
        const { ctx, bbox } = plot
        ctx.save()
        ctx.beginPath()
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
        ctx.clip()
        for (const mark of marks) {
          const from = plot.valToPos(mark.fromMs, 'x', true)
          const to = plot.valToPos(mark.toMs, 'x', true)
          if (to > from + 1) {
            ctx.fillStyle = withOpacity(mark.color, 0.15)
            ctx.fillRect(from, bbox.top, to - from, bbox.height)
          }
          ctx.strokeStyle = mark.color
          ctx.lineWidth = Math.max(1, devicePixelRatio)
          ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio])
          ctx.beginPath()
          ctx.moveTo(from, bbox.top)
          ctx.lineTo(from, bbox.top + bbox.height)
          ctx.stroke()
        }
        ctx.restore()
      },
    },
  }
}
