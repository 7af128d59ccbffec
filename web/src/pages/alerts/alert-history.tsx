import type { WhyAlertJson, WhyEventJson } from '../../../../src/contract/alert-why.ts'
import { formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import type { ResolvedRange } from '../../time/time-range.ts'
import styles from './alerts.module.css'

export interface AlertHistoryProps {
  readonly told: WhyAlertJson
  readonly range: ResolvedRange
}

const EVENTS: Readonly<Record<WhyEventJson['kind'], string>> = {
  delivered: 'told',
  failed: 'not delivered',
  suppressed: 'kept back',
  released: 'no longer kept back',
}

/** When it was pending and when it fired, as stretches of one line, with what was told as marks. */
export function AlertHistory({ told, range }: AlertHistoryProps) {
  const { zone } = useTime()
  const share = (at: string): number => {
    const part = (Date.parse(at) - range.fromMs) / (range.toMs - range.fromMs)
    return Math.min(100, Math.max(0, part * 100))
  }
  const when = (at: string): string => formatWhen(Date.parse(at), zone)
  return (
    <figure className={styles['history']}>
      <div className={styles['line']} role="img" aria-label={describe(told, when)}>
        {told.states.map(({ state, from, to }, i) => (
          <span
            key={i}
            className={styles['stretch']}
            data-state={state}
            title={`${state}: ${when(from)} to ${when(to)}`}
            style={{ left: `${share(from)}%`, width: `${Math.max(0.4, share(to) - share(from))}%` }}
          />
        ))}
        {told.events.map(({ at, kind, receiver }, i) => (
          <span
            key={i}
            className={styles['mark']}
            data-kind={kind}
            title={`${when(at)}: ${EVENTS[kind]} (${receiver})`}
            style={{ left: `${share(at)}%` }}
          />
        ))}
      </div>
      <figcaption>
        <span>{formatWhen(range.fromMs, zone)}</span>
        <span className={styles['keys']} aria-hidden>
          <span data-key="pending">pending</span>
          <span data-key="firing">firing</span>
          <span data-key="delivered">told</span>
          <span data-key="failed">failed</span>
          <span data-key="suppressed">kept back</span>
        </span>
        <span>{formatWhen(range.toMs, zone)}</span>
      </figcaption>
    </figure>
  )
}

function describe({ states, events }: WhyAlertJson, when: (at: string) => string): string {
  const stretches = states.map(
    ({ state, from, to }) => `${state} from ${when(from)} to ${when(to)}`,
  )
  const marks = events.map(({ at, kind, receiver }) => `${EVENTS[kind]} (${receiver}) ${when(at)}`)
  const all = [...stretches, ...marks]
  return all.length === 0 ? 'Nothing happened in this time' : all.join('; ')
}
