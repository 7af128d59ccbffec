import { lazy, Suspense, useMemo } from 'react'
import { LoadingState } from '../shell/states.tsx'
import { FoundTraces } from '../traces/found-traces.tsx'
import { foundTracesOf, traceOf } from './frames/trace-frames.ts'
import type { PanelProps } from './panel-props.ts'
import styles from './panels.module.css'

/** The waterfall is large, and few panels show one. */
const Waterfall = lazy(async () => {
  const { Waterfall: loaded } = await import('../traces/waterfall.tsx')
  return { default: loaded }
})

/** One trace as a waterfall, or what a search found as a table. */
export function TracesPanel({ frames, title, zone }: PanelProps) {
  const trace = useMemo(() => frames.map(traceOf).find((one) => one !== undefined), [frames])
  const found = useMemo(() => frames.flatMap((frame) => foundTracesOf(frame) ?? []), [frames])
  if (trace !== undefined) {
    return (
      <div className={styles['filled']}>
        <Suspense fallback={<LoadingState />}>
          <Waterfall trace={trace} zone={zone} />
        </Suspense>
      </div>
    )
  }
  if (found.length === 0) {
    return (
      <div className={styles['noteBox']}>
        Not shown: the answer is neither a trace nor a list of traces. A panel of the type table
        shows it.
      </div>
    )
  }
  const label = title === '' ? 'Traces' : `${title}: traces`
  return (
    <div className={styles['filled']}>
      <FoundTraces {...{ label, zone }} traces={found} />
    </div>
  )
}
