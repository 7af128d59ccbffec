import { Autocomplete, Button, NativeSelect, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { onEnter } from './on-enter.ts'
import { TagRow } from './tag-row.tsx'
import {
  isDuration,
  readForm,
  STATUSES,
  writeForm,
  type TagCondition,
  type TraceForm,
} from './trace-form.ts'
import styles from './traces.module.css'
import { useTagValues } from './use-tags.ts'

export interface TraceFormViewProps {
  /** TraceQL. */
  readonly query: string
  readonly onDraft: (query: string) => void
  readonly onRun: (query: string) => void
}

const NEW_TAG: TagCondition = { name: '', op: '=', value: '', isText: true }

/** The search by its parts, for who does not know the language; it writes TraceQL. */
export function TraceFormView({ query, onDraft, onRun }: TraceFormViewProps) {
  const [read, setRead] = useState(query)
  const [form, setForm] = useState(() => readForm(query))
  if (read !== query) {
    // Somebody else wrote it: what is not whole yet goes.
    setRead(query)
    setForm(readForm(query))
  }
  if (form === undefined) {
    return (
      <p className={styles['beyond']}>
        This query says more than the form can.{' '}
        <Button variant="default" size="compact-xs" onClick={() => onDraft('{}')}>
          Begin anew
        </Button>
      </p>
    )
  }
  const change = (part: Partial<TraceForm>, runs = false): void => {
    const next = { ...form, ...part }
    const written = writeForm(next)
    setForm(next)
    setRead(written)
    if (runs) onRun(written)
    else onDraft(written)
  }
  return <Fields form={form} onChange={change} />
}

interface FieldsProps {
  readonly form: TraceForm
  readonly onChange: (part: Partial<TraceForm>, runs?: boolean) => void
}

function Fields({ form, onChange }: FieldsProps) {
  const set = (index: number, tag: TagCondition, runs: boolean): void =>
    onChange({ tags: form.tags.with(index, tag) }, runs)
  return (
    <div role="group" aria-label="Search form" className={styles['form']}>
      <UsualFields form={form} onChange={onChange} />
      {form.tags.map((tag, i) => (
        <TagRow
          key={i}
          tag={tag}
          rest={writeForm({ ...form, tags: form.tags.toSpliced(i, 1) })}
          onChange={(next, runs) => set(i, next, runs)}
          onRemove={() => onChange({ tags: form.tags.toSpliced(i, 1) }, true)}
        />
      ))}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={() => onChange({ tags: [...form.tags, NEW_TAG] })}
        >
          Attribute
        </Button>
      </div>
    </div>
  )
}

function UsualFields({ form, onChange }: FieldsProps) {
  const run = (): void => onChange({}, true)
  return (
    <div className={styles['formRow']}>
      <TextWithOffers
        label="Service"
        tag="resource.service.name"
        rest={writeForm({ ...form, service: '' })}
        value={form.service}
        onChange={(service, runs) => onChange({ service }, runs)}
        onRun={run}
      />
      <TextWithOffers
        label="Span name"
        tag="name"
        rest={writeForm({ ...form, name: '' })}
        value={form.name}
        onChange={(name, runs) => onChange({ name }, runs)}
        onRun={run}
      />
      <NativeSelect
        size="xs"
        label="Status"
        data={[{ value: '', label: 'Any' }, ...STATUSES]}
        value={form.status}
        onChange={({ currentTarget }) => onChange({ status: currentTarget.value }, true)}
      />
      <DurationInput
        label="At least"
        value={form.minDuration}
        onChange={(minDuration) => onChange({ minDuration })}
        onRun={run}
      />
      <DurationInput
        label="At most"
        value={form.maxDuration}
        onChange={(maxDuration) => onChange({ maxDuration })}
        onRun={run}
      />
    </div>
  )
}

interface TextWithOffersProps {
  readonly label: string
  readonly tag: string
  /** The query without this condition: only what it leaves is offered. */
  readonly rest: string
  readonly value: string
  readonly onChange: (value: string, runs: boolean) => void
  readonly onRun: () => void
}

function TextWithOffers(props: TextWithOffersProps) {
  const { label, tag, rest, value, onChange, onRun } = props
  const [isOpen, setOpen] = useState(false)
  const values = useTagValues(tag, rest, isOpen)
  return (
    <Autocomplete
      size="xs"
      label={label}
      placeholder="Any"
      data={[...new Set(values.map((one) => one.value))]}
      limit={200}
      value={value}
      onFocus={() => setOpen(true)}
      onChange={(text) => onChange(text, false)}
      onOptionSubmit={(text) => onChange(text, true)}
      onKeyDown={onEnter(onRun)}
    />
  )
}

interface DurationInputProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly onRun: () => void
}

function DurationInput({ label, value, onChange, onRun }: DurationInputProps) {
  const isWrong = value !== '' && !isDuration(value)
  return (
    <TextInput
      label={label}
      placeholder="100ms"
      value={value}
      error={isWrong ? 'Like 100ms or 1.5s' : undefined}
      onChange={({ currentTarget }) => onChange(currentTarget.value.trim())}
      onKeyDown={onEnter(onRun)}
    />
  )
}
