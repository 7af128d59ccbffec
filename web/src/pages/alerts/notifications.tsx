import type { WhyAlertJson, WhyEventJson } from '../../../../src/contract/alert-why.ts'
import { formatClock, formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import styles from './alerts.module.css'
import { WordBadge } from './badges.tsx'
import { collapseAttempts } from './collapse-attempts.ts'

/** Each attempt to tell somebody, newest first, and what was answered. */
export function Deliveries({ told }: { readonly told: WhyAlertJson }) {
  const { zone } = useTime()
  const attempts = collapseAttempts(
    told.events.filter(({ kind }) => kind === 'delivered' || kind === 'failed').reverse(),
    ({ receiver, integration = '' }) => `${receiver} ${integration}`,
    ({ kind, answer = '', resolved = false }) => `${kind} ${resolved} ${answer}`,
  )
  return (
    <>
      {attempts.length === 0 ? (
        <p className={styles['dim']}>Nobody was told in this time.</p>
      ) : (
        <div className={styles['scrollX']} role="region" aria-label="Notifications" tabIndex={0}>
          <table className={styles['table']}>
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">To</th>
                <th scope="col">Outcome</th>
                <th scope="col">Answer</th>
              </tr>
            </thead>
            <tbody>
              {attempts.map(({ newest: event, count, since }, i) => (
                <tr key={i}>
                  <td className={styles['nowrap']}>
                    {formatWhen(Date.parse(event.at), zone)}
                    {count > 1 && (
                      <div className={styles['dim']}>
                        {count} times since {formatClock(wholeSecond(since), zone)}
                      </div>
                    )}
                  </td>
                  <td>
                    {event.receiver} <span className={styles['dim']}>{event.integration}</span>
                  </td>
                  <td>
                    <Outcome event={event} />
                  </td>
                  <td className={styles['anywhere']}>{event.answer}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {told.routes.map(({ path, receiver, groupKey, mutedBy }) => (
        <p key={`${path} ${receiver}`} className={styles['dim']}>
          Goes to {receiver}, in the group {groupKey}
          {mutedBy.length > 0 && `; muted now by ${mutedBy.join(', ')}`}
        </p>
      ))}
    </>
  )
}

function wholeSecond(at: string): number {
  return Math.floor(Date.parse(at) / 1000) * 1000
}

function Outcome({ event }: { readonly event: WhyEventJson }) {
  const tries = event.attempt !== undefined && event.attempt > 1 ? `, attempt ${event.attempt}` : ''
  if (event.kind === 'failed') return <WordBadge word={`failed${tries}`} tone="bad" />
  const what = event.resolved === true ? 'told as resolved' : 'told as firing'
  const word = event.shadow === true ? `would have been ${what}` : what
  return <WordBadge word={word + tries} tone="good" />
}
