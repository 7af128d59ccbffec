import type { SlowQueriesJson, SlowQueryJson } from '../../../../src/contract/slow-queries.ts'
import { useSlowQueries } from '../../api/use-status.ts'
import { formatValue } from '../../format/format-value.ts'
import { Card } from '../../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { TextLink } from '../../shell/text-link.tsx'
import { formatAgo, formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import { languageOf } from './slow-query-link.ts'
import { StatusFrame } from './status-frame.tsx'
import styles from './status.module.css'

/** The queries of late that took long: what was asked, who asked, and where the time went. */
export function QueriesPage() {
  const { data, error, refetch, dataUpdatedAt } = useSlowQueries()
  return (
    <StatusFrame title="Slow queries">
      <Card isFlush>
        {error !== null && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
        {!data && error === null && <LoadingState />}
        {data?.queries.length === 0 && (
          <EmptyState title="No query was slow since the start">
            {`Queries of ${inSeconds(data)} and longer are listed here, the newest hundred of them; telemetry.traces.slow_query changes that.`}
          </EmptyState>
        )}
        {data && data.queries.length > 0 && <QueryTable data={data} nowMs={dataUpdatedAt} />}
      </Card>
    </StatusFrame>
  )
}

function inSeconds({ slowMs }: SlowQueriesJson): string {
  return formatValue(slowMs / 1000, 'seconds')
}

function QueryTable({ data, nowMs }: { readonly data: SlowQueriesJson; readonly nowMs: number }) {
  return (
    <div className={styles['scroll']} role="region" aria-label="Slow queries" tabIndex={0}>
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col" className={styles['narrow']}>
              When
            </th>
            <th scope="col" className={styles['narrow']} data-number>
              Took
            </th>
            <th scope="col">{`Query (of ${inSeconds(data)} and longer)`}</th>
            <th scope="col" className={styles['narrow']}>
              Who
            </th>
            <th scope="col" className={styles['narrow']}>
              Trace
            </th>
          </tr>
        </thead>
        <tbody>
          {data.queries.map((query) => (
            <QueryRow key={query.traceId} query={query} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function QueryRow({ query, nowMs }: { readonly query: SlowQueryJson; readonly nowMs: number }) {
  const { zone } = useTime()
  const { atMs, durationMs, request, status, asker, traceId } = query
  return (
    <tr>
      <td className={styles['nowrap']} title={formatWhen(atMs, zone)}>
        {formatAgo(atMs, nowMs)}
      </td>
      <td data-number>{formatValue(durationMs / 1000, 'seconds')}</td>
      <td className={styles['url']}>
        {query.query !== '' && (
          <TextLink to="/explore" search={{ q: query.query, lang: languageOf(request) }}>
            <code>{query.query}</code>
          </TextLink>
        )}
        <div className={styles['asked']}>
          {request}
          {status >= 400 && <span className={styles['fault']}>, answered with {status}</span>}
        </div>
      </td>
      <td>{asker === '' ? '–' : asker}</td>
      <td className={styles['nowrap']}>
        <TextLink to={`/traces/${traceId}`}>{traceId.slice(0, 8)}…</TextLink>
      </td>
    </tr>
  )
}
