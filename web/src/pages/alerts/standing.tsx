import type { WhyAlertJson } from '../../../../src/contract/alert-why.ts'
import { TextLink } from '../../shell/text-link.tsx'
import { formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import styles from './alerts.module.css'
import { LabelChips } from './label-chips.tsx'
import { LinkedText } from './linked-text.tsx'

/** Who takes care of an alert, and what keeps it from being told. */
export function Standing({ now }: { readonly now: WhyAlertJson['now'] }) {
  const { zone } = useTime()
  const { acknowledgedBy, silencedBy, inhibitedBy } = now
  if (acknowledgedBy === undefined && silencedBy.length + inhibitedBy.length === 0) return null
  return (
    <div className={styles['standing']}>
      {acknowledgedBy && (
        <p>
          <strong>
            {acknowledgedBy.assignee === '' ? acknowledgedBy.createdBy : acknowledgedBy.assignee}
          </strong>{' '}
          takes care of it since {formatWhen(Date.parse(acknowledgedBy.createdAt), zone)}
          {acknowledgedBy.comment !== '' && (
            <>
              : <LinkedText text={acknowledgedBy.comment} />
            </>
          )}
        </p>
      )}
      {silencedBy.map(({ id, createdBy, comment, endsAt }) => (
        <p key={id}>
          <TextLink to="/alerts/silences" search={{ id }}>
            Silenced
          </TextLink>{' '}
          by {createdBy} until {formatWhen(Date.parse(endsAt), zone)}: <LinkedText text={comment} />
        </p>
      ))}
      {inhibitedBy.map(({ fingerprint, labels }) => (
        <p key={fingerprint}>
          Inhibited by {labels['alertname'] ?? fingerprint}{' '}
          <LabelChips labels={labels} without={['alertname']} />
        </p>
      ))}
    </div>
  )
}
