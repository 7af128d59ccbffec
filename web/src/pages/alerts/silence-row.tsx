import { Button } from '@mantine/core'
import { IconBellRinging, IconPencil, IconRepeat } from '@tabler/icons-react'
import type { GettableSilenceJson } from '../../../../src/contract/alertmanager.ts'
import { TextLink } from '../../shell/text-link.tsx'
import { formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import { useAlertChanges } from './alert-api.ts'
import styles from './alerts.module.css'
import { MatcherChips } from './label-chips.tsx'
import { LinkedText } from './linked-text.tsx'
import { fromJson } from './matcher-draft.ts'
import type { SilenceDraft } from './silence-form.tsx'
import { draftOf } from './silence-view.ts'
import { useMayChange } from './use-may-change.ts'

export interface SilenceRowProps {
  readonly silence: GettableSilenceJson
  /** How many alerts it hides now; undefined while that is not known. */
  readonly hidden: number | undefined
  readonly onEdit: (draft: SilenceDraft) => void
}

export function SilenceRow({ silence, hidden, onEdit }: SilenceRowProps) {
  const { matchers, comment, createdBy, status } = silence
  const { expire } = useAlertChanges()
  const mayChange = useMayChange()
  const isExpired = status.state === 'expired'
  return (
    <li className={styles['row']} data-state={status.state}>
      <div className={styles['rowMain']}>
        <MatcherChips matchers={matchers.map(fromJson)} />
        <div>
          <LinkedText text={comment} /> <span className={styles['dim']}>({createdBy})</span>
        </div>
        <div className={styles['dim']}>
          <Times silence={silence} />
          {status.state === 'active' && hidden !== undefined && (
            <>
              {', '}
              {hidden === 0 ? (
                'hides nothing now'
              ) : (
                <TextLink to="/alerts" search={{ state: 'silenced' }}>
                  hides {hidden === 1 ? '1 alert' : `${hidden} alerts`}
                </TextLink>
              )}
            </>
          )}
        </div>
        {expire.error && (
          <p className={styles['fault']} role="alert">
            {expire.error.message}
          </p>
        )}
      </div>
      {mayChange && (
        <span className={styles['actions']}>
          <Button
            variant="default"
            leftSection={isExpired ? <IconRepeat size={14} /> : <IconPencil size={14} />}
            onClick={() => onEdit(draftOf(silence))}
          >
            {isExpired ? 'Again' : 'Edit'}
          </Button>
          {!isExpired && (
            <Button
              variant="default"
              leftSection={<IconBellRinging size={14} />}
              loading={expire.isPending}
              onClick={() => expire.mutate(silence.id)}
            >
              Expire
            </Button>
          )}
        </span>
      )}
    </li>
  )
}

function Times({ silence }: { readonly silence: GettableSilenceJson }) {
  const { zone } = useTime()
  const when = (at: string): string => formatWhen(Date.parse(at), zone)
  const { status, startsAt, endsAt } = silence
  switch (status.state) {
    case 'active':
      return <>until {when(endsAt)}</>
    case 'pending':
      return (
        <>
          from {when(startsAt)} to {when(endsAt)}
        </>
      )
    case 'expired':
      return <>ended {when(endsAt)}</>
    default:
      return status.state satisfies never
  }
}
