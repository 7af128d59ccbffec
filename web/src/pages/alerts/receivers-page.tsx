import { Button } from '@mantine/core'
import { IconSend } from '@tabler/icons-react'
import type { TestAlertJson } from '../../../../src/contract/alertmanager.ts'
import type {
  DeliveryJson,
  IntegrationStateJson,
  ReceiverStateJson,
} from '../../../../src/contract/alert-receivers.ts'
import { Card } from '../../shell/page.tsx'
import { useSession } from '../../shell/session-context.tsx'
import { ErrorState, LoadingState } from '../../shell/states.tsx'
import { TextLink } from '../../shell/text-link.tsx'
import { formatAgo, formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import { useReceivers, useTestAlert } from './alert-api.ts'
import { AlertsFrame } from './alerts-frame.tsx'
import styles from './alerts.module.css'
import { WordBadge } from './badges.tsx'
import { collapseAttempts } from './collapse-attempts.ts'
import { useMayChange } from './use-may-change.ts'

/** Who is told, how that went, and whether it works. */
export function ReceiversPage() {
  const { data, error, refetch, dataUpdatedAt } = useReceivers()
  return (
    <AlertsFrame title="Receivers">
      {error !== null && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && error === null && <LoadingState />}
      {data?.map((receiver) => (
        <ReceiverCard key={receiver.name} receiver={receiver} nowMs={dataUpdatedAt} />
      ))}
    </AlertsFrame>
  )
}

interface ReceiverCardProps {
  readonly receiver: ReceiverStateJson
  readonly nowMs: number
}

function ReceiverCard({ receiver, nowMs }: ReceiverCardProps) {
  const { name, integrations, deliveries } = receiver
  const { session } = useSession()
  const mayChange = useMayChange()
  const test = useTestAlert()
  const send = (): void =>
    test.mutate({
      receiver: name,
      labels: { alertname: 'TestAlert', severity: 'info', source: 'vedette' },
      annotations: {
        summary: 'A test of this receiver',
        description: `Sent by ${session.user} from the alert pages. Nothing has to be done.`,
      },
    })
  return (
    <Card
      title={
        <span className={styles['bundleHead']}>
          {name}
          <TextLink to="/alerts" search={{ receiver: name, state: 'all' }}>
            its alerts
          </TextLink>
        </span>
      }
      actions={
        mayChange &&
        integrations.length > 0 && (
          <Button
            variant="default"
            leftSection={<IconSend size={14} />}
            loading={test.isPending}
            onClick={send}
            aria-label={`Send test to ${name}`}
          >
            Send test
          </Button>
        )
      }
    >
      <div className={styles['stack']}>
        {test.error && (
          <p className={styles['fault']} role="alert">
            {test.error.message}
          </p>
        )}
        {test.data && <TestOutcome outcome={test.data} />}
        <Integrations integrations={integrations} nowMs={nowMs} />
        {deliveries.length > 0 && <DeliveryTable name={name} deliveries={deliveries} />}
        {deliveries.length === 0 && integrations.length > 0 && (
          <p className={styles['dim']}>Nothing was sent in the last week.</p>
        )}
      </div>
    </Card>
  )
}

interface IntegrationsProps {
  readonly integrations: readonly IntegrationStateJson[]
  readonly nowMs: number
}

function Integrations({ integrations, nowMs }: IntegrationsProps) {
  if (integrations.length === 0)
    return <p className={styles['dim']}>Tells nobody: what is routed here is only shown.</p>
  return (
    <ul className={styles['compact']}>
      {integrations.map(({ id, sendsResolved, lastTold }) => (
        <li key={id}>
          <strong>{id}</strong>
          <span className={styles['dim']}>
            {sendsResolved ? 'also told when it is over' : 'not told when it is over'}
            {lastTold !== undefined && `, last ${formatAgo(Date.parse(lastTold), nowMs)}`}
          </span>
        </li>
      ))}
    </ul>
  )
}

function TestOutcome({ outcome }: { readonly outcome: TestAlertJson }) {
  const deliveries = outcome.routes.flatMap((route) => route.deliveries)
  return (
    <section className={styles['preview']} aria-label="Outcome of the test" role="status">
      <strong>The test</strong>
      <ul>
        {deliveries.map(({ integration, ok, answer }) => (
          <li key={integration}>
            <WordBadge word={ok ? 'delivered' : 'failed'} tone={ok ? 'good' : 'bad'} />{' '}
            {integration} <span className={styles['anywhere']}>{answer}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

interface DeliveryTableProps {
  readonly name: string
  readonly deliveries: readonly DeliveryJson[]
}

function DeliveryTable({ name, deliveries }: DeliveryTableProps) {
  const { zone } = useTime()
  const runs = collapseAttempts(
    deliveries,
    ({ integration, groupKey }) => `${integration} ${groupKey}`,
    ({ ok, answer, alerts, resolved }) => `${ok} ${alerts} ${resolved} ${answer}`,
  )
  return (
    <div
      className={styles['scrollX']}
      role="region"
      aria-label={`Last deliveries to ${name}`}
      tabIndex={0}
    >
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Entry</th>
            <th scope="col">Outcome</th>
            <th scope="col">Group</th>
            <th scope="col" data-number>
              Alerts
            </th>
            <th scope="col">Answer</th>
          </tr>
        </thead>
        <tbody>
          {runs.map(({ newest: delivery, count }, i) => (
            <tr key={i}>
              <td className={styles['nowrap']}>
                {formatWhen(Date.parse(delivery.at), zone)}
                {count > 1 && <span className={styles['dim']}> ×{count}</span>}
              </td>
              <td className={styles['nowrap']}>{delivery.integration}</td>
              <td>
                <WordBadge word={outcomeOf(delivery)} tone={delivery.ok ? 'good' : 'bad'} />
              </td>
              <td className={styles['mono']}>{delivery.groupKey}</td>
              <td data-number>{countOf(delivery)}</td>
              <td className={styles['anywhere']}>{delivery.answer}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function outcomeOf({ ok, attempt, shadow }: DeliveryJson): string {
  const tries = attempt > 1 ? `, attempt ${attempt}` : ''
  if (!ok) return `failed${tries}`
  return (shadow ? 'not sent: shadow' : 'delivered') + tries
}

function countOf({ alerts, resolved }: DeliveryJson): string {
  return resolved === 0 ? String(alerts) : `${alerts}, ${resolved} over`
}
