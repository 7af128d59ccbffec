import { Drawer, TextInput } from '@mantine/core'
import { IconArrowUp, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef, useState } from 'react'
import type { MetadataEntryJson } from '../../../src/contract/prometheus.ts'
import { chartDataOf, gridFor } from '../api/chart-data-of.ts'
import { queryRange } from '../api/prometheus.ts'
import { Sparkline } from '../charts/sparkline.tsx'
import {
  describeMetric,
  metricMetadata,
  metricNames,
  selectorOf,
} from '../editor/promql/catalog.ts'
import { ErrorState, LoadingState } from '../shell/states.tsx'
import { useTime } from '../time/time-context.tsx'
import styles from './explore.module.css'
import { matchNames, nextPrefixes } from './prefix-tree.ts'

export interface MetricsDrawerProps {
  readonly onClose: () => void
  readonly onPick: (query: string) => void
}

/** Every metric by name, with what it is and how it went. */
export function MetricsDrawer({ onClose, onPick }: MetricsDrawerProps) {
  const { data, error } = useQuery({
    queryKey: ['metric-browser'],
    queryFn: async () => ({ names: await metricNames(), metadata: await metricMetadata() }),
  })
  const [search, setSearch] = useState('')
  const pick = (query: string): void => {
    onPick(query)
    onClose()
  }
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title="Metrics">
      <TextInput
        aria-label="Search metrics"
        placeholder="Part of a name"
        data-autofocus
        leftSection={<IconSearch size={15} />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {error !== null && <ErrorState error={error} />}
      {!data && error === null && <LoadingState />}
      {data && (
        <>
          <Prefixes names={data.names} search={search} onChoose={setSearch} />
          <MetricList
            names={matchNames(data.names, search)}
            describe={(name) => describeMetric(name, data.metadata)}
            onPick={pick}
          />
        </>
      )}
    </Drawer>
  )
}

interface PrefixesProps {
  readonly names: readonly string[]
  readonly search: string
  readonly onChoose: (search: string) => void
}

function Prefixes({ names, search, onChoose }: PrefixesProps) {
  const prefix = names.some((name) => name.startsWith(search)) ? search : ''
  const groups = nextPrefixes(names, prefix)
  const parent = /^(.*[_:.])?[^_:.]+[_:.]?$/.exec(search)?.[1] ?? ''
  return (
    <div className={styles['prefixes']}>
      {search !== '' && (
        <button type="button" className={styles['prefix']} onClick={() => onChoose(parent)}>
          <IconArrowUp size={12} aria-hidden /> {parent === '' ? 'all' : parent}
        </button>
      )}
      {groups.map((group) => (
        <button
          key={group.prefix}
          type="button"
          className={styles['prefix']}
          onClick={() => onChoose(group.prefix)}
        >
          {group.prefix} <span>{group.count}</span>
        </button>
      ))}
    </div>
  )
}

interface MetricListProps {
  readonly names: readonly string[]
  readonly describe: (name: string) => MetadataEntryJson | undefined
  readonly onPick: (query: string) => void
}

const ROW_PX = 58

function MetricList({ names, describe, onPick }: MetricListProps) {
  const root = useRef<HTMLDivElement>(null)
  const list = useVirtualizer({
    count: names.length,
    getScrollElement: () => root.current,
    estimateSize: () => ROW_PX,
    overscan: 4,
  })
  return (
    <div ref={root} className={styles['metrics']} role="region" aria-label="Metrics found">
      <div style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map(({ index, start }) => {
          const name = names[index] ?? ''
          const known = describe(name)
          return (
            <button
              key={name}
              type="button"
              className={styles['metric']}
              style={{ transform: `translateY(${start}px)`, top: 0 }}
              title={known?.help}
              onClick={() => onPick(queryFor(name, known?.type))}
            >
              <span>
                <span className={styles['metricName']}>{name}</span>
                <span className={styles['metricHelp']}>
                  {known ? `${known.type} · ${known.help}` : 'nothing is said of it'}
                </span>
              </span>
              <MetricSparkline name={name} isCounter={known?.type === 'counter'} />
            </button>
          )
        })}
      </div>
    </div>
  )
}

/** What a person wants to see of a metric first: of a counter, how fast it counts. */
function queryFor(name: string, type: string | undefined): string {
  const isPlain = /^[a-zA-Z_:][\w:]*$/.test(name)
  const selector = isPlain ? name : selectorOf(name)
  return type === 'counter' ? `rate(${selector}[5m])` : selector
}

const SPARK_POINTS = 40

function MetricSparkline({
  name,
  isCounter,
}: {
  readonly name: string
  readonly isCounter: boolean
}) {
  const { resolved } = useTime()
  const grid = gridFor(resolved, { points: SPARK_POINTS, leastStepMs: 15_000 })
  const { data } = useQuery({
    queryKey: ['spark', name, grid],
    queryFn: async ({ signal }) => {
      const selector = selectorOf(name)
      const expr = isCounter ? `sum(rate(${selector}[5m]))` : `avg(${selector})`
      return chartDataOf(await queryRange({ expr, ...grid, signal }), grid)
    },
    staleTime: 60_000,
    retry: false,
  })
  const values = data?.series[0]?.values
  if (!values) return <span />
  return <Sparkline values={values} label={isCounter ? 'Rate' : 'Mean'} />
}
