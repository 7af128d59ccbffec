import { useQuery } from '@tanstack/react-query'
import { listOf, numberOf, textOf } from '../../../src/lang/dashboard/json-value.ts'
import { requestJson } from '../api/client.ts'
import { EmptyState, ErrorState, LoadingState } from '../shell/states.tsx'
import type { PanelProps } from './panel-props.ts'
import styles from './panels.module.css'
import { safeUrl } from './safe-url.ts'

/** One entry of Grafana's `/api/search`. */
interface Found {
  readonly uid: string
  readonly title: string
  readonly url: string
  readonly folderTitle?: string
}

/** A list of dashboards that a search finds. */
export function DashlistPanel({ panel }: PanelProps) {
  const { options } = panel
  const params = new URLSearchParams({
    type: 'dash-db',
    limit: String(numberOf(options['maxItems']) ?? 10),
  })
  const query = textOf(options['query']) ?? ''
  if (query !== '') params.set('query', query)
  for (const tag of listOf(options['tags'])) params.append('tag', textOf(tag) ?? '')
  if (options['showSearch'] !== true && options['showStarred'] === true)
    params.set('starred', 'true')
  const { data, error, refetch } = useQuery({
    queryKey: ['dashlist', params.toString()],
    queryFn: ({ signal }) => requestJson<readonly Found[]>(`/api/search?${params}`, { signal }),
  })
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <LoadingState />
  if (data.length === 0) return <EmptyState title="No dashboards found" />
  return (
    <ul className={styles['boardList']}>
      {data.map((found) => (
        <li key={found.uid}>
          <a href={safeUrl(found.url)}>{found.title}</a>
        </li>
      ))}
    </ul>
  )
}
