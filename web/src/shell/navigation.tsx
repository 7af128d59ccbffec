import { Tooltip } from '@mantine/core'
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from '@tabler/icons-react'
import { Link, useRouterState } from '@tanstack/react-router'
import { keepTime } from './keep-time.ts'
import { ROOMS, type Room } from './rooms.ts'
import styles from './shell.module.css'

export interface NavigationProps {
  /** Only icons. */
  readonly isNarrow: boolean
  readonly onNarrow: () => void
  /** On a phone the navigation lies over the page, and goes when one has chosen. */
  readonly onChoose: () => void
}

export function Navigation({ isNarrow, onNarrow, onChoose }: NavigationProps) {
  const path = useRouterState({ select: (state) => state.location.pathname })
  const Fold = isNarrow ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse
  const label = isNarrow ? 'Widen navigation' : 'Narrow navigation'
  return (
    <div className={styles['nav']}>
      {ROOMS.map((room) => (
        <RoomLink
          key={room.path}
          room={room}
          isNarrow={isNarrow}
          isCurrent={isIn(room, path)}
          onChoose={onChoose}
        />
      ))}
      <button
        type="button"
        className={`${styles['link']} ${styles['fold']}`}
        aria-label={label}
        onClick={onNarrow}
      >
        <Fold size={18} stroke={1.7} aria-hidden />
        {!isNarrow && <span>Narrow</span>}
      </button>
    </div>
  )
}

interface RoomLinkProps {
  readonly room: Room
  readonly isNarrow: boolean
  readonly isCurrent: boolean
  readonly onChoose: () => void
}

function RoomLink({ room, isNarrow, isCurrent, onChoose }: RoomLinkProps) {
  const Icon = room.icon
  return (
    <Tooltip label={room.name} position="right" disabled={!isNarrow}>
      <Link
        to={room.path}
        search={keepTime}
        className={styles['link'] ?? ''}
        data-current={isCurrent || undefined}
        aria-current={isCurrent ? 'page' : undefined}
        aria-label={room.name}
        onClick={onChoose}
      >
        <Icon size={18} stroke={1.7} aria-hidden />
        {!isNarrow && <span>{room.name}</span>}
      </Link>
    </Tooltip>
  )
}

function isIn({ path }: Room, current: string): boolean {
  if (path === '/') return current === '/'
  // A dashboard's own address is Grafana's.
  if (path === '/dashboards' && current.startsWith('/d/')) return true
  return current === path || current.startsWith(`${path}/`)
}
