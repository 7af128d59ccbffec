import { Menu } from '@mantine/core'
import { IconDotsVertical } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useLayoutEffect, useRef, useState, type ComponentProps } from 'react'
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

/**
 * What can be done with a panel. There are hundreds of them on a page: the menu itself comes when somebody reaches for its button.
 */
export function PanelMenu(props: PanelMenuProps) {
  const [reached, setReached] = useState<'by pointer' | 'by keyboard' | 'by touch' | undefined>()
  if (reached === undefined) {
    return (
      <MenuButton
        title={props.title}
        aria-haspopup="menu"
        aria-expanded={false}
        onPointerEnter={({ pointerType }) => pointerType === 'mouse' && setReached('by pointer')}
        onFocus={() => setReached('by keyboard')}
        onClick={() => setReached('by touch')}
      />
    )
  }
  return (
    <OpenableMenu {...props} isOpen={reached === 'by touch'} hasFocus={reached !== 'by pointer'} />
  )
}

type MenuButtonProps = ComponentProps<'button'> & { readonly title: string }

function MenuButton({ title, ...rest }: MenuButtonProps) {
  return (
    <button
      type="button"
      className={styles['menu']}
      aria-label={`Menu of ${title === '' ? 'the panel' : title}`}
      {...rest}
    >
      <IconDotsVertical size={15} aria-hidden />
    </button>
  )
}

interface OpenableMenuProps extends PanelMenuProps {
  /** As they are at the beginning. */
  readonly isOpen: boolean
  readonly hasFocus: boolean
}

function OpenableMenu(props: OpenableMenuProps) {
  const { panel, plan, scope, title, isAlone, isOpen, hasFocus, onView, onInspect } = props
  const navigate = useNavigate()
  const button = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => {
    if (hasFocus) button.current?.focus()
  }, [hasFocus])
  const { exprs, lang } = exploredOf(plan)
  const explore = (): void => {
    const search = (now: Search): Search => ({ ...keepTime(now), q: exprs, lang })
    void navigate({ to: '/explore', search })
  }
  return (
    <Menu position="bottom-end" withinPortal defaultOpened={isOpen}>
      <Menu.Target>
        <MenuButton title={title} ref={button} />
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

/** The queries as Explore takes them: all in one language, that of the first. */
function exploredOf({ queries }: QueryPlan) {
  const type = queries[0]?.ask.source.type
  const asked = queries.filter(({ ask }) => ask.source.type === type).map(({ ask }) => ask.expr)
  return { exprs: [...new Set(asked)], lang: type === 'loki' ? 'logql' : undefined }
}
