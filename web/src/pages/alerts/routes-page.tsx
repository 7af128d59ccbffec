import { Select, TextInput } from '@mantine/core'
import { IconArrowDown, IconRoute } from '@tabler/icons-react'
import type { LabelSetJson } from '../../../../src/contract/alertmanager.ts'
import type { AlertRouteJson, AlertWayJson } from '../../../../src/contract/alert-routes.ts'
import { formatAlertMatcher } from '../../../../src/lang/alert-matchers/print.ts'
import { Card } from '../../shell/page.tsx'
import { ErrorState, LoadingState } from '../../shell/states.tsx'
import { useAlerts, useRouteTree } from './alert-api.ts'
import { useTypedSearchText } from './alert-filters.ts'
import { summaryOf } from './alert-view.ts'
import { AlertsFrame } from './alerts-frame.tsx'
import styles from './alerts.module.css'
import { WordBadge } from './badges.tsx'
import { MatcherChips } from './label-chips.tsx'
import { fromJson, sortedLabels } from './matcher-draft.ts'

const MOST_ALERTS = 200

/** The routing tree, and the way that an alert takes through it. */
export function RoutesPage() {
  const labels = useTypedSearchText('labels')
  const { data, error } = useRouteTree(labels.settled.trim())
  return (
    <AlertsFrame title="Routing">
      <Card>
        <div className={styles['stack']}>
          <div className={styles['filters']}>
            <TextInput
              className={styles['wide'] ?? ''}
              label="Where does an alert with these labels go?"
              placeholder={'alertname="DiskFull", severity="critical"'}
              leftSection={<IconRoute size={15} />}
              value={labels.typed}
              error={error?.message}
              onChange={(event) => labels.type(event.currentTarget.value)}
            />
            <FiringAlert onChoose={labels.type} />
          </div>
          {data?.way && <Answer way={data.way} root={data.root} />}
        </div>
      </Card>
      {!data && error === null && <LoadingState />}
      {!data && error !== null && <ErrorState error={error} />}
      {data && (
        <ul className={styles['tree']} aria-label="Routing tree">
          <RouteNode route={data.root} way={error === null ? data.way : undefined} isRoot />
        </ul>
      )}
    </AlertsFrame>
  )
}

function FiringAlert({ onChoose }: { readonly onChoose: (labels: string) => void }) {
  const { data } = useAlerts()
  if (!data || data.length === 0) return null
  return (
    <Select
      className={styles['wide'] ?? ''}
      label="or one that fires"
      placeholder="Choose an alert"
      searchable
      value={null}
      data={data.slice(0, MOST_ALERTS).map((alert) => ({
        value: alert.fingerprint,
        label: `${alert.labels['alertname'] ?? ''}: ${summaryOf(alert)}`,
      }))}
      onChange={(fingerprint) => {
        const found = data.find((one) => one.fingerprint === fingerprint)
        if (found) onChoose(labelText(found.labels))
      }}
    />
  )
}

function labelText(labels: LabelSetJson): string {
  return sortedLabels(labels)
    .map(([name, value]) => formatAlertMatcher({ name, op: '=', value }))
    .join(', ')
}

interface AnswerProps {
  readonly way: AlertWayJson
  readonly root: AlertRouteJson
}

function Answer({ way, root }: AnswerProps) {
  const ends = way.ends.flatMap((id) => findRoute(root, id) ?? [])
  return (
    <p role="status" className={styles['answer']}>
      To{' '}
      {ends.map(({ id, receiver, groupBy }, i) => (
        <span key={id}>
          {i > 0 && ' and '}
          <strong>{receiver}</strong> ({groupText(groupBy)})
        </span>
      ))}
    </p>
  )
}

function findRoute(route: AlertRouteJson, id: string): AlertRouteJson | undefined {
  if (route.id === id) return route
  for (const child of route.routes) {
    const found = findRoute(child, id)
    if (found) return found
  }
  return undefined
}

function groupText(groupBy: readonly string[]): string {
  if (groupBy[0] === '...') return 'each alert by itself'
  return groupBy.length === 0 ? 'all in one group' : `grouped by ${groupBy.join(', ')}`
}

interface RouteNodeProps {
  readonly route: AlertRouteJson
  readonly way: AlertWayJson | undefined
  readonly isRoot?: boolean
}

function RouteNode({ route, way, isRoot = false }: RouteNodeProps) {
  const { matchers, receiver, routes, mutedBy, continues } = route
  const isOn = way?.path.includes(route.id) === true
  const isEnd = way?.ends.includes(route.id) === true
  return (
    <li data-way={isEnd ? 'end' : isOn ? 'on' : way === undefined ? undefined : 'off'}>
      <div className={styles['node']}>
        <div className={styles['nodeHead']}>
          {matchers.length === 0 ? (
            <span className={styles['dim']}>{isRoot ? 'every alert' : 'whatever comes here'}</span>
          ) : (
            <MatcherChips matchers={matchers.map(fromJson)} />
          )}
          <span className={styles['receiver']}>→ {receiver}</span>
          {isEnd && <WordBadge word="goes here" tone="good" />}
          {isOn && !isEnd && <span className={styles['dim']}>on the way</span>}
          {mutedBy.map((name) => (
            <WordBadge key={name} word={`muted now by ${name}`} tone="warn" />
          ))}
        </div>
        <div className={styles['dim']}>{describeNode(route)}</div>
        {continues && (
          <div className={styles['continues']}>
            <IconArrowDown size={13} aria-hidden /> continues: the routes below are tried too
          </div>
        )}
      </div>
      {routes.length > 0 && (
        <ul>
          {routes.map((child) => (
            <RouteNode key={child.id} route={child} way={way} />
          ))}
        </ul>
      )}
    </li>
  )
}

function describeNode(route: AlertRouteJson): string {
  const { groupBy, groupWait, groupInterval, repeatInterval } = route
  const { muteTimeIntervals, activeTimeIntervals } = route
  return [
    groupText(groupBy),
    `waits ${groupWait}`,
    `then every ${groupInterval}`,
    `repeats after ${repeatInterval}`,
    ...(muteTimeIntervals.length > 0 ? [`muted in ${muteTimeIntervals.join(', ')}`] : []),
    ...(activeTimeIntervals.length > 0 ? [`only in ${activeTimeIntervals.join(', ')}`] : []),
  ].join(' · ')
}
