import { withBase } from '../api/base-path.ts'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import {
  MOST_COUNTED_LINES,
  type ReadyQueryJson,
  type SpanLogsQueryJson,
} from '../../../src/contract/correlate.ts'
import { spanLogs, spanMetrics } from '../api/correlate.ts'
import styles from './span-detail.module.css'

export interface SpanJumpsProps {
  readonly traceId: string
  readonly spanId: string
}

/** Who goes from span to span by keys does not ask for each of them. */
const PAUSE_MS = 300

/** From a span to its log lines and to the metrics of its service. */
export function SpanJumps({ traceId, spanId }: SpanJumpsProps) {
  const [settled] = useDebouncedValue(spanId, PAUSE_MS)
  const isSettled = settled === spanId
  const options = { enabled: isSettled, retry: false, staleTime: 30_000, gcTime: 300_000 } as const
  const logs = useQuery({
    queryKey: ['span-logs', traceId, spanId],
    queryFn: ({ signal }) => spanLogs(traceId, spanId, signal),
    ...options,
  })
  const metrics = useQuery({
    queryKey: ['span-metrics', traceId, spanId],
    queryFn: ({ signal }) => spanMetrics(traceId, spanId, signal),
    ...options,
  })
  return (
    <section aria-label="Elsewhere">
      <h3>Elsewhere</h3>
      <dl className={styles['facts']}>
        <dt>Logs</dt>
        <dd>
          <Jumps
            isPending={logs.isPending}
            error={logs.error}
            queries={logs.data?.queries.filter(({ lines }) => lines > 0)}
            none="No line names it."
            note={(query) => lineCount(query)}
          />
        </dd>
        <dt>Metrics</dt>
        <dd>
          <Jumps
            isPending={metrics.isPending}
            error={metrics.error}
            queries={metrics.data?.queries}
            none="There are no metrics of its service."
            note={() => ''}
          />
        </dd>
      </dl>
    </section>
  )
}

function lineCount({ lines }: SpanLogsQueryJson): string {
  const more = lines >= MOST_COUNTED_LINES ? '+' : ''
  return ` (${lines}${more})`
}

interface JumpsProps<T extends ReadyQueryJson> {
  readonly isPending: boolean
  readonly error: Error | null
  readonly queries: readonly T[] | undefined
  readonly none: string
  readonly note: (query: T) => string
}

function Jumps<T extends ReadyQueryJson>(props: JumpsProps<T>): ReactNode {
  const { isPending, error, queries = [], none, note } = props
  if (error !== null) return <span className={styles['dim']}>{error.message}</span>
  if (isPending) return <span className={styles['dim']}>Looking</span>
  if (queries.length === 0) return <span className={styles['dim']}>{none}</span>
  return (
    <ul className={styles['jumps']}>
      {queries.map((query) => (
        <li key={query.link}>
          <OwnLink link={query.link} title={query.query}>
            {query.title}
            {note(query)}
          </OwnLink>
        </li>
      ))}
    </ul>
  )
}

/** An address of the web UI that the server made: followed without reading the page anew. */
function OwnLink(props: {
  readonly link: string
  readonly title: string
  readonly children: ReactNode
}) {
  const { history } = useRouter()
  // Whatever a server says, only a place of our own is followed.
  const link = withBase(/^\/(?!\/)/.test(props.link) ? props.link : '/')
  return (
    <a
      href={link}
      title={props.title}
      className={styles['link']}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        history.push(link)
      }}
    >
      {props.children}
    </a>
  )
}
