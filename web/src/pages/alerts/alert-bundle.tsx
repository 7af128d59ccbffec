import { Button } from '@mantine/core'
import { useState } from 'react'
import type {
  AcknowledgementJson,
  GettableAlertJson,
} from '../../../../src/contract/alertmanager.ts'
import { Card } from '../../shell/page.tsx'
import { formatAgo } from '../../time/format-time.ts'
import { AlertActions } from './alert-actions.tsx'
import { severityOf, stateOf, summaryOf, type AlertBundle } from './alert-view.ts'
import styles from './alerts.module.css'
import { SeverityBadge, StateBadge } from './badges.tsx'
import { LabelChips } from './label-chips.tsx'

const SHOWN_AT_FIRST = 25
const SHOWN_MORE = 200

export interface AlertBundleCardProps {
  readonly bundle: AlertBundle
  /** What they are grouped by. */
  readonly label: string
  readonly nowMs: number
  readonly acknowledgements: readonly AcknowledgementJson[]
  readonly onChoose: (matcher: string) => void
  readonly onOpen: (fingerprint: string) => void
}

/** Alerts with the same value of a label. */
export function AlertBundleCard(props: AlertBundleCardProps) {
  const { bundle, label, nowMs, acknowledgements, onChoose, onOpen } = props
  const [most, setMost] = useState(SHOWN_AT_FIRST)
  const { alerts, name, severity, sinceMs } = bundle
  const count = alerts.length
  return (
    <Card
      isFlush
      title={
        <span className={styles['bundleHead']}>
          {name === '' ? `without ${label}` : name}
          <SeverityBadge severity={severity} word={wordOf(alerts)} />
        </span>
      }
      actions={
        <span className={styles['dim']}>
          {count === 1 ? '1 alert' : `${count} alerts`}, the oldest {formatAgo(sinceMs, nowMs)}
        </span>
      }
    >
      <ul className={styles['rows']}>
        {alerts.slice(0, most).map((alert) => (
          <AlertRow
            key={alert.fingerprint}
            alert={alert}
            hiddenLabel={name === '' ? '' : label}
            nowMs={nowMs}
            acknowledgement={acknowledgements.find(
              ({ fingerprint }) => fingerprint === alert.fingerprint,
            )}
            onChoose={onChoose}
            onOpen={onOpen}
          />
        ))}
      </ul>
      {count > most && (
        <Button variant="subtle" fullWidth onClick={() => setMost(most + SHOWN_MORE)}>
          Show {Math.min(SHOWN_MORE, count - most)} more of {count}
        </Button>
      )}
    </Card>
  )
}

/** The team's word for how bad it is, where all say the same. */
function wordOf(alerts: readonly GettableAlertJson[]): string | undefined {
  const words = new Set(alerts.map(({ labels }) => labels['severity']))
  return words.size === 1 ? [...words][0] : undefined
}

interface AlertRowProps {
  readonly alert: GettableAlertJson
  readonly hiddenLabel: string
  readonly nowMs: number
  readonly acknowledgement: AcknowledgementJson | undefined
  readonly onChoose: (matcher: string) => void
  readonly onOpen: (fingerprint: string) => void
}

function AlertRow(props: AlertRowProps) {
  const { alert, hiddenLabel, nowMs, acknowledgement, onChoose, onOpen } = props
  const state = stateOf(alert)
  const severity = severityOf(alert.labels)
  return (
    <li className={styles['row']} data-severity={severity} data-state={state}>
      <div className={styles['rowMain']}>
        <div className={styles['rowHead']}>
          <button
            type="button"
            className={styles['rowTitle']}
            onClick={() => onOpen(alert.fingerprint)}
          >
            {summaryOf(alert)}
          </button>
          {state !== 'active' && <StateBadge state={state} by={carerOf(acknowledgement)} />}
        </div>
        <LabelChips labels={alert.labels} without={[hiddenLabel]} onChoose={onChoose} />
      </div>
      <span className={styles['since']} title={alert.startsAt}>
        {formatAgo(Date.parse(alert.startsAt), nowMs)}
      </span>
      <AlertActions alert={alert} isAcknowledged={acknowledgement !== undefined} isCompact />
    </li>
  )
}

/** Who takes care of it. */
function carerOf(acknowledgement: AcknowledgementJson | undefined): string | undefined {
  if (acknowledgement === undefined) return undefined
  const { assignee, createdBy } = acknowledgement
  return assignee === '' ? createdBy : assignee
}
