import { Badge, Button } from '@mantine/core'
import { IconEraser, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useCallback, useMemo } from 'react'
import { formatValue } from '../format/format-value.ts'
import { Card } from '../shell/page.tsx'
import { EmptyState } from '../shell/states.tsx'
import { useTime } from '../time/time-context.tsx'
import { DownloadMenu } from './download-menu.tsx'
import { readWords } from './edit-query.ts'
import { FieldList } from './field-list.tsx'
import { LogLines } from './log-lines.tsx'
import { useFilter, type LogsViewProps } from './logs-view.tsx'
import styles from './logs.module.css'
import type { FeedStatus } from './tail-feed.ts'
import { useTail, type Tail } from './use-tail.ts'

/** Lines as they come. Who scrolls away from the newest holds the list still; what comes then waits. */
export function LiveView({ state, query, look, onRun }: LogsViewProps) {
  const { zone } = useTime()
  const tail = useTail(query, true)
  const isNewestFirst = state.order === 'newest-first'
  const lines = useMemo(
    () => (isNewestFirst ? tail.lines.toReversed() : tail.lines),
    [isNewestFirst, tail.lines],
  )
  const filter = useFilter(query, onRun)
  const actions = useMemo(() => ({ onFilter: filter }), [filter])
  const marked = useMemo(() => readWords(query), [query])
  const { hold } = tail
  const onStartInSight = useCallback(
    (isInSight: boolean) => {
      if (!isInSight) hold()
    },
    [hold],
  )
  return (
    <Card isFlush title={<LiveStatus {...tail} />} actions={<LiveActions {...tail} />}>
      {lines.length === 0 ? (
        <EmptyState title={tail.status === 'failed' ? 'The tail ended' : 'Waiting for lines'}>
          {tail.reason === '' ? 'Each is here as soon as it is stored.' : tail.reason}
        </EmptyState>
      ) : (
        <div className={styles['body']}>
          {state.showsFields && <FieldList lines={lines} onFilter={filter} />}
          <div className={styles['list']}>
            <LogLines
              label="Live lines"
              {...{ lines, zone, look, actions, marked }}
              keepsEnd={!isNewestFirst && !tail.isHeld}
              {...(isNewestFirst ? { onStartInSight } : {})}
            />
          </div>
        </div>
      )}
    </Card>
  )
}

const STATUS: Readonly<Record<FeedStatus, { readonly text: string; readonly color: string }>> = {
  connecting: { text: 'Connecting', color: 'gray' },
  live: { text: 'Live', color: 'green' },
  polling: { text: 'Live, every 2 s', color: 'yellow' },
  failed: { text: 'Not live', color: 'red' },
}

function LiveStatus({ status, isHeld, held, lines, dropped }: Tail) {
  const { text, color } = isHeld ? { text: 'Held', color: 'yellow' } : STATUS[status]
  return (
    <span className={styles['cost']} role="status">
      <Badge variant="light" color={color} autoContrast>
        {text}
      </Badge>
      {formatValue(lines.length, 'count')} lines
      {held.length > 0 && `, ${formatValue(held.length, 'count')} waiting`}
      {dropped > 0 && `, ${formatValue(dropped, 'count')} older ones let go`}
    </span>
  )
}

function LiveActions({ isHeld, hold, goOn, clear, lines }: Tail) {
  return (
    <span className={styles['cost']}>
      <Button
        variant={isHeld ? 'filled' : 'default'}
        leftSection={isHeld ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
        onClick={isHeld ? goOn : hold}
      >
        {isHeld ? 'Go on' : 'Pause'}
      </Button>
      <Button variant="default" leftSection={<IconEraser size={14} />} onClick={clear}>
        Clear
      </Button>
      <DownloadMenu lines={lines} />
    </span>
  )
}
