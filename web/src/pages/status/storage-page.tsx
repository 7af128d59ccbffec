import { Progress } from '@mantine/core'
import type { MemoryJson } from '../../../../src/contract/memory.ts'
import type { UiStorageJson } from '../../../../src/contract/ui.ts'
import { useChart, type ChartQuery } from '../../api/use-chart.ts'
import { useProgramStatus } from '../../api/use-status.ts'
import { ChartCard } from '../../charts/chart-card.tsx'
import type { ChartOptions } from '../../charts/chart-options.ts'
import { formatValue } from '../../format/format-value.ts'
import { Card } from '../../shell/page.tsx'
import { ErrorState, LoadingState } from '../../shell/states.tsx'
import { formatDate } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import { TimePicker } from '../../time/time-picker.tsx'
import { ArchiveState } from './archive-state.tsx'
import { DiskUsage } from './disk-usage.tsx'
import { StatusFrame } from './status-frame.tsx'
import styles from './status.module.css'

const RATE: readonly ChartQuery[] = [
  {
    expr: 'sum(rate(prometheus_tsdb_head_samples_appended_total[1m]))',
    name: 'samples',
    style: { fillOpacity: 0.14 },
  },
]
const PENDING: readonly ChartQuery[] = [
  { expr: 'sum(vedette_pending_samples)', name: 'waiting', style: { fillOpacity: 0.14 } },
]
const PER_SECOND: ChartOptions = {
  syncKey: 'storage',
  left: { min: 0, format: (value) => formatValue(value, 'per second') },
}
const COUNT: ChartOptions = { syncKey: 'storage', left: { min: 0, softMax: 10 } }

/** How much is kept and for how long, where it is, and what the disk says to that. */
export function StoragePage() {
  const { data, error, refetch } = useProgramStatus()
  const rate = useChart(RATE)
  const pending = useChart(PENDING)
  return (
    <StatusFrame title="Storage" actions={<TimePicker />}>
      {error !== null && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && error === null && <LoadingState />}
      {data && <StorageFacts storage={data.storage} nowMs={data.nowMs} />}
      {data && data.storage.usage !== null && (
        <DiskUsage usage={data.storage.usage} nowMs={data.nowMs} />
      )}
      {data?.storage.usage?.archive !== undefined && (
        <ArchiveState archive={data.storage.usage.archive} />
      )}
      <div className={styles['grid']}>
        <ChartCard title="Samples stored" chart={rate} options={PER_SECOND} legend={false} />
        <ChartCard title="Samples not yet on disk" chart={pending} options={COUNT} legend={false} />
      </div>
    </StatusFrame>
  )
}

interface StorageFactsProps {
  readonly storage: UiStorageJson
  readonly nowMs: number
}

function StorageFacts({ storage, nowMs }: StorageFactsProps) {
  return (
    <div className={styles['grid']}>
      <Card title="What is kept">
        <RetentionFacts storage={storage} nowMs={nowMs} />
      </Card>
      <Card title="Memory and disk">
        <DiskFacts storage={storage} />
      </Card>
    </div>
  )
}

function RetentionFacts({ storage, nowMs }: StorageFactsProps) {
  const { zone } = useTime()
  const { retentionMs, retentionBytes, rules, store, place } = storage
  const oldestMs = store?.oldestMs ?? null
  const fullMs = oldestMs === null ? null : oldestMs + retentionMs
  return (
    <dl className={styles['facts']}>
      <dt>Where</dt>
      <dd>{place}</dd>
      <dt>For</dt>
      <dd>
        {formatValue(retentionMs / 1000, 'seconds')}
        {retentionBytes > 0 && `, at most ${formatValue(retentionBytes, 'bytes')}`}
      </dd>
      {rules.map((rule) => (
        <RuleFact key={rule.match} {...rule} />
      ))}
      <dt>Oldest data</dt>
      <dd>{oldestMs === null ? 'none yet' : `of ${formatDate(oldestMs, zone)}`}</dd>
      <dt>Forecast</dt>
      <dd>
        {fullMs === null || fullMs <= nowMs
          ? 'What is past its retention is dropped day by day.'
          : `Nothing is dropped for its age before ${formatDate(fullMs, zone)}.`}
      </dd>
    </dl>
  )
}

function RuleFact({ match, retentionMs }: UiStorageJson['rules'][number]) {
  return (
    <>
      <dt>
        <code>{match}</code>
      </dt>
      <dd>{formatValue(retentionMs / 1000, 'seconds')}</dd>
    </>
  )
}

function DiskFacts({ storage: { disk, store, memory } }: Pick<StorageFactsProps, 'storage'>) {
  const used = disk === null ? 0 : 1 - disk.freeBytes / disk.totalBytes
  return (
    <>
      <dl className={styles['facts']}>
        <dt>Series</dt>
        <dd>{store === null ? 'the store is starting' : formatValue(store.series, 'count')}</dd>
        {store !== null && (
          <>
            <dt>In memory</dt>
            <dd>
              {formatValue(store.hotSamples, 'count')} samples in{' '}
              {formatValue(store.hotBytes, 'bytes')}
            </dd>
            <dt>Not yet on disk</dt>
            <dd>{formatValue(store.pendingRows, 'count')} samples</dd>
          </>
        )}
        {memory !== null && <MemoryFact memory={memory} />}
        {disk !== null && (
          <>
            <dt>Disk</dt>
            <dd>
              {formatValue(disk.freeBytes, 'bytes')} free of {formatValue(disk.totalBytes, 'bytes')}
            </dd>
          </>
        )}
      </dl>
      {disk !== null && (
        <Progress
          mt="sm"
          value={used * 100}
          color={used > 0.9 ? 'red' : 'accent'}
          aria-label={`Disk: ${formatValue(used, 'percent')} used`}
        />
      )}
    </>
  )
}

const MEMORY_LEVELS = {
  calm: '',
  tight: ' Large queries take turns.',
  over: ' Large queries are refused.',
} as const

function MemoryFact({ memory }: { readonly memory: MemoryJson }) {
  const { residentBytes, budgetBytes, level, shedQueries, postponedPushes } = memory
  if (residentBytes === null) return null
  const isShort = shedQueries > 0 || postponedPushes > 0
  return (
    <>
      <dt>Memory</dt>
      <dd>
        {formatValue(residentBytes, 'bytes')} of {formatValue(budgetBytes, 'bytes')}.
        {MEMORY_LEVELS[level]}
        {isShort &&
          ` Since the start ${formatValue(shedQueries, 'count')} queries were refused or ended and ${formatValue(postponedPushes, 'count')} pushes put off to save memory.`}
      </dd>
    </>
  )
}
