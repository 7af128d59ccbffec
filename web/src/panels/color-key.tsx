import styles from './panels.module.css'

export interface KeyEntry {
  readonly name: string
  readonly color: string
  readonly value?: string
}

/** What the colours of a drawing stand for. */
export function ColorKey({ entries }: { readonly entries: readonly KeyEntry[] }) {
  return (
    <ul className={styles['keys']} aria-label="Key">
      {entries.map((entry, i) => (
        <li key={i} className={styles['key']}>
          <span className={styles['keyMark']} style={{ background: entry.color }} />
          <span className={styles['keyName']} title={entry.name}>
            {entry.name}
          </span>
          {entry.value !== undefined && <span className={styles['keyValue']}>{entry.value}</span>}
        </li>
      ))}
    </ul>
  )
}
