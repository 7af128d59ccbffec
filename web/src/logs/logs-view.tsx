import { Button, Loader } from '@mantine/core'
import { useCallback, useMemo, useState } from 'react'
import { formatValue } from '../format/format-value.ts'
import { Card } from '../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../shell/states.tsx'
import { useTime } from '../time/time-context.tsx'
import { DownloadMenu } from './download-menu.tsx'
import { readWords, withField } from './edit-query.ts'
import { FieldList } from './field-list.tsx'
import type { LineField } from './line-fields.ts'
import { LogContext } from './log-context.tsx'
import type { LogLine } from './log-line.ts'
import { LogLines, type LinesLook } from './log-lines.tsx'
import type { LogsState } from './logs-state.ts'
import { LogsTabs } from './logs-tabs.tsx'
import styles from './logs.module.css'
import { useLogLines, type LogLinesState } from './use-log-lines.ts'

export interface LogsViewProps {
  readonly state: LogsState
  readonly query: string
  readonly look: LinesLook
  readonly onChange: (change: Partial<LogsState>) => void
  /** With what else of the page changes. */
  readonly onRun: (query: string, others?: Partial<LogsState>) => void
}

/** The lines of a range, older ones as one scrolls, with their fields beside them. */
export function LogsView(props: LogsViewProps) {
  const { state, query, onChange } = props
  const time = useTime()
  const asked = useLogLines(query, state.order, time.resolved, true)
  const { lines, error } = asked
  return (
    <Card
      isFlush
      title={<LogsTabs tab="lines" onChange={onChange} />}
      actions={<Cost {...asked} />}
    >
      {lines === undefined ? (
        error === null ? (
          <LoadingState label="Reading lines" />
        ) : (
          <ErrorState error={error} onRetry={asked.retry} />
        )
      ) : (
        <ShownLines {...props} asked={asked} lines={lines} />
      )}
    </Card>
  )
}

function Cost({ lines, isFetching, hasMore, readBytes, tookMs }: LogLinesState) {
  if (lines === undefined) return null
  return (
    <span className={styles['cost']} role="status">
      {isFetching && <Loader size={12} />}
      {formatValue(lines.length, 'count')}
      {hasMore ? ' lines so far' : lines.length === 1 ? ' line' : ' lines'},{' '}
      {formatValue(readBytes, 'bytes')} read, {formatValue(tookMs / 1000, 'seconds')}
      <DownloadMenu lines={lines} />
    </span>
  )
}

interface ShownLinesProps extends LogsViewProps {
  readonly asked: LogLinesState
  readonly lines: readonly LogLine[]
}

function ShownLines({ state, query, look, onRun, asked, lines }: ShownLinesProps) {
  const { zone } = useTime()
  const [around, setAround] = useState<LogLine | undefined>()
  const filter = useFilter(query, onRun)
  const actions = useMemo(() => ({ onFilter: filter, onContext: setAround }), [filter])
  const marked = useMemo(() => readWords(query), [query])
  if (lines.length === 0 && !asked.isOld && !asked.isFetching) {
    return (
      <EmptyState title="No lines">
        Nothing of this query was logged in the range: a longer range or fewer conditions may help.
      </EmptyState>
    )
  }
  return (
    <>
      {asked.warnings.map((warning) => (
        <p key={warning} className={styles['warning']}>
          {warning}
        </p>
      ))}
      <div className={styles['body']} aria-busy={asked.isOld}>
        {state.showsFields && <FieldList lines={lines} onFilter={filter} />}
        <div className={styles['list']}>
          <LogLines
            key={asked.question}
            label="Lines"
            {...{ lines, zone, look, actions, marked }}
            onEnd={asked.readMore}
            footer={<End {...asked} />}
          />
        </div>
      </div>
      {around && <LogContext line={around} look={look} onClose={() => setAround(undefined)} />}
    </>
  )
}

/** Narrows the query by a field of a line. */
export function useFilter(
  query: string,
  onRun: (query: string) => void,
): (field: LineField, isOut: boolean) => void {
  return useCallback(
    (field, isOut) => onRun(withField(query, field, isOut)),
    // The page makes `onRun` anew each time it is drawn; what it does depends on the query alone.
    [query, onRun],
  )
}

/** What comes behind the last line. */
function End({ error, isFetching, hasMore, isFull, retry }: LogLinesState) {
  if (error !== null) {
    return (
      <span role="alert">
        {error.message}{' '}
        <Button variant="default" size="compact-xs" onClick={retry}>
          Try again
        </Button>
      </span>
    )
  }
  if (isFull) return 'More lines than a page holds: narrow the query or the range.'
  if (isFetching) return 'Reading more lines'
  return hasMore ? 'There are more' : 'These are all lines of the range.'
}
