import { Title } from '@mantine/core'
import { useEffect, type ReactNode } from 'react'
import styles from './page.module.css'

export interface PageProps {
  readonly title: string
  /** Beside the title: time picker, buttons. */
  readonly actions?: ReactNode
  /** Below the title: tabs. */
  readonly tabs?: ReactNode
  readonly children: ReactNode
}

/** The frame of every page: its heading, what acts on the whole of it, its content. */
export function Page({ title, actions, tabs, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Vedette`
  }, [title])
  return (
    <main id="main" className={styles['page']} tabIndex={-1}>
      <header className={styles['head']}>
        <Title order={1}>{title}</Title>
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </header>
      {tabs}
      {children}
    </main>
  )
}

export interface CardProps {
  readonly title?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
  /** Without room at the edges: tables. */
  readonly isFlush?: boolean
  readonly className?: string | undefined
}

/** A surface with an optional heading. */
export function Card({ title, actions, children, isFlush = false, className = '' }: CardProps) {
  return (
    <section className={`${styles['card']} ${className}`} data-flush={isFlush || undefined}>
      {title !== undefined && (
        <header className={styles['cardHead']}>
          <h2>{title}</h2>
          {actions}
        </header>
      )}
      {children}
    </section>
  )
}
