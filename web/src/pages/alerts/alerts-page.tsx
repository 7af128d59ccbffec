import { Button, SegmentedControl, Select, Text } from '@mantine/core'
import { IconBellCheck, IconPlus, IconX } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import type { GettableAlertJson } from '../../../../src/contract/alertmanager.ts'
import { Card } from '../../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { TextLink } from '../../shell/text-link.tsx'
import { useAcknowledgements, useAlerts, useRules } from './alert-api.ts'
import { AlertBundleCard } from './alert-bundle.tsx'
import { AlertDrawer } from './alert-drawer.tsx'
import { useSearchText, useTypedSearchText, type TypedText } from './alert-filters.ts'
import {
  addMatcher,
  bundleAlerts,
  mentions,
  splitFilter,
  stateOf,
  type AlertState,
} from './alert-view.ts'
import { AlertsFrame } from './alerts-frame.tsx'
import styles from './alerts.module.css'
import { FilterField } from './filter-field.tsx'
import { SilenceForm } from './silence-form.tsx'
import { useMayChange } from './use-may-change.ts'

const MOST_BUNDLES = 200

/** What fires now, and what is done about it. */
export function AlertsPage() {
  const [isSilencing, setSilencing] = useState(false)
  const mayChange = useMayChange()
  return (
    <AlertsFrame
      title="Alerts"
      actions={
        mayChange && (
          <Button leftSection={<IconPlus size={14} />} onClick={() => setSilencing(true)}>
            New silence
          </Button>
        )
      }
    >
      <FiringAlerts />
      {isSilencing && (
        <SilenceForm
          draft={{ id: '', matchers: [], comment: '' }}
          onClose={() => setSilencing(false)}
        />
      )}
    </AlertsFrame>
  )
}

function FiringAlerts() {
  const filter = useTypedSearchText('filter')
  const [receiver] = useSearchText('receiver')
  const [state] = useSearchText('state', 'active')
  const [label] = useSearchText('group', 'alertname')
  const [shown, setShown] = useSearchText('alert')
  const { matchers, words } = splitFilter(filter.settled)
  const { data, error, refetch, dataUpdatedAt } = useAlerts({ filter: matchers, receiver })
  const { data: acknowledgements } = useAcknowledgements()
  const found = useMemo(() => (data ?? []).filter((one) => mentions(one, words)), [data, words])
  const inState = found.filter((one) => state === 'all' || stateOf(one) === state)
  const bundles = bundleAlerts(inState, label)
  const choose = (matcher: string): void => filter.type(addMatcher(filter.typed, matcher))
  const isFiltered = filter.settled !== '' || receiver !== ''
  return (
    <>
      <Filters filter={filter} alerts={found} />
      {error !== null && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && error === null && <LoadingState />}
      {data && error === null && bundles.length === 0 && (
        <NothingHere state={state} found={found} isFiltered={isFiltered} />
      )}
      {error === null &&
        bundles
          .slice(0, MOST_BUNDLES)
          .map((bundle) => (
            <AlertBundleCard
              key={bundle.name}
              bundle={bundle}
              label={label}
              nowMs={dataUpdatedAt}
              acknowledgements={acknowledgements ?? []}
              onChoose={choose}
              onOpen={setShown}
            />
          ))}
      {bundles.length > MOST_BUNDLES && (
        <Text size="sm" c="dimmed">
          {bundles.length - MOST_BUNDLES} more groups: narrow the filter to see them.
        </Text>
      )}
      {shown !== '' && (
        <AlertDrawer fingerprint={shown} onChoose={choose} onClose={() => setShown('')} />
      )}
    </>
  )
}

interface FiltersProps {
  readonly filter: TypedText
  /** What the texts leave, of every state. */
  readonly alerts: readonly GettableAlertJson[]
}

function Filters({ filter, alerts }: FiltersProps) {
  const [receiver, setReceiver] = useSearchText('receiver')
  const [state, setState] = useSearchText('state', 'active')
  const [label, setLabel] = useSearchText('group', 'alertname')
  return (
    <div className={styles['filters']}>
      <FilterField
        label="Filter alerts"
        placeholder={'Words, or matchers: severity="critical", instance=~"db.*"'}
        text={filter}
      />
      <StateControl alerts={alerts} value={state} onChange={setState} />
      <GroupBy alerts={alerts} value={label} onChange={setLabel} />
      {receiver !== '' && (
        <Button
          variant="default"
          rightSection={<IconX size={13} />}
          aria-label={`Of every receiver, not only ${receiver}`}
          onClick={() => setReceiver('')}
        >
          to {receiver}
        </Button>
      )}
      <PendingNote />
    </div>
  )
}

const STATES: readonly { readonly value: AlertState | 'all'; readonly label: string }[] = [
  { value: 'active', label: 'Active' },
  { value: 'acknowledged', label: 'Acknowledged' },
  { value: 'silenced', label: 'Silenced' },
  { value: 'inhibited', label: 'Inhibited' },
  { value: 'all', label: 'All' },
]

interface ChoiceProps {
  readonly alerts: readonly GettableAlertJson[]
  readonly value: string
  readonly onChange: (value: string) => void
}

function StateControl({ alerts, value, onChange }: ChoiceProps) {
  const count = (state: AlertState | 'all'): number =>
    state === 'all' ? alerts.length : alerts.filter((alert) => stateOf(alert) === state).length
  return (
    <div className={styles['scrollX']}>
      <SegmentedControl
        aria-label="State"
        data={STATES.map((state) => ({
          value: state.value,
          label: `${state.label} ${count(state.value)}`,
        }))}
        value={value}
        onChange={onChange}
      />
    </div>
  )
}

/** By which label alerts are put together. */
function GroupBy({ alerts, value, onChange }: ChoiceProps) {
  const names = new Set(['alertname', value])
  for (const { labels } of alerts) for (const name of Object.keys(labels)) names.add(name)
  return (
    <Select
      aria-label="Group by"
      className={styles['groupBy'] ?? ''}
      allowDeselect={false}
      searchable
      data={[...names].sort().map((name) => ({ value: name, label: `by ${name}` }))}
      value={value}
      onChange={(next) => next !== null && onChange(next)}
    />
  )
}

/** What may fire soon. */
function PendingNote() {
  const { data } = useRules()
  const pending = (data?.groups ?? [])
    .flatMap(({ rules }) => rules)
    .flatMap((rule) => (rule.type === 'alerting' ? (rule.alerts ?? []) : []))
    .filter(({ state }) => state === 'pending').length
  if (pending === 0) return null
  return (
    <Text size="sm" c="dimmed">
      <TextLink to="/alerts/rules" search={{ state: 'pending' }}>
        {pending} pending
      </TextLink>
    </Text>
  )
}

interface NothingHereProps {
  readonly state: string
  readonly found: readonly GettableAlertJson[]
  readonly isFiltered: boolean
}

function NothingHere({ state, found, isFiltered }: NothingHereProps) {
  const others = STATES.filter(({ value }) => value !== 'all' && value !== state)
    .map(({ value, label }) => ({
      label: label.toLowerCase(),
      count: found.filter((one) => stateOf(one) === value).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ count, label }) => `${count} ${label}`)
  return (
    <Card>
      <EmptyState
        title={
          isFiltered
            ? 'No alert like that'
            : state === 'active' || state === 'all'
              ? 'All quiet'
              : `No alert is ${state}`
        }
        icon={<IconBellCheck size={28} stroke={1.4} />}
      >
        {others.length > 0 ? (
          <>Otherwise: {others.join(', ')}.</>
        ) : isFiltered ? (
          'Take something away from the filter.'
        ) : (
          <>
            Nothing fires. <TextLink to="/alerts/rules">The rules</TextLink> are watching.
          </>
        )}
      </EmptyState>
    </Card>
  )
}
