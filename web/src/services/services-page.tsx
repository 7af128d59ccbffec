import { SegmentedControl, TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useMemo } from 'react'
import { formatValue } from '../format/format-value.ts'
import type { Search } from '../shell/keep-time.ts'
import { Card, Page } from '../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../shell/states.tsx'
import { TextLink } from '../shell/text-link.tsx'
import { TimePicker } from '../time/time-picker.tsx'
import { graphOfServices } from './graph-of-services.ts'
import { findServices, orderServices, partAround } from './order-services.ts'
import type { ServiceGraph } from './service-graph.ts'
import { ServiceTable } from './service-table.tsx'
import { readState, writeState, type ServicesState, type ServicesView } from './services-state.ts'
import styles from './services.module.css'
import { useServiceGraph } from './use-service-graph.ts'

/** It brings the layout of graphs with it. */
const GraphView = lazy(async () => {
  const { GraphView: loaded } = await import('../graph/graph-view.tsx')
  return { default: loaded }
})

/** Charts are needed only where somebody looks at one service. */
const ServiceDrawer = lazy(async () => {
  const { ServiceDrawer: loaded } = await import('./service-drawer.tsx')
  return { default: loaded }
})

/** Who calls whom, how often, how fast and how much of it fails: as a map, or as a list. */
export function ServicesPage() {
  const state = readState(useSearch({ from: '__root__' }))
  const navigate = useNavigate()
  const change = (next: Partial<ServicesState>, replace = false): void =>
    void navigate({ to: '.', search: (now: Search) => writeState(now, next), replace })
  const { graph, error, refetch } = useServiceGraph()
  const isNarrow = useMediaQuery('(max-width: 40em)', false, { getInitialValueInEffect: false })
  const view = state.view ?? (isNarrow ? 'list' : 'map')
  const selected = graph?.nodes.find(({ name }) => name === state.service)
  return (
    <Page title="Services" actions={<TimePicker />}>
      <Card isFlush className={styles['card']}>
        {graph === undefined ? (
          error === null ? (
            <LoadingState label="Asking" />
          ) : (
            <ErrorState error={error} onRetry={refetch} />
          )
        ) : graph.nodes.length === 0 ? (
          <NoServices />
        ) : (
          <>
            <Toolbar {...{ graph, state, view, change }} />
            <Services {...{ graph, state, view, change }} />
          </>
        )}
      </Card>
      {graph && selected && (
        <Suspense>
          <ServiceDrawer
            key={selected.name}
            service={selected}
            graph={graph}
            onClose={() => change({ service: undefined })}
            onSelect={(service) => change({ service })}
          />
        </Suspense>
      )}
    </Page>
  )
}

function NoServices() {
  return (
    <EmptyState title="No calls between services in this time range">
      The map is made of spans: of a client span of one service and the server span of another that
      it led to, within a minute of their coming. Send spans to port 4317 (gRPC) or 4318 (HTTP);
      what has come is on the page <TextLink to="/traces">Traces</TextLink>.
    </EmptyState>
  )
}

interface PartProps {
  readonly graph: ServiceGraph
  readonly state: ServicesState
  readonly view: ServicesView
  readonly change: (next: Partial<ServicesState>, replace?: boolean) => void
}

function Toolbar({ graph, state, view, change }: PartProps) {
  const found = findServices(graph, state.wanted).length
  return (
    <div className={styles['toolbar']}>
      <TextInput
        aria-label="Find services"
        placeholder="Find services"
        leftSection={<IconSearch size={15} />}
        value={state.wanted}
        onChange={(event) => change({ wanted: event.currentTarget.value }, true)}
      />
      <SegmentedControl
        aria-label="View"
        data={[
          { value: 'map', label: 'Map' },
          { value: 'list', label: 'List' },
        ]}
        value={view}
        onChange={(chosen) => change({ view: chosen })}
      />
      <span className={styles['kind']} role="status">
        {state.wanted === '' ? '' : `${found} of `}
        {formatValue(graph.nodes.length, 'count')} services,{' '}
        {formatValue(graph.edges.length, 'count')} connections
      </span>
    </div>
  )
}

function Services({ graph, state, view, change }: PartProps) {
  const { wanted, order, service } = state
  const found = useMemo(() => findServices(graph, wanted), [graph, wanted])
  const drawn = useMemo(
    () => graphOfServices(wanted.trim() === '' ? graph : partAround(graph, found)),
    [graph, wanted, found],
  )
  if (found.length === 0) return <EmptyState title="No service of that name" />
  if (view === 'list') {
    return (
      <ServiceTable
        services={orderServices(found, order)}
        order={order}
        onOrder={(next) => change({ order: next }, true)}
        onSelect={(name) => change({ service: name })}
      />
    )
  }
  return (
    <div className={styles['map']}>
      <Suspense fallback={<LoadingState />}>
        <GraphView
          graph={drawn}
          label="Map of services"
          selected={service}
          onSelect={(name) => change({ service: name })}
        />
      </Suspense>
    </div>
  )
}
