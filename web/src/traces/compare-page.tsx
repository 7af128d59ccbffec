import { Button, Switch } from '@mantine/core'
import { IconArrowsExchange } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { tracePath } from '../api/trace-series.ts'
import { formatValue } from '../format/format-value.ts'
import { textOf, type Search } from '../shell/keep-time.ts'
import { Card, Page } from '../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../shell/states.tsx'
import { TextLink } from '../shell/text-link.tsx'
import { formatDateTime } from '../time/format-time.ts'
import { useTime } from '../time/time-context.tsx'
import { compareTraces } from './compare-traces.ts'
import { ComparedTree } from './compared-tree.tsx'
import styles from './compare.module.css'
import { readTraceId } from './trace-id.ts'
import { serviceOf, type Trace } from './trace-model.ts'
import { useTrace, type TraceState } from './use-trace.ts'

/** Two traces beside each other: which spans only one of them has, and which take longer. */
export function ComparePage() {
  const search = useSearch({ from: '__root__' })
  const navigate = useNavigate()
  const idOf = (side: string): string => readTraceId(textOf(search, side) ?? '') ?? ''
  const [leftId, rightId] = [idOf('left'), idOf('right')]
  const [left, right] = [useTrace(leftId), useTrace(rightId)]
  const swap = (): void =>
    void navigate({
      to: '.',
      search: (now: Search) => ({ ...now, left: rightId, right: leftId }),
    })
  return (
    <Page
      title="Compare traces"
      actions={
        <Button variant="default" leftSection={<IconArrowsExchange size={15} />} onClick={swap}>
          Swap
        </Button>
      }
    >
      {leftId === '' || rightId === '' ? (
        <Card>
          <EmptyState title="Two traces are compared">
            Choose two in the list of <TextLink to="/traces">traces</TextLink>.
          </EmptyState>
        </Card>
      ) : (
        <>
          <div className={styles['sides']}>
            <Side name="Left" state={left} />
            <Side name="Right" state={right} />
          </div>
          {left.trace && right.trace && <Differences left={left.trace} right={right.trace} />}
        </>
      )}
    </Page>
  )
}

function Side({ name, state }: { readonly name: string; readonly state: TraceState }) {
  const { zone } = useTime()
  const { trace, error, refetch } = state
  if (trace === undefined) {
    return (
      <Card title={name}>
        {error === null ? (
          <LoadingState label="Reading the trace" />
        ) : (
          <ErrorState error={error} onRetry={refetch} />
        )}
      </Card>
    )
  }
  const root = trace.roots[0] ?? 0
  const errors = trace.isError.reduce((sum, one) => sum + one, 0)
  return (
    <Card title={name}>
      <p className={styles['title']}>
        <span className={styles['dim']}>{serviceOf(trace, root)}</span>{' '}
        <TextLink to={tracePath(trace.traceId)}>
          {trace.names[root] === '' ? trace.traceId : trace.names[root]}
        </TextLink>
      </p>
      <ul className={styles['figures']}>
        <li>
          <b>{formatValue(trace.durationNs / 1e9, 'seconds')}</b>
        </li>
        <li>{formatValue(trace.length, 'count')} spans</li>
        {errors > 0 && <li className={styles['bad']}>{formatValue(errors, 'count')} failed</li>}
        <li className={styles['dim']}>
          {formatDateTime(Number(trace.startNs / 1_000_000n), zone)}
        </li>
      </ul>
    </Card>
  )
}

function Differences({ left, right }: { readonly left: Trace; readonly right: Trace }) {
  const [isBrief, setBrief] = useState(false)
  const nodes = useMemo(() => compareTraces(left, right), [left, right])
  const shown = useMemo(
    () => (isBrief ? nodes.filter(({ verdict }) => verdict !== 'same') : nodes),
    [nodes, isBrief],
  )
  const differing = nodes.filter(({ verdict }) => verdict !== 'same').length
  return (
    <Card
      isFlush
      title={
        <span role="status">
          {differing === 0
            ? 'The same spans, which take as long'
            : `${formatValue(differing, 'count')} of ${formatValue(nodes.length, 'count')} places differ`}
        </span>
      }
      actions={
        <Switch
          size="xs"
          label="Only differences"
          checked={isBrief}
          onChange={({ currentTarget }) => setBrief(currentTarget.checked)}
        />
      }
    >
      {shown.length === 0 ? <EmptyState title="Nothing differs" /> : <ComparedTree nodes={shown} />}
    </Card>
  )
}
