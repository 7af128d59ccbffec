import { Link } from '@tanstack/react-router'
import { useRef, type ReactNode } from 'react'
import { keepTime } from '../../shell/keep-time.ts'
import { Page } from '../../shell/page.tsx'
import { ALERT_TABS } from '../../shell/rooms.ts'
import { useCurrentInSight } from '../../shell/use-current-in-sight.ts'
import styles from './alerts.module.css'

export interface AlertsFrameProps {
  readonly title: string
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page of the alert room, with the way to its neighbours. */
export function AlertsFrame({ title, actions, children }: AlertsFrameProps) {
  const tabs = useRef<HTMLElement>(null)
  useCurrentInSight(tabs)
  return (
    <Page
      title={title}
      actions={actions}
      tabs={
        <nav ref={tabs} className={styles['tabs']} aria-label="Alerts">
          {ALERT_TABS.map(({ path, name }) => (
            <Link
              key={path}
              to={path}
              search={keepTime}
              className={styles['tab'] ?? ''}
              activeOptions={{ exact: true, includeSearch: false }}
              activeProps={{ 'aria-current': 'page' }}
            >
              {name}
            </Link>
          ))}
        </nav>
      }
    >
      {children}
    </Page>
  )
}
