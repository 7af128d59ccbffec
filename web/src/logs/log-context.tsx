import { Button, Modal } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { queryLines } from '../api/loki.ts'
import { ErrorState, LoadingState } from '../shell/states.tsx'
import { useTime } from '../time/time-context.tsx'
import { printSelector } from './edit-query.ts'
import { shiftNs, toLines, type LogLine } from './log-line.ts'
import { LogLines, type LinesLook } from './log-lines.tsx'
import styles from './logs.module.css'

export interface LogContextProps {
  readonly line: LogLine
  readonly look: LinesLook
  readonly onClose: () => void
}

const FIRST_LINES = 30
const MORE_LINES = 100
/** How far from the line others are looked for. */
const REACH_NS = 7n * 86_400_000_000_000n

/** The lines of the same stream before and after one, whatever the query lets through. */
export function LogContext({ line, look, onClose }: LogContextProps) {
  const { zone } = useTime()
  const [before, setBefore] = useState(FIRST_LINES)
  const [after, setAfter] = useState(FIRST_LINES)
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ['log-context', line.id, before, after],
    queryFn: ({ signal }) => readAround(line, before, after, signal),
    placeholderData: keepPreviousData,
    retry: false,
    structuralSharing: false,
  })
  return (
    <Modal opened onClose={onClose} size="90rem" title="Lines around it" centered>
      <p className={styles['contextOf']}>{selectorOf(line)}</p>
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <LoadingState />}
      {data && (
        <>
          <Button
            variant="default"
            loading={isFetching}
            onClick={() => setBefore(before + MORE_LINES)}
          >
            Earlier lines
          </Button>
          <div className={styles['context']}>
            <LogLines
              label="Lines around it"
              lines={data}
              zone={zone}
              look={{ ...look, labels: 'none' }}
              current={currentOf(data, line)}
            />
          </div>
          <Button
            variant="default"
            loading={isFetching}
            onClick={() => setAfter(after + MORE_LINES)}
          >
            Later lines
          </Button>
        </>
      )}
    </Modal>
  )
}

function selectorOf({ stream }: LogLine): string {
  return printSelector(
    Object.entries(stream).map(([name, value]) => ({ name, op: '=', value }) as const),
  )
}

/** Oldest first, the line among them. */
async function readAround(
  line: LogLine,
  before: number,
  after: number,
  signal: AbortSignal,
): Promise<readonly LogLine[]> {
  const { timestampNs } = line
  const query = selectorOf(line)
  const [earlier, later] = await Promise.all([
    queryLines({
      ...{ query, signal, limit: before, direction: 'backward', endNs: timestampNs },
      startNs: shiftNs(timestampNs, -REACH_NS),
    }),
    queryLines({
      ...{ query, signal, limit: after + 1, direction: 'forward', startNs: timestampNs },
      endNs: shiftNs(timestampNs, REACH_NS),
    }),
  ])
  const streams = [earlier.data, later.data].flatMap((data) =>
    data.resultType === 'streams' ? data.result : [],
  )
  return toLines(streams, 'oldest-first')
}

/** The query may have changed the text of the line; then its time tells. */
function currentOf(lines: readonly LogLine[], { timestampNs, text }: LogLine): string {
  const same = lines.filter((one) => one.timestampNs === timestampNs)
  return (same.find((one) => one.text === text) ?? same[0])?.id ?? ''
}
