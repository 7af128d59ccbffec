import { Link } from '@tanstack/react-router'
import { useRef, type ReactNode } from 'react'
import { keepTime } from '../../shell/keep-time.ts'
import { Page } from '../../shell/page.tsx'
import { STATUS_TABS } from '../../shell/rooms.ts'
import { useCurrentInSight } from '../../shell/use-current-in-sight.ts'
import { useSession } from '../../shell/session-context.tsx'
import styles from './status.module.css'

export interface StatusFrameProps {
  readonly title: string
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page of the status room, with the way to its neighbours. */
export function StatusFrame({ title, actions, children }: StatusFrameProps) {
  const { session } = useSession()
  const row = useRef<HTMLElement>(null)
  useCurrentInSight(row)
  const tabs = STATUS_TABS.filter((tab) => tab.isForAdmins !== true || session.role === 'admin')
  return (
    <Page
      title={`Status: ${title}`}
      actions={actions}
      tabs={
        <nav ref={row} className={styles['tabs']} aria-label="Status">
          {tabs.map(({ path, name }) => (
            <Link
              key={path}
              to={path}
              search={keepTime}
              className={styles['tab'] ?? ''}
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
