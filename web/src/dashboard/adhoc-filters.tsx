import { ActionIcon, Autocomplete, Button, NativeSelect, Popover, Stack } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { AdhocFilter } from '../../../src/lang/dashboard/model.ts'
import { labelNames, labelValues } from '../api/prometheus.ts'
import styles from './dashboard.module.css'

const OPERATORS = ['=', '!=', '=~', '!~']
const MOST_OFFERED = 500

export interface AdhocFiltersProps {
  readonly label: string
  readonly filters: readonly AdhocFilter[]
  readonly onChange: (filters: readonly AdhocFilter[]) => void
}

/** Matchers that every query of the dashboard gets. */
export function AdhocFilters({ label, filters, onChange }: AdhocFiltersProps) {
  return (
    <span className={styles['filters']}>
      {filters.map((filter, i) => (
        <span key={i} className={styles['filter']}>
          {filter.key} {filter.operator} {filter.values?.join(' | ') ?? filter.value}
          <ActionIcon
            size="xs"
            variant="subtle"
            aria-label={`${label}: remove ${filter.key}`}
            onClick={() => onChange(filters.filter((_one, at) => at !== i))}
          >
            <IconX size={12} />
          </ActionIcon>
        </span>
      ))}
      <NewFilter label={label} onAdd={(filter) => onChange([...filters, filter])} />
    </span>
  )
}

interface NewFilterProps {
  readonly label: string
  readonly onAdd: (filter: AdhocFilter) => void
}

function NewFilter({ label, onAdd }: NewFilterProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <Popover opened={isOpen} onChange={setOpen} trapFocus>
      <Popover.Target>
        <ActionIcon
          size="sm"
          variant="default"
          aria-label={`${label}: add a filter`}
          onClick={() => setOpen(!isOpen)}
        >
          <IconPlus size={14} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <FilterForm
          onAdd={(filter) => {
            onAdd(filter)
            setOpen(false)
          }}
        />
      </Popover.Dropdown>
    </Popover>
  )
}

/** Asks for labels and values only while it is open. */
function FilterForm({ onAdd }: Pick<NewFilterProps, 'onAdd'>) {
  const [key, setKey] = useState('')
  const [operator, setOperator] = useState('=')
  const [value, setValue] = useState('')
  const keys = useQuery({
    queryKey: ['label names'],
    queryFn: ({ signal }) => labelNames({ signal }),
    staleTime: 60_000,
  })
  const values = useQuery({
    queryKey: ['label values', key],
    queryFn: ({ signal }) => labelValues(key, { signal, limit: MOST_OFFERED }),
    enabled: keys.data?.includes(key) ?? false,
    staleTime: 60_000,
  })
  const shared = {
    size: 'xs',
    limit: MOST_OFFERED,
    comboboxProps: { withinPortal: false },
  } as const
  return (
    <Stack gap="xs">
      <Autocomplete
        {...shared}
        label="Label"
        data={[...(keys.data ?? [])]}
        value={key}
        onChange={setKey}
      />
      <NativeSelect
        size="xs"
        label="Operator"
        data={OPERATORS}
        value={operator}
        onChange={(event) => setOperator(event.currentTarget.value)}
      />
      <Autocomplete
        {...shared}
        label="Value"
        data={[...new Set(values.data)]}
        value={value}
        onChange={setValue}
      />
      <Button size="xs" disabled={key === ''} onClick={() => onAdd({ key, operator, value })}>
        Add
      </Button>
    </Stack>
  )
}
