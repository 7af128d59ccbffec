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

function NewFilter({
  label,
  onAdd,
}: {
  readonly label: string
  readonly onAdd: (filter: AdhocFilter) => void
}) {
  const [isOpen, setOpen] = useState(false)
  const [key, setKey] = useState('')
  const [operator, setOperator] = useState('=')
  const [value, setValue] = useState('')
  const keys = useQuery({
    queryKey: ['label names'],
    queryFn: ({ signal }) => labelNames({ signal }),
    enabled: isOpen,
    staleTime: 60_000,
  })
  const values = useQuery({
    queryKey: ['label values', key],
    queryFn: ({ signal }) => labelValues(key, { signal, limit: MOST_OFFERED }),
    enabled: isOpen && (keys.data?.includes(key) ?? false),
    staleTime: 60_000,
  })
  const add = (): void => {
    if (key !== '') onAdd({ key, operator, value })
    setOpen(false)
    setKey('')
    setValue('')
  }
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
        <Stack gap="xs">
          <Autocomplete
            size="xs"
            label="Label"
            data={[...(keys.data ?? [])]}
            value={key}
            onChange={setKey}
            limit={MOST_OFFERED}
            comboboxProps={{ withinPortal: false }}
          />
          <NativeSelect
            size="xs"
            label="Operator"
            data={OPERATORS}
            value={operator}
            onChange={(event) => setOperator(event.currentTarget.value)}
          />
          <Autocomplete
            size="xs"
            label="Value"
            data={[...new Set(values.data)]}
            value={value}
            onChange={setValue}
            limit={MOST_OFFERED}
            comboboxProps={{ withinPortal: false }}
          />
          <Button size="xs" onClick={add}>
            Add
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
