import { useMediaQuery } from '@mantine/hooks'
import { useMemo, useState } from 'react'
import { formatValue } from '../format/format-value.ts'
import { DownloadMenu } from '../logs/download-menu.tsx'
import { readWords, withField } from '../logs/edit-query.ts'
import type { LineField } from '../logs/line-fields.ts'
import { LogContext } from '../logs/log-context.tsx'
import { LogsHistogram } from '../logs/logs-histogram.tsx'
import type { LogLine } from '../logs/log-line.ts'
import { LogLines } from '../logs/log-lines.tsx'
import { useLogLines } from '../logs/use-log-lines.ts'
import { Card } from '../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../shell/states.tsx'
import { useTime } from '../time/time-context.tsx'
import styles from './explore.module.css'

export interface ExploredLinesProps {
  readonly query: string
  readonly letter: string
  readonly isOnly: boolean
  readonly onReplace: (query: string) => void
}

/** The lines of one query, the newest first, with how many there are over time. */
export function ExploredLines({ query, letter, isOnly, onReplace }: ExploredLinesProps) {
  const { resolved, zone } = useTime()
  const asked = useLogLines(query, 'newest-first', resolved, true)
  const isNarrow = useMediaQuery('(max-width: 40em)', false, { getInitialValueInEffect: false })
  const [around, setAround] = useState<LogLine | undefined>()
  const look = useMemo(() => ({ wraps: isNarrow, labels: 'differing' }) as const, [isNarrow])
  const actions = {
    onFilter: (field: LineField, isOut: boolean) => onReplace(withField(query, field, isOut)),
    onContext: setAround,
  }
  const marked = useMemo(() => readWords(query), [query])
  const { lines, error } = asked
  const name = isOnly ? 'Lines' : `Lines of ${letter}`
  return (
    <>
      <Card {...(isOnly ? {} : { title: `Query ${letter}` })}>
        <LogsHistogram query={query} />
      </Card>
      <Card
        isFlush
        title={name}
        actions={
          lines && (
            <span className={styles['cost']} role="status">
              {formatValue(lines.length, 'count')} {asked.hasMore ? 'lines so far' : 'lines'}{' '}
              <DownloadMenu lines={lines} />
            </span>
          )
        }
      >
        {lines === undefined ? (
          error === null ? (
            <LoadingState label="Reading lines" />
          ) : (
            <ErrorState error={error} onRetry={asked.retry} />
          )
        ) : lines.length === 0 ? (
          <EmptyState title="No lines">Nothing of this query was logged in the range.</EmptyState>
        ) : (
          <div className={styles['lines']}>
            <LogLines
              key={asked.question}
              label={name}
              {...{ lines, zone, look, actions, marked }}
              onEnd={asked.readMore}
            />
          </div>
        )}
      </Card>
      {around && <LogContext line={around} look={look} onClose={() => setAround(undefined)} />}
    </>
  )
}
