import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from 'react'
import type uPlot from 'uplot'
import { formatValue } from '../format/format-value.ts'
import type { ChartData, ChartSeries } from './chart-data.ts'
import type { ChartFrame, ChartOptions } from './chart-options.ts'
import type { PickedPoint } from './chart-points.ts'
import styles from './chart.module.css'
import { createPlot, updatePlot, type PlotSource } from './create-plot.ts'
import { describePoint } from './describe-chart.ts'
import type { Scheme } from './palette.ts'

export interface PlotCanvasProps {
  readonly data: ChartData
  /** Keeps its identity while the series and their styles stay the same. */
  readonly shape: ChartData
  readonly frame: ChartFrame
  readonly options: ChartOptions
  readonly scheme: Scheme
  readonly hidden: ReadonlySet<number>
  readonly format: (series: ChartSeries, value: number) => string
  readonly label: string
  readonly onZoom: ((fromMs: number, toMs: number) => void) | undefined
  readonly onPick: (picked: PickedPoint) => void
  readonly corner: ReactNode
}

/**
 * The canvas with its crosshair, by mouse and by arrow keys. To who does not see it, it is a slider over time that says the values
 * where it stands.
 */
export function PlotCanvas(props: PlotCanvasProps) {
  const { data, label, corner, frame, hidden, format } = props
  const root = useRef<HTMLDivElement>(null)
  const plot = usePlot(root, props)
  const [at, setAt] = useState(-1)
  const onKeyDown = (event: KeyboardEvent): void => {
    const moved = plot.current === null ? undefined : moveCrosshair(plot.current, event)
    if (moved === undefined) return
    event.preventDefault()
    setAt(moved)
  }
  const last = Math.max(0, data.timesMs.length - 1)
  return (
    <div className={styles['plot']}>
      <div
        ref={root}
        className={styles['canvas']}
        tabIndex={0}
        role="slider"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={at < 0 ? last : Math.min(at, last)}
        aria-valuetext={at < 0 ? '' : describePoint(data, at, frame, hidden, format)}
        onKeyDown={onKeyDown}
      />
      {data.series.length === 0 && <div className={styles['empty']}>No data in this range</div>}
      {corner}
    </div>
  )
}

/** Builds the plot anew when its shape changes, and otherwise draws into the one that is there. */
function usePlot(
  root: RefObject<HTMLDivElement | null>,
  props: PlotCanvasProps,
): RefObject<uPlot | null> {
  const { data, shape, frame, options, scheme, hidden, onZoom, onPick } = props
  const plot = useRef<uPlot | null>(null)
  const source = useRef<PlotSource>({ data, frame, hidden, onZoom, onPick })
  useLayoutEffect(() => {
    Object.assign(source.current, { data, frame, hidden, onZoom, onPick })
    // One that is of the old shape is replaced by the effect below.
    if (plot.current !== null && plot.current.series.length === data.series.length + 1) {
      updatePlot(plot.current, source.current)
    }
  }, [data, frame, hidden, onZoom, onPick])
  useLayoutEffect(() => {
    const element = root.current
    if (element === null) return undefined
    const { clientWidth, clientHeight } = element
    const formats = {
      left: options.left?.format ?? formatValue,
      right: options.right?.format ?? formatValue,
    }
    const made = createPlot({
      root: element,
      source: source.current,
      shape,
      options,
      scheme,
      formats,
      widthPx: Math.max(40, clientWidth),
      heightPx: Math.max(40, clientHeight),
    })
    plot.current = made
    return () => {
      plot.current = null
      made.destroy()
    }
  }, [root, shape, options, scheme])
  useResize(root, plot)
  return plot
}

/** Follows the size of the element before the browser paints, so that nothing flickers. */
function useResize(root: RefObject<HTMLDivElement | null>, plot: RefObject<uPlot | null>): void {
  useEffect(() => {
    const element = root.current
    if (element === null) return undefined
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element
      const drawn = plot.current
      if (drawn === null || width < 1 || height < 1) return
      if (drawn.width !== width || drawn.height !== height) drawn.setSize({ width, height })
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [root, plot])
}

/** Moves the crosshair by keys; the index where it stands then, or undefined for any other key. */
function moveCrosshair(plot: uPlot, event: KeyboardEvent): number | undefined {
  const times = plot.data[0]
  const last = times.length - 1
  if (last < 0) return undefined
  const now = plot.cursor.idx ?? last + 1
  const step = event.shiftKey ? 10 : 1
  const targets: Readonly<Record<string, number>> = {
    ArrowLeft: now - step,
    ArrowRight: now + step,
    Home: 0,
    End: last,
  }
  const wanted = targets[event.key]
  if (wanted === undefined) return undefined
  const at = Math.min(last, Math.max(0, wanted))
  plot.setCursor({ left: plot.valToPos(times[at] ?? 0, 'x'), top: plot.over.clientHeight / 2 })
  return at
}
