import { formatAlertMatcher } from '../../../../src/lang/alert-matchers/print.ts'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { TextLink } from '../../shell/text-link.tsx'
import { formatAgo } from '../../time/format-time.ts'
import { useRules } from './alert-api.ts'
import {
  listAlerts,
  readAlertListOptions,
  type AlertListOptions,
  type ListedAlert,
} from './alert-list-options.ts'
import { passesMatchers } from './pass-matchers.ts'
import { severityOf } from './alert-view.ts'
import styles from './alerts.module.css'
import { WordBadge } from './badges.tsx'
import { LabelChips } from './label-chips.tsx'

export interface AlertListProps {
  /** Of the panel, with variables filled in. */
  readonly options: Readonly<Record<string, unknown>>
}

/** The list of alerts as a panel of a dashboard: what rules say, with Grafana's options. */
export function AlertList({ options }: AlertListProps) {
  const { data, error, refetch, dataUpdatedAt } = useRules()
  if (error !== null && !data) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (!data) return <LoadingState />
  const wanted = readAlertListOptions(options)
  const passes = passesMatchers(wanted.filter)
  if (typeof passes === 'string') return <ErrorState error={passes} />
  const { shown, total } = listAlerts(data, wanted, passes)
  if (wanted.showsCount) return <Count total={total} />
  if (total === 0) return <EmptyState title="No alerts">{whyNone(wanted)}</EmptyState>
  return (
    <div className={styles['list']} role="region" aria-label="Alerts" tabIndex={0}>
      <ul className={styles['compact']}>
        {shown.map((alert, i) => (
          <Line key={i} alert={alert} groupBy={wanted.groupBy} nowMs={dataUpdatedAt} />
        ))}
      </ul>
      {total > shown.length && (
        <p className={styles['dim']}>
          The first {shown.length} of {total}
        </p>
      )}
    </div>
  )
}

/** What the panel looked for, so that an empty one is not taken for a broken one. */
function whyNone({ states, alertName, filter }: AlertListOptions): string {
  const words = [...states].map((state) => (state === 'firing' ? 'fires' : `is ${state}`))
  const isNarrowed = alertName !== '' || filter !== ''
  return `Nothing${isNarrowed ? ' that the panel asks for' : ''} ${words.join(' or ')}.`
}

function Count({ total }: { readonly total: number }) {
  return (
    <div className={styles['count']} data-tone={total > 0 ? 'bad' : 'good'}>
      <strong>{total}</strong>
      {total === 1 ? 'alert' : 'alerts'}
    </div>
  )
}

const TONES = { firing: 'bad', pending: 'warn', inactive: 'good' } as const

interface LineProps {
  readonly alert: ListedAlert
  readonly groupBy: readonly string[]
  readonly nowMs: number
}

function Line({ alert, groupBy, nowMs }: LineProps) {
  const { name, state, labels, sinceMs } = alert
  const filter = formatAlertMatcher({ name: 'alertname', op: '=', value: name })
  const chosen = Object.entries(labels).filter(
    ([label]) => groupBy.length === 0 || groupBy.includes(label),
  )
  return (
    <li data-severity={state === 'inactive' ? 'none' : severityOf(labels)}>
      <TextLink
        to={state === 'firing' ? '/alerts' : '/alerts/rules'}
        search={state === 'firing' ? { filter, state: 'all' } : { filter: name }}
      >
        {name}
      </TextLink>
      <WordBadge word={state} tone={TONES[state]} />
      {!Number.isNaN(sinceMs) && <span className={styles['dim']}>{formatAgo(sinceMs, nowMs)}</span>}
      <LabelChips labels={Object.fromEntries(chosen)} without={['alertname']} />
    </li>
  )
}
