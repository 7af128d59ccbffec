import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { searchTraces } from '../api/tempo.ts'
import { formatValue } from '../format/format-value.ts'
import { Card } from '../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../shell/states.tsx'
import { useTime } from '../time/time-context.tsx'
import { FoundTraces } from '../traces/found-traces.tsx'
import styles from './explore.module.css'

export interface ExploredTracesProps {
  readonly query: string
  /** Behind the heading: which query it is, where there are several. */
  readonly name: string
}

const MOST_TRACES = 100

/** The newest traces in which a query finds something. */
export function ExploredTraces({ query, name }: ExploredTracesProps) {
  const { resolved, zone } = useTime()
  const { data, error, refetch } = useQuery({
    queryKey: ['explore', 'traces', query, resolved.fromMs, resolved.toMs],
    queryFn: async ({ signal }) => {
      const startedMs = performance.now()
      const { traces, metrics } = await searchTraces({
        ...{ query, signal },
        range: resolved,
        limit: MOST_TRACES,
      })
      return { traces, metrics, tookMs: performance.now() - startedMs }
    },
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 60_000,
  })
  return (
    <Card
      isFlush
      title={`Traces${name}`}
      actions={
        data && (
          <span className={styles['cost']} role="status">
            {formatValue(data.traces.length, 'count')}
            {data.traces.length >= MOST_TRACES ? ' traces, the newest' : ' traces'},{' '}
            {formatValue(Number(data.metrics.inspectedSpans), 'count')} spans read,{' '}
            {formatValue(data.tookMs / 1000, 'seconds')}
          </span>
        )
      }
    >
      {error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <LoadingState label="Searching" />
      ) : data.traces.length === 0 ? (
        <EmptyState title="No traces">
          No span of the time range is what the query asks for.
        </EmptyState>
      ) : (
        <FoundTraces label={`Traces${name}`} traces={data.traces} zone={zone} />
      )}
    </Card>
  )
}
