import { useState } from 'react'
import type { WhyAlertJson } from '../../../../src/contract/alert-why.ts'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { formatAgo, formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import { useWhyOf } from './alert-api.ts'
import { severityOf } from './alert-view.ts'
import { Why } from './alert-why.tsx'
import styles from './alerts.module.css'
import { SeverityBadge } from './badges.tsx'
import { LabelChips } from './label-chips.tsx'

const WEEK_MS = 7 * 86_400_000

interface EndedAlertProps {
  readonly fingerprint: string
  readonly onChoose: (matcher: string) => void
}

/** An alert that does not fire any more, from what is remembered of the last week. */
export function EndedAlert({ fingerprint, onChoose }: EndedAlertProps) {
  const { zone } = useTime()
  const [nowMs] = useState(Date.now)
  const range = { fromMs: nowMs - WEEK_MS, toMs: nowMs }
  const { data, error, refetch } = useWhyOf(fingerprint, range)
  if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <LoadingState label="Looking for what is remembered of it" />
  const told = data.alerts[0]
  if (told === undefined) {
    return (
      <EmptyState title="This alert does not fire any more">
        Nothing of the last week is remembered of it.
      </EmptyState>
    )
  }
  const { labels } = told
  const endedMs = endOf(told)
  return (
    <div className={styles['details']}>
      <div className={styles['detailsHead']}>
        <SeverityBadge severity={severityOf(labels)} word={labels['severity']} />
        <strong>{labels['alertname']}</strong>
        <span>
          {Number.isFinite(endedMs)
            ? `ended ${formatWhen(endedMs, zone)} (${formatAgo(endedMs, nowMs)})`
            : 'does not fire'}
        </span>
      </div>
      <LabelChips labels={labels} onChoose={onChoose} />
      <Why why={data} told={told} labels={labels} range={range} />
    </div>
  )
}

/** When it was last seen firing; of an alert that no rule of ours has made, when people were told that it is over. */
function endOf({ states, events }: WhyAlertJson): number {
  const fired = states.filter(({ state }) => state === 'firing').map(({ to }) => to)
  const told = events.filter(({ resolved }) => resolved === true).map(({ at }) => at)
  return Math.max(...(fired.length > 0 ? fired : told).map((at) => Date.parse(at)))
}
