import { Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { searchTraces } from '../api/tempo.ts'
import { gridFor } from '../api/chart-data-of.ts'
import { useChart } from '../api/use-chart.ts'
import { ChartCard } from '../charts/chart-card.tsx'
import type { ChartOptions } from '../charts/chart-options.ts'
import { formatValue, type Unit } from '../format/format-value.ts'
import { Card } from '../shell/page.tsx'
import { ErrorState, LoadingState } from '../shell/states.tsx'
import { TextLink } from '../shell/text-link.tsx'
import { useTime } from '../time/time-context.tsx'
import { FoundTraces } from '../traces/found-traces.tsx'
import { KIND_NAMES } from './graph-of-services.ts'
import type { ServiceEdge, ServiceGraph, ServiceNode } from './service-graph.ts'
import { queriesOf, type ServiceQueries } from './service-queries.ts'
import styles from './services.module.css'

export interface ServiceDrawerProps {
  readonly service: ServiceNode
  readonly graph: ServiceGraph
  readonly onClose: () => void
  readonly onSelect: (name: string) => void
}

const CHART_PX = 150
const POINTS = 300
const LEAST_WINDOW_S = 60
const RATE = optionsOf('per second')
const SHARE = optionsOf('percent')
const SECONDS = optionsOf('seconds')

function optionsOf(unit: Unit): ChartOptions {
  const left = { format: (value: number) => formatValue(value, unit), min: 0 }
  return { left, tooltip: { mode: 'all' } }
}

/** Rate, errors and durations of one service, who calls it, whom it calls, its traces and its logs. */
export function ServiceDrawer({ service, graph, onClose, onSelect }: ServiceDrawerProps) {
  const { resolved } = useTime()
  const { stepMs } = gridFor(resolved, { points: POINTS, leastStepMs: 15_000 })
  const queries = queriesOf(service, `${Math.max(LEAST_WINDOW_S, (2 * stepMs) / 1000)}s`)
  const { name, kind } = service
  const kindName = KIND_NAMES[kind]
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="xl"
      title={kindName === '' ? name : `${name} (${kindName})`}
    >
      <nav className={styles['jumps']} aria-label={`Of ${name}`}>
        <TextLink to="/traces" search={{ q: queries.traces }}>
          Traces
        </TextLink>
        <TextLink to="/traces" search={{ q: queries.failedTraces }}>
          Failed traces
        </TextLink>
        {queries.logs !== undefined && (
          <TextLink to="/logs" search={{ q: queries.logs }}>
            Logs
          </TextLink>
        )}
        <TextLink to="/explore" search={{ q: queries.rate.map(({ expr }) => expr) }}>
          Metrics
        </TextLink>
      </nav>
      <div className={styles['drawer']}>
        <ServiceCharts queries={queries} />
        <Neighbours
          title="Called by"
          edges={graph.edges.filter(({ server }) => server === name)}
          nameOf={({ client }) => client}
          onSelect={onSelect}
        />
        <Neighbours
          title="Calls"
          edges={graph.edges.filter(({ client }) => client === name)}
          nameOf={({ server }) => server}
          onSelect={onSelect}
        />
        <FailedTraces query={queries.failedTraces} />
      </div>
    </Drawer>
  )
}

function ServiceCharts({ queries }: { readonly queries: ServiceQueries }) {
  const rate = useChart(queries.rate)
  const errors = useChart(queries.errors)
  const duration = useChart(queries.duration)
  const plain = { legend: false, heightPx: CHART_PX } as const
  return (
    <>
      <ChartCard title="Requests" chart={rate} options={RATE} {...plain} />
      <ChartCard title="Failed" chart={errors} options={SHARE} {...plain} />
      <ChartCard title="Durations" chart={duration} options={SECONDS} heightPx={CHART_PX + 40} />
    </>
  )
}

interface NeighboursProps {
  readonly title: string
  readonly edges: readonly ServiceEdge[]
  readonly nameOf: (edge: ServiceEdge) => string
  readonly onSelect: (name: string) => void
}

function Neighbours({ title, edges, nameOf, onSelect }: NeighboursProps) {
  if (edges.length === 0) return null
  return (
    <Card title={title}>
      <ul className={styles['neighbours']}>
        {edges
          .toSorted((a, b) => b.rate - a.rate)
          .map((edge) => (
            <li key={nameOf(edge)}>
              <button
                type="button"
                className={styles['name']}
                onClick={() => onSelect(nameOf(edge))}
              >
                {nameOf(edge)}
              </button>
              <span className={styles['kind']}>
                {formatValue(edge.rate, 'per second')}
                {edge.errorShare > 0 && `, ${formatValue(edge.errorShare, 'percent')} failed`}
              </span>
            </li>
          ))}
      </ul>
    </Card>
  )
}

const MOST_TRACES = 5

function FailedTraces({ query }: { readonly query: string }) {
  const { resolved, zone } = useTime()
  const { data, error } = useQuery({
    queryKey: ['service', 'failed', query, resolved.fromMs, resolved.toMs],
    queryFn: ({ signal }) => searchTraces({ query, range: resolved, limit: MOST_TRACES, signal }),
    retry: false,
  })
  return (
    <Card title="Newest failed traces" isFlush={(data?.traces.length ?? 0) > 0}>
      {error !== null ? (
        <ErrorState error={error} />
      ) : data === undefined ? (
        <LoadingState />
      ) : data.traces.length === 0 ? (
        <p className={styles['kind']}>None in this time range.</p>
      ) : (
        <FoundTraces label="Failed traces" traces={data.traces} zone={zone} />
      )}
    </Card>
  )
}
