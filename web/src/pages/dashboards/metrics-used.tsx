import { Badge, Modal, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { readDashboard } from '../../../../src/lang/dashboard/read-dashboard.ts'
import { describeForSearch } from '../../../../src/lang/dashboard/search-info.ts'
import { requestJson } from '../../api/client.ts'
import { labelValues } from '../../api/prometheus.ts'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { TextLink } from '../../shell/text-link.tsx'
import type { DashboardHit } from './dashboard-api.ts'
import styles from './dashboards.module.css'

interface MetricsUsedProps {
  readonly hit: DashboardHit
  readonly onClose: () => void
}

/** Which metrics the queries of a dashboard read, those first that are not here. */
export function MetricsUsed({ hit, onClose }: MetricsUsedProps) {
  const { data, error, refetch } = useQuery({
    queryKey: ['dashboards', 'metrics', hit.uid],
    queryFn: ({ signal }) => findMetrics(hit.uid, signal),
  })
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Metrics of ${hit.title}`}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <LoadingState />
      ) : (
        <Found metrics={data} />
      )}
    </Modal>
  )
}

interface UsedMetric {
  readonly name: string
  readonly isHere: boolean
}

function Found({ metrics }: { readonly metrics: readonly UsedMetric[] }) {
  const missing = metrics.filter((one) => !one.isHere).length
  if (metrics.length === 0)
    return <EmptyState title="No metrics">Its queries name none, or it has none.</EmptyState>
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {metrics.length} metrics
        {missing > 0 ? `, ${missing} of which nothing here has sent.` : ', all of which are here.'}
      </Text>
      <ul className={styles['metrics']} aria-label="Metrics">
        {metrics.map(({ name, isHere }) => (
          <li key={name}>
            {isHere ? (
              <TextLink to="/explore" search={{ q: name }}>
                {name}
              </TextLink>
            ) : (
              <>
                <span>{name}</span>
                <Badge size="xs" variant="light" color="yellow">
                  not here
                </Badge>
              </>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}

async function findMetrics(uid: string, signal: AbortSignal): Promise<UsedMetric[]> {
  const [answer, names] = await Promise.all([
    requestJson<unknown>(`/api/dashboards/uid/${encodeURIComponent(uid)}`, { signal }),
    labelValues('__name__', { signal }),
  ])
  const here = new Set(names)
  const { metrics } = describeForSearch(readDashboard(answer).dashboard)
  return metrics
    .map((name) => ({ name, isHere: here.has(name) }))
    .toSorted((a, b) => Number(a.isHere) - Number(b.isHere))
}
