import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { keepTime, type Search } from './keep-time.ts'
import styles from './text-link.module.css'

export interface TextLinkProps {
  /** A path of the web UI. */
  readonly to: string
  /** Added to the time range, which follows. */
  readonly search?: Search
  readonly children: ReactNode
}

/** A link within a text. */
export function TextLink({ to, search, children }: TextLinkProps) {
  return (
    <Link
      to={to}
      search={(now: Search) => ({ ...keepTime(now), ...search })}
      className={styles['link'] ?? ''}
    >
      {children}
    </Link>
  )
}
