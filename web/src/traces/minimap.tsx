import { useEffect, useMemo, useRef } from 'react'
import { useScheme } from '../charts/use-scheme.ts'
import { formatValue } from '../format/format-value.ts'
import { serviceColors } from './service-colors.ts'
import type { Trace } from './trace-model.ts'
import { useDragZoom } from './use-drag-zoom.ts'
import type { WaterfallModel } from './use-waterfall.ts'
import styles from './waterfall.module.css'

/** Of the picture, which is stretched to the width of its place. */
const [WIDTH_PX, HEIGHT_PX] = [1200, 60]

/** The whole trace at one glance; a drag chooses the part that the waterfall shows. */
export function Minimap({ model }: { readonly model: WaterfallModel }) {
  const { trace, window, isZoomed, setWindow } = model
  const canvas = useRef<HTMLCanvasElement>(null)
  const scheme = useScheme()
  const colors = useMemo(() => serviceColors(trace.services, scheme), [trace, scheme])
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (context) drawSpans(context, trace, colors)
  }, [trace, colors])
  const wholeNs = Math.max(1, trace.durationNs)
  const { chosen, handlers } = useDragZoom((a, b) =>
    setWindow({ fromNs: Math.min(a, b) * wholeNs, toNs: Math.max(a, b) * wholeNs }),
  )
  const [from, to] = chosen ?? [window.fromNs / wholeNs, window.toNs / wholeNs]
  const said = `${formatValue(window.fromNs / 1e9, 'seconds')} to ${formatValue(window.toNs / 1e9, 'seconds')}`
  return (
    <div className={styles['minimap']} {...handlers}>
      <canvas
        ref={canvas}
        width={WIDTH_PX}
        height={HEIGHT_PX}
        role="img"
        aria-label={`All ${trace.length} spans; shown is ${said}`}
      />
      {(isZoomed || chosen) && (
        <>
          <i
            className={styles['outside']}
            style={{ left: 0, width: percent(Math.min(from, to)) }}
          />
          <i
            className={styles['outside']}
            style={{ left: percent(Math.max(from, to)), right: 0 }}
          />
        </>
      )}
    </div>
  )
}

export function percent(share: number): string {
  return `${share * 100}%`
}

/** Of thousands of spans several share a line of the picture: errors are drawn last, so that none is hidden. */
function drawSpans(
  context: CanvasRenderingContext2D,
  trace: Trace,
  colors: readonly string[],
): void {
  const { length, startsNs, durationsNs, service, isError } = trace
  const wholeNs = Math.max(1, trace.durationNs)
  const rowPx = Math.min(6, HEIGHT_PX / Math.max(1, length))
  const linePx = Math.max(1, rowPx * 0.7)
  context.clearRect(0, 0, WIDTH_PX, HEIGHT_PX)
  for (const errors of [0, 1]) {
    for (let row = 0; row < length; row++) {
      if (isError[row] !== errors) continue
      context.fillStyle = errors === 1 ? '#e5484d' : (colors[service[row] ?? 0] ?? '#808080')
      const left = ((startsNs[row] ?? 0) / wholeNs) * WIDTH_PX
      const width = Math.max(1, ((durationsNs[row] ?? 0) / wholeNs) * WIDTH_PX)
      context.fillRect(left, row * rowPx, width, linePx)
    }
  }
}
