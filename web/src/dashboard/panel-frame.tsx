import { useState } from 'react'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import type { PlacedPanel } from '../../../src/lang/dashboard/repeat.ts'
import { withValues } from '../../../src/lang/dashboard/scope.ts'
import styles from './dashboard.module.css'
import { LivePanel } from './live-panel.tsx'
import { usePage } from './page-model.ts'
import { useOnScreen } from './use-on-screen.ts'
import { useTurn } from './use-turn.ts'

/** Widths are taken in steps of so many pixels, so that a resized window does not ask for everything anew. */
const WIDTH_STEP_PX = 100

export interface PanelFrameProps {
  readonly placed: PlacedPanel
  /** The only one on the page. */
  readonly isAlone: boolean
}

/** The place of one panel. What is in it comes when it is near the screen for the first time, and stays. */
export function PanelFrame({ placed, isAlone }: PanelFrameProps) {
  const [ref, { isSeen, widthPx }] = useOnScreen<HTMLDivElement>()
  const isThere = useTurn(isSeen)
  // A panel that nobody sees stays as it was last, and asks for nothing.
  const page = useWhile(usePage(), isSeen)
  const stepped = useWhile(Math.ceil(widthPx / WIDTH_STEP_PX) * WIDTH_STEP_PX, isSeen)
  return (
    <div ref={ref} className={styles['place']}>
      {isThere ? (
        <LivePanel {...{ placed, isAlone, page }} widthPx={Math.max(WIDTH_STEP_PX, stepped)} />
      ) : (
        <UnseenPanel placed={placed} />
      )}
    </div>
  )
}

/** A value as it is while `isLive` holds, and as it was last while it does not. */
function useWhile<T>(value: T, isLive: boolean): T {
  const [held, setHeld] = useState(() => value)
  if (!isLive || held === value) return held
  setHeld(() => value)
  return value
}

/** Its title is there from the beginning, so that it can be found and read out. */
function UnseenPanel({ placed: { panel, key, values } }: { readonly placed: PlacedPanel }) {
  const { scope } = usePage()
  const title = interpolate(panel.title, withValues(scope, values), 'text')
  return (
    <section
      className={styles['panel']}
      data-panel={key}
      data-state="loading"
      data-transparent={panel.transparent || undefined}
      aria-label={title === '' ? `Panel ${key}` : title}
    >
      <header className={styles['panelHead']}>
        <h2 className={styles['panelTitle']}>{title}</h2>
      </header>
    </section>
  )
}
