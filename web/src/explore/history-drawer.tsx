import { Button, Drawer } from '@mantine/core'
import { useState } from 'react'
import { EmptyState } from '../shell/states.tsx'
import { formatAgo } from '../time/format-time.ts'
import styles from './explore.module.css'
import { clearHistory, languageOf, readHistory } from './query-history.ts'

export interface HistoryDrawerProps {
  readonly language: string
  readonly onClose: () => void
  readonly onPick: (query: string) => void
}

/** Queries of a language that were run in this browser. */
export function HistoryDrawer({ language, onClose, onPick }: HistoryDrawerProps) {
  const [all, setAll] = useState(readHistory)
  const entries = all.filter((entry) => languageOf(entry) === language)
  const [nowMs] = useState(() => Date.now())
  return (
    <Drawer opened onClose={onClose} position="right" title="History">
      {entries.length === 0 ? (
        <EmptyState title="No queries yet">They are kept in this browser only.</EmptyState>
      ) : (
        <>
          {entries.map(({ query, atMs }) => (
            <button
              key={query}
              type="button"
              className={styles['pastQuery']}
              onClick={() => {
                onPick(query)
                onClose()
              }}
            >
              <code>{query}</code>
              <span className={styles['cost']}>{formatAgo(atMs, nowMs)}</span>
            </button>
          ))}
          <Button
            variant="default"
            mt="md"
            onClick={() => {
              clearHistory()
              setAll([])
            }}
          >
            Forget them
          </Button>
        </>
      )}
    </Drawer>
  )
}
