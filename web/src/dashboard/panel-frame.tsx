import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import type { PlacedPanel } from '../../../src/lang/dashboard/repeat.ts'
import { withValues } from '../../../src/lang/dashboard/scope.ts'
import styles from './dashboard.module.css'
import { LivePanel } from './live-panel.tsx'
import { usePage } from './page-model.ts'
import { useOnScreen } from './use-on-screen.ts'

export interface PanelFrameProps {
  readonly placed: PlacedPanel
  /** The only one on the page. */
  readonly isAlone: boolean
}

/** The place of one panel. What is in it comes when it is near the screen for the first time, and stays. */
export function PanelFrame({ placed, isAlone }: PanelFrameProps) {
  const [ref, seen] = useOnScreen<HTMLDivElement>()
  const isSeen = seen.isSeen || isAlone
  return (
    <div ref={ref} className={styles['place']}>
      {seen.wasSeen || isAlone ? (
        <LivePanel {...{ placed, isAlone, isSeen }} />
      ) : (
        <UnseenPanel placed={placed} />
      )}
    </div>
  )
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
