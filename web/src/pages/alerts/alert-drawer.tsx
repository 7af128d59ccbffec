import { Drawer, SegmentedControl } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import type { GettableAlertJson } from '../../../../src/contract/alertmanager.ts'
import { keepTime } from '../../shell/keep-time.ts'
import { ErrorState, LoadingState } from '../../shell/states.tsx'
import { formatAgo, formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import type { ResolvedRange } from '../../time/time-range.ts'
import { AlertActions } from './alert-actions.tsx'
import { useAlerts, useWhy } from './alert-api.ts'
import { EndedAlert } from './ended-alert.tsx'
import { Why } from './alert-why.tsx'
import { severityOf, stateOf } from './alert-view.ts'
import styles from './alerts.module.css'
import { SeverityBadge, StateBadge } from './badges.tsx'
import { LabelChips } from './label-chips.tsx'
import { LinkedText } from './linked-text.tsx'
import { runbookPath } from './runbook-path.ts'
import { Standing } from './standing.tsx'

export interface AlertDrawerProps {
  readonly fingerprint: string
  readonly onChoose: (matcher: string) => void
  readonly onClose: () => void
}

/** Everything about one alert. */
export function AlertDrawer({ fingerprint, onChoose, onClose }: AlertDrawerProps) {
  const { data, error, dataUpdatedAt } = useAlerts()
  const alert = data?.find((one) => one.fingerprint === fingerprint)
  const choose = (matcher: string): void => {
    onClose()
    onChoose(matcher)
  }
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="min(46rem, 100vw)"
      title={alert?.labels['alertname'] ?? 'Alert'}
      classNames={{ title: styles['drawerTitle'] ?? '' }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {error !== null && !data && <ErrorState error={error} />}
      {!data && error === null && <LoadingState />}
      {data && !alert && <EndedAlert fingerprint={fingerprint} onChoose={choose} />}
      {alert && (
        <AlertDetails key={fingerprint} alert={alert} nowMs={dataUpdatedAt} onChoose={choose} />
      )}
    </Drawer>
  )
}

const HOUR_MS = 3_600_000
const RANGES = [
  { value: '0.25', label: '15 min' },
  { value: '1', label: '1 hour' },
  { value: '6', label: '6 hours' },
  { value: '24', label: '1 day' },
  { value: '168', label: '1 week' },
]

interface AlertDetailsProps {
  readonly alert: GettableAlertJson
  readonly nowMs: number
  readonly onChoose: (matcher: string) => void
}

function AlertDetails({ alert, nowMs, onChoose }: AlertDetailsProps) {
  const { zone } = useTime()
  const [hours, setHours] = useState(() => rangeFor(alert))
  // The range stands still while one reads.
  const range = useMemo(() => rangeOf(hours), [hours])
  const why = useWhy(alert.labels, range)
  const told = why.data?.alerts.find(({ fingerprint }) => fingerprint === alert.fingerprint)
  const startsAtMs = Date.parse(alert.startsAt)
  const state = stateOf(alert)
  return (
    <div className={styles['details']}>
      <div className={styles['detailsHead']}>
        <SeverityBadge severity={severityOf(alert.labels)} word={alert.labels['severity']} />
        {state !== 'active' && <StateBadge state={state} />}
        <span>
          since {formatWhen(startsAtMs, zone)} ({formatAgo(startsAtMs, nowMs)})
        </span>
      </div>
      <AlertActions alert={alert} isAcknowledged={told?.now.acknowledgedBy !== undefined} />
      {told && <Standing now={told.now} />}
      <dl className={styles['annotations']}>
        {sortedAnnotations(alert).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <AnnotationText text={value} />
            </dd>
          </div>
        ))}
      </dl>
      <LabelChips labels={alert.labels} onChoose={onChoose} />
      <SegmentedControl
        aria-label="Time range"
        className={styles['start'] ?? ''}
        data={RANGES}
        value={hours}
        onChange={setHours}
      />
      {why.error !== null && !why.data && (
        <ErrorState error={why.error} onRetry={() => void why.refetch()} />
      )}
      {!why.data && why.error === null && <LoadingState label="Finding out why" />}
      {why.data && <Why why={why.data} told={told} labels={alert.labels} range={range} />}
    </div>
  )
}

/** A runbook of ours has a page here. */
function AnnotationText({ text }: { readonly text: string }) {
  const runbook = runbookPath(text)
  if (runbook === undefined) return <LinkedText text={text} />
  return (
    <Link {...runbook} search={keepTime} className={styles['link'] ?? ''}>
      {text}
    </Link>
  )
}

const FIRST = ['summary', 'description', 'runbook_url']

/** What says most comes first. */
function sortedAnnotations({ annotations }: GettableAlertJson) {
  const rank = (name: string): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length)
  return Object.entries(annotations).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

/** As short as shows its beginning. */
function rangeFor({ startsAt }: GettableAlertJson): string {
  const agoMs = Date.now() - Date.parse(startsAt)
  return RANGES.find(({ value }) => Number(value) * HOUR_MS > agoMs * 1.2)?.value ?? '168'
}

function rangeOf(hours: string): ResolvedRange {
  const toMs = Date.now()
  return { fromMs: toMs - Number(hours) * HOUR_MS, toMs }
}
