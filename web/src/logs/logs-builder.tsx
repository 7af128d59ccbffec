import { ActionIcon, Autocomplete, Button, Select, TextInput, Tooltip } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState, type SubmitEvent } from 'react'
import type { MatchOp } from '../../../src/model/matcher.ts'
import { lokiLabelNames, lokiLabelValues } from '../api/loki.ts'
import { useTime } from '../time/time-context.tsx'
import {
  printSelector,
  readMatchers,
  withLineFilter,
  withMatchers,
  type StreamMatcher,
} from './edit-query.ts'
import styles from './logs.module.css'

export interface LogsBuilderProps {
  readonly query: string
  readonly onDraft: (query: string) => void
  readonly onRun: (query: string) => void
}

const NEW_ROW: StreamMatcher = { name: '', op: '=', value: '' }

/** The query by its parts, for who does not know the language: which streams, and which text. */
export function LogsBuilder({ query, onDraft, onRun }: LogsBuilderProps) {
  const [rows, setRows] = useState(() => rowsOf(query))
  const [read, setRead] = useState(query)
  if (read !== query) {
    // Somebody else wrote it: rows that are not whole yet go.
    setRead(query)
    setRows(rowsOf(query))
  }
  const change = (next: readonly StreamMatcher[], runs: boolean): void => {
    setRows(next)
    const whole = next.filter(isWhole)
    if (whole.length === 0) return
    const changed = withMatchers(query, whole)
    setRead(changed)
    if (runs) onRun(changed)
    else onDraft(changed)
  }
  return (
    <div className={styles['builder']} role="group" aria-label="Builder">
      {rows.map((row, i) => (
        <MatcherRow
          key={i}
          row={row}
          others={rows.filter((other, j) => j !== i && isWhole(other))}
          onChange={(next, runs) => change(rows.with(i, next), runs)}
          onRemove={() => change(rows.toSpliced(i, 1), true)}
        />
      ))}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} />}
          onClick={() => setRows([...rows, NEW_ROW])}
        >
          Label
        </Button>
      </div>
      <TextRow onAdd={(op, text) => onRun(withLineFilter(query, op, text))} />
    </div>
  )
}

function rowsOf(query: string): readonly StreamMatcher[] {
  const found = readMatchers(query)
  return found.length === 0 ? [NEW_ROW] : found
}

function isWhole({ name, value }: StreamMatcher): boolean {
  return name !== '' && value !== ''
}

const OPS: readonly { readonly value: MatchOp; readonly label: string }[] = [
  { value: '=', label: 'is' },
  { value: '!=', label: 'is not' },
  { value: '=~', label: 'matches' },
  { value: '!~', label: 'does not match' },
]

interface MatcherRowProps {
  readonly row: StreamMatcher
  readonly others: readonly StreamMatcher[]
  readonly onChange: (row: StreamMatcher, runs: boolean) => void
  readonly onRemove: () => void
}

function MatcherRow({ row, others, onChange, onRemove }: MatcherRowProps) {
  const { names, values } = useOffers(row.name, others)
  const known = row.name === '' || names.includes(row.name) ? names : [row.name, ...names]
  return (
    <div className={styles['builderRow']}>
      <Select
        aria-label="Label"
        placeholder="Label"
        searchable
        data={[...known]}
        value={row.name === '' ? null : row.name}
        onChange={(name) => onChange({ ...row, name: name ?? '', value: '' }, false)}
      />
      <Select
        aria-label="Condition"
        className={styles['op'] ?? ''}
        allowDeselect={false}
        data={[...OPS]}
        value={row.op}
        onChange={(op) => onChange({ ...row, op: op ?? '=' }, false)}
      />
      <Autocomplete
        size="xs"
        aria-label="Value"
        placeholder="Value"
        disabled={row.name === ''}
        data={[...values]}
        value={row.value}
        limit={200}
        onChange={(value) => onChange({ ...row, value }, false)}
        onOptionSubmit={(value) => onChange({ ...row, value }, true)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && row.value !== '') onChange(row, true)
        }}
      />
      <Tooltip label="Remove this condition">
        <ActionIcon
          variant="default"
          size={30}
          aria-label="Remove this condition"
          onClick={onRemove}
        >
          <IconX size={14} />
        </ActionIcon>
      </Tooltip>
    </div>
  )
}

/** Labels and values that streams of the range have, given the other conditions. */
function useOffers(
  name: string,
  others: readonly StreamMatcher[],
): { readonly names: readonly string[]; readonly values: readonly string[] } {
  const { resolved } = useTime()
  const isSelective = others.some(({ op }) => op === '=' || op === '=~')
  const selector = isSelective ? printSelector(others) : undefined
  const options = { staleTime: 30_000, gcTime: 60_000 } as const
  const names = useQuery({
    queryKey: ['log-label-names', selector, resolved.fromMs, resolved.toMs],
    queryFn: ({ signal }) => lokiLabelNames(resolved, selector, signal),
    ...options,
  })
  const values = useQuery({
    queryKey: ['log-label-values', name, selector, resolved.fromMs, resolved.toMs],
    queryFn: ({ signal }) => lokiLabelValues(name, resolved, selector, signal),
    enabled: name !== '',
    ...options,
  })
  // The same text twice would be the same choice twice.
  return { names: names.data ?? [], values: [...new Set(values.data)] }
}

interface TextRowProps {
  readonly onAdd: (op: '|=' | '!=', text: string) => void
}

function TextRow({ onAdd }: TextRowProps) {
  const [text, setText] = useState('')
  const [op, setOp] = useState<'|=' | '!='>('|=')
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (text === '') return
    onAdd(op, text)
    setText('')
  }
  return (
    <form className={styles['builderRow']} onSubmit={submit}>
      <Select
        aria-label="Lines that"
        allowDeselect={false}
        data={[
          { value: '|=', label: 'Line contains' },
          { value: '!=', label: 'Line does not contain' },
        ]}
        value={op}
        onChange={(next) => setOp(next === '!=' ? '!=' : '|=')}
      />
      <TextInput
        className={styles['text'] ?? ''}
        aria-label="Text"
        placeholder="Text in the line"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={text === ''}>
        Add
      </Button>
    </form>
  )
}
