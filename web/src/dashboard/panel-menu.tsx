import { ActionIcon, Menu } from '@mantine/core'
import { IconDotsVertical } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import type { Panel } from '../../../src/lang/dashboard/model.ts'
import type { Scope } from '../../../src/lang/dashboard/scope.ts'
import { safeUrl } from '../panels/safe-url.ts'
import { keepTime, type Search } from '../shell/keep-time.ts'
import styles from './dashboard.module.css'
import type { QueryPlan } from './plan-queries.ts'

export interface PanelMenuProps {
  readonly panel: Panel
  readonly plan: QueryPlan
  readonly scope: Scope
  readonly title: string
  readonly isAlone: boolean
  readonly onView: () => void
  readonly onInspect: (tab: 'data' | 'query' | 'json') => void
}

/** What can be done with a panel. */
export function PanelMenu({
  panel,
  plan,
  scope,
  title,
  isAlone,
  onView,
  onInspect,
}: PanelMenuProps) {
  const navigate = useNavigate()
  const exprs = [...new Set(plan.queries.map((one) => one.ask.expr))]
  const explore = (): void => {
    void navigate({ to: '/explore', search: (now: Search) => ({ ...keepTime(now), q: exprs }) })
  }
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          className={styles['menu'] ?? ''}
          aria-label={`Menu of ${title === '' ? 'the panel' : title}`}
        >
          <IconDotsVertical size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onView}>{isAlone ? 'Back to the dashboard' : 'View'}</Menu.Item>
        {exprs.length > 0 && <Menu.Item onClick={explore}>Explore</Menu.Item>}
        <Menu.Divider />
        <Menu.Item onClick={() => onInspect('data')}>Inspect data</Menu.Item>
        <Menu.Item onClick={() => onInspect('query')}>Inspect query</Menu.Item>
        <Menu.Item onClick={() => onInspect('json')}>Panel JSON</Menu.Item>
        {panel.links.length > 0 && <Menu.Divider />}
        {panel.links.map((link, i) => (
          <Menu.Item
            key={i}
            component="a"
            href={safeUrl(interpolate(link.url, scope, 'percentencode'))}
            {...(link.targetBlank ? { target: '_blank', rel: 'noreferrer' } : {})}
          >
            {interpolate(link.title, scope, 'text') || link.url}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
