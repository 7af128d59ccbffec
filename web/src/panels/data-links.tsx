import type { LinkModel } from '@grafana/data'
import { Menu, UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import { safeUrl } from './safe-url.ts'
import styles from './panels.module.css'

interface DataLinksProps {
  readonly links: readonly LinkModel[]
  readonly children: ReactNode
}

/** What leads somewhere: one link at once, several by a menu. */
export function DataLinks({ links, children }: DataLinksProps) {
  const [first] = links
  if (!first) return children
  if (links.length === 1) {
    return (
      <a
        className={styles['dataLink']}
        href={safeUrl(first.href)}
        title={first.title}
        {...targetOf(first)}
      >
        {children}
      </a>
    )
  }
  return (
    <Menu>
      <Menu.Target>
        <UnstyledButton className={styles['dataLink']}>{children}</UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {links.map((link, i) => (
          <Menu.Item key={i} component="a" href={safeUrl(link.href)} {...targetOf(link)}>
            {link.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function targetOf({ target }: LinkModel): { target?: '_blank'; rel?: string } {
  return target === '_blank' ? { target: '_blank', rel: 'noreferrer' } : {}
}
