import { Button, SegmentedControl } from '@mantine/core'
import { IconBellOff, IconPlus } from '@tabler/icons-react'
import { useDeferredValue, useState } from 'react'
import type { GettableSilenceJson } from '../../../../src/contract/alertmanager.ts'
import { Card } from '../../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { useAlerts, useSilences } from './alert-api.ts'
import { useSearchChange, useSearchText, useTypedSearchText } from './alert-filters.ts'
import { AlertsFrame } from './alerts-frame.tsx'
import styles from './alerts.module.css'
import { FilterField } from './filter-field.tsx'
import { readMatchers } from './matcher-draft.ts'
import { countHidden, draftOf, isLike } from './silence-view.ts'
import { SilenceForm, type SilenceDraft } from './silence-form.tsx'
import { SilenceRow } from './silence-row.tsx'
import { useMayChange } from './use-may-change.ts'

/** What is kept quiet, by whom and until when. */
export function SilencesPage() {
  const { data, error, refetch } = useSilences()
  const [asked] = useSearchText('new', NONE)
  const [edited] = useSearchText('edit')
  const change = useSearchChange()
  const [chosen, setChosen] = useState<SilenceDraft>()
  const mayChange = useMayChange()
  const draft = chosen ?? linkedDraft(asked, edited, data ?? [])
  const close = (): void => {
    setChosen(undefined)
    if (asked !== NONE || edited !== '') change({ new: undefined, edit: undefined })
  }
  return (
    <AlertsFrame
      title="Silences"
      actions={
        mayChange && (
          <Button
            leftSection={<IconPlus size={14} />}
            onClick={() => setChosen({ id: '', matchers: [], comment: '' })}
          >
            New silence
          </Button>
        )
      }
    >
      {error !== null && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && error === null && <LoadingState />}
      {data && <Silences silences={data} onEdit={setChosen} />}
      {draft && mayChange && (
        <SilenceForm
          key={`${draft.id} ${JSON.stringify(draft.matchers)}`}
          draft={draft}
          onClose={close}
        />
      )}
    </AlertsFrame>
  )
}

/** A link may ask for a new one, or for one to be changed. */
function linkedDraft(
  asked: string,
  edited: string,
  silences: readonly GettableSilenceJson[],
): SilenceDraft | undefined {
  if (asked !== NONE) return { id: '', matchers: readMatchers(asked).matchers, comment: '' }
  const found = silences.find(({ id }) => id === edited)
  return found && draftOf(found)
}

/** Not even an empty filter: nobody asks for a new one. */
const NONE = '\u0000'

const STATES = ['active', 'pending', 'expired'] as const
const NAMES = { active: 'Active', pending: 'Pending', expired: 'Expired' } as const
const MOST_SHOWN = 200

interface SilencesProps {
  readonly silences: readonly GettableSilenceJson[]
  readonly onEdit: (draft: SilenceDraft) => void
}

function Silences({ silences, onEdit }: SilencesProps) {
  const text = useTypedSearchText('filter')
  const [id, setId] = useSearchText('id')
  const linked = silences.find((one) => one.id === id)
  const [chosen] = useSearchText('state', 'active')
  const change = useSearchChange()
  const state = linked?.status.state ?? chosen
  const { data: alerts } = useAlerts()
  const wanted = useDeferredValue(text.settled)
  const shown = silences.filter(
    (one) => one.status.state === state && (id === '' || one.id === id) && isLike(one, wanted),
  )
  const count = (one: string): number =>
    silences.filter(({ status }) => status.state === one).length
  return (
    <>
      <div className={styles['filters']}>
        <FilterField label="Search silences" placeholder="Matcher, person, comment" text={text} />
        <SegmentedControl
          aria-label="State"
          data={STATES.map((one) => ({ value: one, label: `${NAMES[one]} ${count(one)}` }))}
          value={state}
          onChange={(next) =>
            change({ id: undefined, state: next === 'active' ? undefined : next })
          }
        />
        {id !== '' && (
          <Button variant="default" onClick={() => setId('')}>
            Show all, not only the linked one
          </Button>
        )}
      </div>
      {shown.length === 0 ? (
        <Card>
          <EmptyState
            title={wanted === '' ? `No silence is ${state}` : 'No silence like that'}
            icon={<IconBellOff size={28} stroke={1.4} />}
          >
            {state === 'active' && wanted === '' && 'Everything that fires is told.'}
          </EmptyState>
        </Card>
      ) : (
        <Card isFlush>
          <ul className={styles['rows']}>
            {shown.slice(0, MOST_SHOWN).map((silence) => (
              <SilenceRow
                key={silence.id}
                silence={silence}
                hidden={alerts && countHidden(silence, alerts)}
                onEdit={onEdit}
              />
            ))}
          </ul>
        </Card>
      )}
    </>
  )
}
