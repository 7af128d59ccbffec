import { Checkbox } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { FoundTraceJson } from '../../../src/contract/tempo.ts'
import { tracePath } from '../api/trace-series.ts'
import { formatValue } from '../format/format-value.ts'
import { TextLink } from '../shell/text-link.tsx'
import { formatDateTime } from '../time/format-time.ts'
import type { TimeZone } from '../time/zone.ts'
import { countSpans } from './sort-found.ts'
import styles from './found-traces.module.css'

export interface FoundTracesProps {
  /** Names the table for who does not see it. */
  readonly label: string
  readonly traces: readonly FoundTraceJson[]
  readonly zone: TimeZone
  /** Lets a person choose traces; absent: nothing is offered. */
  readonly choice?: TraceChoice
}

export interface TraceChoice {
  /** Ids as the Tempo API has them. */
  readonly chosen: readonly string[]
  readonly toggle: (traceId: string) => void
}

/** Traces that a search found, each with a link to its page. */
export function FoundTraces({ label, traces, zone, choice }: FoundTracesProps) {
  const longestMs = Math.max(1, ...traces.map(({ durationMs = 0 }) => durationMs))
  return (
    <div className={styles['scroll']} role="region" aria-label={label} tabIndex={0}>
      <table className={styles['table']}>
        <thead>
          <tr>
            {choice && (
              <th scope="col">
                <span className="visually-hidden">Compare</span>
              </th>
            )}
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
            <TraceRow key={trace.traceID} {...{ trace, zone, longestMs, choice }} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface TraceRowProps {
  readonly trace: FoundTraceJson
  readonly zone: TimeZone
  readonly longestMs: number
  readonly choice: TraceChoice | undefined
}

function TraceRow({ trace, zone, longestMs, choice }: TraceRowProps) {
  const { traceID, rootServiceName, rootTraceName, startTimeUnixNano, durationMs = 0 } = trace
  const { spans, errors } = countSpans(trace)
  const found = trace.spanSets.reduce((sum, { matched }) => sum + matched, 0)
  return (
    <tr>
      {choice && (
        <td data-choice>
          <Checkbox
            size="xs"
            aria-label={`Compare ${rootServiceName}: ${rootTraceName}`}
            checked={choice.chosen.includes(traceID)}
            onChange={() => choice.toggle(traceID)}
          />
        </td>
      )}
      <td>
        <span className={styles['service']}>{rootServiceName}</span>{' '}
        <TextLink to={tracePath(traceID)}>
          {rootTraceName === '' ? traceID : rootTraceName}
        </TextLink>
      </td>
      <td className={styles['when']}>
        {formatDateTime(Number(BigInt(startTimeUnixNano) / 1_000_000n), zone)}
      </td>
      <td data-number data-duration>
        <span
          className={styles['bar']}
          style={{ inlineSize: `${(durationMs / longestMs) * 100}%` }}
          aria-hidden
        />
        {durationMs === 0 ? '< 1 ms' : formatValue(durationMs / 1000, 'seconds')}
      </td>
      <td data-number data-spans>
        {errors > 0 && (
          <span className={styles['errors']}>
            <IconAlertTriangle size={13} aria-hidden /> {errors} failed,{' '}
          </span>
        )}
        {spans}
      </td>
      <td data-number data-found>
        {found}
      </td>
    </tr>
  )
}
