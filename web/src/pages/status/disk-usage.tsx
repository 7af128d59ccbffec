import { Progress } from '@mantine/core'
import type { DiskJson, DiskSignalJson } from '../../../../src/contract/disk.ts'
import { formatValue } from '../../format/format-value.ts'
import { Card } from '../../shell/page.tsx'
import { formatDateTime } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import styles from './status.module.css'

const NAMES = { metrics: 'Metrics', logs: 'Logs', traces: 'Traces' } as const

const MINUTE_MS = 60_000

interface DiskUsageProps {
  readonly usage: DiskJson
  readonly nowMs: number
}

/** What each signal takes of the disk, how far back it reaches now and will reach, and what was dropped for the budget. */
export function DiskUsage({ usage, nowMs }: DiskUsageProps) {
  const { signals, budgetBytes } = usage
  return (
    <Card title={budgetBytes === null ? 'Disk' : 'Disk budget'}>
      {usage.refusal !== null && <p className={styles['fault']}>{usage.refusal}</p>}
      <UsageFacts usage={usage} nowMs={nowMs} />
      {budgetBytes !== null && (
        <Progress
          mt="sm"
          value={(usage.usedBytes / budgetBytes) * 100}
          color={usage.refusal === null ? 'accent' : 'red'}
          aria-label={`Disk budget: ${formatValue(usage.usedBytes / budgetBytes, 'percent')} used`}
        />
      )}
      <div className={styles['scroll']} role="region" aria-label="Disk by signal" tabIndex={0}>
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">Of</th>
              <th scope="col">On the disk</th>
              {budgetBytes !== null && <th scope="col">Share</th>}
              <th scope="col">A day</th>
              <th scope="col">Reaches back</th>
              <th scope="col">Will reach back</th>
              {budgetBytes !== null && <th scope="col">Dropped</th>}
            </tr>
          </thead>
          <tbody>
            {signals.map((signal) => (
              <SignalRow
                key={signal.signal}
                of={signal}
                nowMs={nowMs}
                hasBudget={budgetBytes !== null}
              />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}

function UsageFacts({ usage, nowMs }: DiskUsageProps) {
  const { zone } = useTime()
  const { usedBytes, budgetBytes, otherBytes, passingBytes, heldBytes, fullAtMs, fullIs } = usage
  return (
    <dl className={styles['facts']}>
      <dt>Data directory</dt>
      <dd>
        {formatValue(usedBytes, 'bytes')}
        {budgetBytes !== null && ` of ${formatValue(budgetBytes, 'bytes')}`}
      </dd>
      <dt>Not data</dt>
      <dd>
        {formatValue(otherBytes, 'bytes')}, merges {formatValue(passingBytes, 'bytes')}
        {heldBytes > 0 && `, held by a backup ${formatValue(heldBytes, 'bytes')}`}
      </dd>
      <dt>Full</dt>
      <dd>
        {fullAtMs === null
          ? 'not as long as it grows like this'
          : fullAtMs <= nowMs
            ? fullIs === 'budget'
              ? 'now: the oldest goes as new data comes'
              : 'the disk is full'
            : `${fullIs === 'disk' ? 'the disk, ' : ''}${formatDateTime(Math.round(fullAtMs / MINUTE_MS) * MINUTE_MS, zone)}`}
      </dd>
    </dl>
  )
}

interface SignalRowProps {
  readonly of: DiskSignalJson
  readonly nowMs: number
  readonly hasBudget: boolean
}

function SignalRow({ of, nowMs, hasBudget }: SignalRowProps) {
  const span = (ms: number | null): string =>
    ms === null ? '–' : formatValue(ms / 1000, 'seconds')
  return (
    <tr>
      <td>{NAMES[of.signal]}</td>
      <td>{formatValue(of.bytes, 'bytes')}</td>
      {hasBudget && <td>{of.share === null ? '–' : formatValue(of.share, 'percent')}</td>}
      <td>{formatValue(of.bytesPerSecond * 86_400, 'bytes')}</td>
      <td>{span(of.oldestMs === null ? null : nowMs - of.oldestMs)}</td>
      <td>{span(of.reachMs)}</td>
      {hasBudget && <td>{formatValue(of.droppedBytes, 'bytes')}</td>}
    </tr>
  )
}
