import { useNavigate } from '@tanstack/react-router'
import { useMemo, useRef } from 'react'
import type { FoundTraceJson } from '../../../src/contract/tempo.ts'
import { tracePath } from '../api/trace-series.ts'
import { timeTicks } from '../charts/time-ticks.ts'
import { formatValue } from '../format/format-value.ts'
import { useSize } from '../panels/use-size.ts'
import { keepTime } from '../shell/keep-time.ts'
import { absoluteRange, type ResolvedRange } from '../time/time-range.ts'
import { useTime } from '../time/time-context.tsx'
import { durationScale, type DurationScale } from './duration-scale.ts'
import { countSpans } from './sort-found.ts'
import styles from './traces.module.css'
import { useDragZoom } from './use-drag-zoom.ts'
import { useElementEvent } from './use-element-event.ts'

/** `RIGHT_PX` leaves room for the newest dots. */
const [HEIGHT_PX, LEFT_PX, RIGHT_PX, BOTTOM_PX, TOP_PX] = [170, 56, 22, 34, 8]
const TICK_PX = 110

/** Each trace as a dot: when it began, and how long it took. A click opens it, a drag chooses a part of the range. */
export function TraceScatter({ traces }: { readonly traces: readonly FoundTraceJson[] }) {
  const { resolved, setRange } = useTime()
  const navigate = useNavigate()
  const [box, { widthPx }] = useSize<HTMLDivElement>()
  const { chosen, handlers } = useDragZoom((a, b) => {
    const at = (share: number): number =>
      resolved.fromMs + share * (resolved.toMs - resolved.fromMs)
    setRange(absoluteRange({ fromMs: at(Math.min(a, b)), toMs: at(Math.max(a, b)) }))
  })
  const scale = useMemo(
    () => durationScale(traces.map(({ durationMs = 0 }) => durationMs)),
    [traces],
  )
  const plot = useRef<HTMLDivElement>(null)
  useElementEvent(plot, 'click', ({ clientX, clientY }) => {
    // Who drags has the pointer, and with it the click, wherever that is.
    const dot = document.elementFromPoint(clientX, clientY)
    const id = dot instanceof SVGElement ? dot.dataset['trace'] : undefined
    if (id !== undefined) void navigate({ to: tracePath(id), search: keepTime })
  })
  const plotPx = Math.max(1, widthPx - LEFT_PX - RIGHT_PX)
  const x = (timeMs: number): number => shareOf(timeMs, resolved) * plotPx
  return (
    <div ref={box} className={styles['scatter']}>
      <Axes scale={scale} plotPx={plotPx} />
      <div ref={plot} className={styles['plot']} style={{ left: LEFT_PX }} {...handlers}>
        <svg
          width={plotPx}
          height={HEIGHT_PX}
          role="img"
          aria-label={`Durations of ${traces.length} traces over time; the list below has each of them`}
        >
          {scale.ticks.map(({ at, label }) => (
            <line key={label} x1={0} x2={plotPx} y1={y(at)} y2={y(at)} className={styles['grid']} />
          ))}
          {traces.map((trace) => (
            <Dot
              key={trace.traceID}
              trace={trace}
              cx={x(Number(BigInt(trace.startTimeUnixNano) / 1_000_000n))}
              cy={y(scale.at(trace.durationMs ?? 0))}
            />
          ))}
        </svg>
        {chosen && (
          <i
            className={styles['chosen']}
            style={{
              left: `${Math.min(...chosen) * 100}%`,
              width: `${Math.abs(chosen[1] - chosen[0]) * 100}%`,
            }}
          />
        )}
      </div>
    </div>
  )
}

function y(share: number): number {
  return TOP_PX + (1 - share) * (HEIGHT_PX - TOP_PX - BOTTOM_PX)
}

function Axes({ scale, plotPx }: { readonly scale: DurationScale; readonly plotPx: number }) {
  const { resolved, zone } = useTime()
  const ticks = timeTicks(resolved.fromMs, resolved.toMs, plotPx / TICK_PX, zone)
  return (
    <div aria-hidden>
      {scale.ticks.map(({ at, label }) => (
        <span key={label} className={styles['yTick']} style={{ top: y(at) }}>
          {label}
        </span>
      ))}
      {ticks.timesMs.map((timeMs, i) => (
        <span
          key={timeMs}
          className={styles['xTick']}
          style={{ left: LEFT_PX + shareOf(timeMs, resolved) * plotPx }}
        >
          {ticks.labels[i]}
        </span>
      ))}
    </div>
  )
}

function shareOf(timeMs: number, { fromMs, toMs }: ResolvedRange): number {
  return (timeMs - fromMs) / (toMs - fromMs)
}

interface DotProps {
  readonly trace: FoundTraceJson
  readonly cx: number
  readonly cy: number
}

function Dot({ trace, cx, cy }: DotProps) {
  const { spans, errors } = countSpans(trace)
  const radius = Math.min(9, 3 + Math.log10(Math.max(1, spans)) * 1.5)
  return (
    <circle
      {...{ cx, cy }}
      r={radius}
      data-trace={trace.traceID}
      data-failed={errors > 0 || undefined}
      className={styles['dot']}
    >
      <title>
        {`${trace.rootServiceName} ${trace.rootTraceName}, ${formatValue((trace.durationMs ?? 0) / 1000, 'seconds')}`}
      </title>
    </circle>
  )
}
