import { IconAlertTriangle } from '@tabler/icons-react'
import type { FoundTraceJson } from '../../../src/contract/tempo.ts'
import { tracePath } from '../api/trace-series.ts'
import { formatValue } from '../format/format-value.ts'
import { TextLink } from '../shell/text-link.tsx'
import { formatDateTime } from '../time/format-time.ts'
import styles from './found-traces.module.css'

export interface FoundTracesProps {
  /** Names the table for who does not see it. */
  readonly label: string
  readonly traces: readonly FoundTraceJson[]
  readonly zone: string
}

/** Traces that a search found, each with a link to its page. */
export function FoundTraces({ label, traces, zone }: FoundTracesProps) {
  const longestMs = Math.max(1, ...traces.map(({ durationMs = 0 }) => durationMs))
  return (
    <div className={styles['scroll']} role="region" aria-label={label} tabIndex={0}>
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col">Trace</th>
            <th scope="col">Start</th>
            <th scope="col" data-number>
              Duration
            </th>
            <th scope="col" data-number>
              Spans
            </th>
            <th scope="col" data-number>
              Found
            </th>
          </tr>
        </thead>
        <tbody>
          {traces.map((trace) => (
            <TraceRow key={trace.traceID} {...{ trace, zone, longestMs }} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface TraceRowProps {
  readonly trace: FoundTraceJson
  readonly zone: string
  readonly longestMs: number
}

function TraceRow({ trace, zone, longestMs }: TraceRowProps) {
  const { traceID, rootServiceName, rootTraceName, startTimeUnixNano, durationMs = 0 } = trace
  const stats = Object.values(trace.serviceStats)
  const spans = stats.reduce((sum, { spanCount }) => sum + spanCount, 0)
  const errors = stats.reduce((sum, { errorCount = 0 }) => sum + errorCount, 0)
  const found = trace.spanSets.reduce((sum, { matched }) => sum + matched, 0)
  return (
    <tr>
      <td>
        <span className={styles['service']}>{rootServiceName}</span>{' '}
        <TextLink to={tracePath(traceID)}>
          {rootTraceName === '' ? traceID : rootTraceName}
        </TextLink>
      </td>
      <td className={styles['when']}>
        {formatDateTime(Number(BigInt(startTimeUnixNano) / 1_000_000n), zone)}
      </td>
      <td data-number>
        <span
          className={styles['bar']}
          style={{ inlineSize: `${(durationMs / longestMs) * 100}%` }}
          aria-hidden
        />
        {durationMs === 0 ? '< 1 ms' : formatValue(durationMs / 1000, 'seconds')}
      </td>
      <td data-number>
        {errors > 0 && (
          <span className={styles['errors']}>
            <IconAlertTriangle size={13} aria-hidden /> {errors} failed,{' '}
          </span>
        )}
        {spans}
      </td>
      <td data-number>{found}</td>
    </tr>
  )
}
