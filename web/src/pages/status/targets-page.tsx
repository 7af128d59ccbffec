import { SegmentedControl, Text, TextInput } from '@mantine/core'
import { IconCircleCheck, IconCircleX, IconHelpCircle, IconSearch } from '@tabler/icons-react'
import { useDeferredValue, useState } from 'react'
import type {
  ActiveTargetJson,
  TargetHealth,
  TargetsJson,
} from '../../../../src/contract/prometheus.ts'
import { useTargets } from '../../api/use-status.ts'
import { formatValue } from '../../format/format-value.ts'
import { Card } from '../../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { formatAgo } from '../../time/format-time.ts'
import { filterTargets, type Pool, type TargetFilter } from './filter-targets.ts'
import { LabelList } from './label-list.tsx'
import { StatusFrame } from './status-frame.tsx'
import styles from './status.module.css'

/** What is scraped, and how it went the last time. */
export function TargetsPage() {
  const { data, error, refetch, dataUpdatedAt } = useTargets()
  return (
    <StatusFrame title="Targets">
      {error !== null && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && error === null && <LoadingState />}
      {data && <Targets data={data} nowMs={dataUpdatedAt} />}
    </StatusFrame>
  )
}

const CHOICES: readonly { readonly value: TargetFilter['health']; readonly label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'up', label: 'Up' },
  { value: 'down', label: 'Down' },
  { value: 'unknown', label: 'Not yet' },
]

function Targets({ data, nowMs }: { readonly data: TargetsJson; readonly nowMs: number }) {
  const [text, setText] = useState('')
  const [health, setHealth] = useState<TargetFilter['health']>('all')
  const pools = filterTargets(data.activeTargets, { text: useDeferredValue(text), health })
  const dropped = Object.values(data.droppedTargetCounts ?? {}).reduce((sum, n) => sum + n, 0)
  return (
    <>
      <div className={styles['filters']}>
        <TextInput
          className={styles['search'] ?? ''}
          aria-label="Filter targets"
          placeholder="Label, address or fault"
          leftSection={<IconSearch size={15} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <SegmentedControl
          aria-label="Health"
          data={[...CHOICES]}
          value={health}
          onChange={setHealth}
        />
        <Text size="sm" c="dimmed">
          {data.activeTargets.length} targets
          {dropped > 0 && `, ${dropped} dropped by relabelling`}
        </Text>
      </div>
      {pools.map((pool) => (
        <PoolCard key={pool.name} pool={pool} nowMs={nowMs} />
      ))}
      {pools.length === 0 && (
        <Card>
          <EmptyState
            title={data.activeTargets.length === 0 ? 'Nothing is scraped' : 'No target like that'}
          >
            {data.activeTargets.length === 0 &&
              'Name targets under scrape_configs of the configuration.'}
          </EmptyState>
        </Card>
      )}
    </>
  )
}

function PoolCard({ pool, nowMs }: { readonly pool: Pool; readonly nowMs: number }) {
  return (
    <Card
      isFlush
      title={
        <span className={styles['poolHead']}>
          {pool.name}
          <span className={styles['state']} data-state={pool.up === pool.total ? 'up' : 'down'}>
            {pool.up} of {pool.total} up
          </span>
        </span>
      }
    >
      {/* Wide on a phone: it scrolls sideways, by keyboard too. */}
      <div className={styles['scroll']} role="region" aria-label={pool.name} tabIndex={0}>
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col" className={styles['narrow']}>
                State
              </th>
              <th scope="col">Address and labels</th>
              <th scope="col" className={styles['narrow']}>
                Last scrape
              </th>
              <th scope="col" className={styles['narrow']} data-number>
                Took
              </th>
              <th scope="col" className={styles['narrow']} data-number>
                Every
              </th>
            </tr>
          </thead>
          <tbody>
            {pool.targets.map((target) => (
              <TargetRow
                key={`${target.scrapeUrl} ${JSON.stringify(target.labels)}`}
                target={target}
                nowMs={nowMs}
              />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

const STATES: Readonly<Record<TargetHealth, { name: string; icon: typeof IconCircleCheck }>> = {
  up: { name: 'Up', icon: IconCircleCheck },
  down: { name: 'Down', icon: IconCircleX },
  unknown: { name: 'Not yet', icon: IconHelpCircle },
}

interface TargetRowProps {
  readonly target: ActiveTargetJson
  readonly nowMs: number
}

function TargetRow({ target, nowMs }: TargetRowProps) {
  const { name, icon: Icon } = STATES[target.health]
  const lastMs = Date.parse(target.lastScrape)
  return (
    <tr>
      <td>
        <span className={styles['state']} data-state={target.health}>
          <Icon size={16} aria-hidden />
          {name}
        </span>
      </td>
      <td>
        <div className={styles['url']}>{target.scrapeUrl}</div>
        <LabelList labels={target.labels} />
        {target.lastError !== '' && <div className={styles['fault']}>{target.lastError}</div>}
      </td>
      <td className={styles['nowrap']}>{lastMs > 0 ? formatAgo(lastMs, nowMs) : 'never'}</td>
      <td data-number>{lastMs > 0 ? formatValue(target.lastScrapeDuration, 'seconds') : '–'}</td>
      <td data-number>{target.scrapeInterval}</td>
    </tr>
  )
}
