import { useSize } from '../panels/use-size.ts'
import { percent } from './minimap.tsx'
import { durationTicks, zoomTo } from './time-window.ts'
import { useDragZoom } from './use-drag-zoom.ts'
import type { WaterfallModel } from './use-waterfall.ts'
import styles from './waterfall.module.css'

/** A label and some air. */
const TICK_PX = 120

/** Times above the bars; a drag zooms in. */
export function TimeRuler({ model }: { readonly model: WaterfallModel }) {
  const { window, setWindow } = model
  const [box, { widthPx }] = useSize<HTMLDivElement>()
  const most = Math.max(1, Math.floor(widthPx / TICK_PX))
  const { chosen, handlers } = useDragZoom((a, b) => setWindow(zoomTo(window, a, b)))
  return (
    <div ref={box} className={styles['ruler']} {...handlers} title="Drag to zoom in">
      {durationTicks(window, most).map(({ at, label }) => (
        <span
          key={at}
          className={styles['tick']}
          data-last={at > 0.93 || undefined}
          style={{ left: percent(at) }}
        >
          {label}
        </span>
      ))}
      {chosen && (
        <i
          className={styles['chosen']}
          style={{
            left: percent(Math.min(...chosen)),
            width: percent(Math.abs(chosen[1] - chosen[0])),
          }}
        />
      )}
    </div>
  )
}
