import type { AlertGroupJson, GettableAlertJson } from '../../../../src/contract/alertmanager.ts'
import { Card } from '../../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { formatAgo } from '../../time/format-time.ts'
import { TextLink } from '../../shell/text-link.tsx'
import { useAlertGroups } from './alert-api.ts'
import { useTypedSearchText } from './alert-filters.ts'
import {
  mentions,
  mutingIntervals,
  severityOf,
  splitFilter,
  stateOf,
  summaryOf,
} from './alert-view.ts'
import { AlertsFrame } from './alerts-frame.tsx'
import styles from './alerts.module.css'
import { StateBadge, WordBadge } from './badges.tsx'
import { FilterField } from './filter-field.tsx'
import { LabelChips } from './label-chips.tsx'

const MOST_ALERTS = 25

/** What is told together, by receiver: as Alertmanager groups it. */
export function GroupsPage() {
  const filter = useTypedSearchText('filter')
  const { matchers, words } = splitFilter(filter.settled)
  const { data, error, refetch, dataUpdatedAt } = useAlertGroups({ filter: matchers })
  const receivers = byReceiver(data ?? [], words)
  return (
    <AlertsFrame title="Groups">
      <div className={styles['filters']}>
        <FilterField
          label="Filter groups"
          placeholder={'Words, or matchers: severity="critical"'}
          text={filter}
        />
      </div>
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && error === null && <LoadingState />}
      {data && receivers.length === 0 && (
        <Card>
          <EmptyState title={filter.settled === '' ? 'There are no groups' : 'No group like that'}>
            {filter.settled === '' &&
              'A group is made when an alert fires, and told after its group_wait.'}
          </EmptyState>
        </Card>
      )}
      {receivers.map(({ name, groups }) => (
        <Card
          key={name}
          isFlush
          title={`To ${name}`}
          actions={
            <span className={styles['dim']}>
              {groups.length === 1 ? '1 group' : `${groups.length} groups`}
            </span>
          }
        >
          {groups.map((group, i) => (
            <Group key={i} group={group} nowMs={dataUpdatedAt} />
          ))}
        </Card>
      ))}
    </AlertsFrame>
  )
}

interface ReceiverGroups {
  readonly name: string
  readonly groups: readonly AlertGroupJson[]
}

function byReceiver(groups: readonly AlertGroupJson[], words: string): readonly ReceiverGroups[] {
  const found = new Map<string, AlertGroupJson[]>()
  for (const group of groups) {
    const alerts = group.alerts.filter((alert) => mentions(alert, words))
    if (alerts.length === 0) continue
    const { name } = group.receiver
    const same = found.get(name) ?? []
    same.push({ ...group, alerts })
    found.set(name, same)
  }
  return [...found]
    .map(([name, own]) => ({ name, groups: own }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

interface GroupProps {
  readonly group: AlertGroupJson
  readonly nowMs: number
}

function Group({ group, nowMs }: GroupProps) {
  const { labels, alerts } = group
  const intervals = new Set(alerts.flatMap(mutingIntervals))
  const active = alerts.filter((alert) => stateOf(alert) === 'active').length
  return (
    <section className={styles['group']}>
      <header className={styles['groupHead']}>
        {Object.keys(labels).length === 0 ? (
          <span className={styles['dim']}>grouped by nothing</span>
        ) : (
          <LabelChips labels={labels} />
        )}
        {[...intervals].map((name) => (
          <WordBadge key={name} word={`muted by ${name}`} tone="dim" />
        ))}
        <span className={styles['dim']}>
          {active} of {alerts.length} {alerts.length === 1 ? 'alert' : 'alerts'} active
        </span>
      </header>
      <ul className={styles['compact']}>
        {alerts.slice(0, MOST_ALERTS).map((alert) => (
          <GroupedAlert
            key={alert.fingerprint}
            alert={alert}
            hidden={['alertname', ...Object.keys(labels)]}
            nowMs={nowMs}
          />
        ))}
        {alerts.length > MOST_ALERTS && (
          <li className={styles['dim']}>and {alerts.length - MOST_ALERTS} more</li>
        )}
      </ul>
    </section>
  )
}

interface GroupedAlertProps {
  readonly alert: GettableAlertJson
  readonly hidden: readonly string[]
  readonly nowMs: number
}

function GroupedAlert({ alert, hidden, nowMs }: GroupedAlertProps) {
  const state = stateOf(alert)
  return (
    <li data-severity={severityOf(alert.labels)} data-state={state}>
      <TextLink to="/alerts" search={{ alert: alert.fingerprint, state: 'all' }}>
        {summaryOf(alert)}
      </TextLink>
      {state !== 'active' && <StateBadge state={state} />}
      <LabelChips labels={alert.labels} without={hidden} />
      <span className={styles['dim']}>{formatAgo(Date.parse(alert.startsAt), nowMs)}</span>
    </li>
  )
}
