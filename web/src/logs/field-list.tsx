import { TextInput } from '@mantine/core'
import { IconChevronRight } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { formatValue } from '../format/format-value.ts'
import { FieldStatsView } from './field-stats-view.tsx'
import { detectFields, type DetectedField, type LineField } from './line-fields.ts'
import type { LogLine } from './log-line.ts'
import styles from './logs.module.css'

export interface FieldListProps {
  readonly lines: readonly LogLine[]
  readonly onFilter: (field: LineField, isOut: boolean) => void
}

/** To look into more lines would be felt. */
const SEARCHED_LINES = 2000
const SHOWN_FIELDS = 100

/** What the lines that are shown say by name: how many do, and how many values there are. */
export function FieldList({ lines, onFilter }: FieldListProps) {
  const [search, setSearch] = useState('')
  const [opened, setOpened] = useState<string | undefined>()
  const searched = useMemo(() => lines.slice(0, SEARCHED_LINES), [lines])
  const fields = useMemo(() => detectFields(searched), [searched])
  const wanted = search.trim().toLowerCase()
  const found = fields.filter(({ name }) => name.toLowerCase().includes(wanted))
  return (
    <aside className={styles['fields']} aria-label="Fields">
      <TextInput
        aria-label="Search fields"
        placeholder={fields.length === 1 ? '1 field' : `${fields.length} fields`}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <ul>
        {found.slice(0, SHOWN_FIELDS).map((field) => (
          <li key={field.name}>
            <FieldButton
              field={field}
              ofLines={searched.length}
              isOpen={opened === field.name}
              onToggle={() => setOpened(opened === field.name ? undefined : field.name)}
            />
            {opened === field.name && (
              <FieldStatsView
                lines={searched}
                name={field.name}
                onPick={(value) => onFilter({ name: field.name, kind: field.kind, value }, false)}
              />
            )}
          </li>
        ))}
      </ul>
    </aside>
  )
}

interface FieldButtonProps {
  readonly field: DetectedField
  readonly ofLines: number
  readonly isOpen: boolean
  readonly onToggle: () => void
}

const KINDS: Readonly<Record<DetectedField['kind'], string>> = {
  label: 'label of streams',
  metadata: 'structured metadata',
  parsed: 'parsed by the query',
  json: 'JSON field',
  logfmt: 'logfmt field',
}

function FieldButton({ field, ofLines, isOpen, onToggle }: FieldButtonProps) {
  const { name, kind, lines, distinct } = field
  const share = lines / Math.max(1, ofLines)
  return (
    <button
      type="button"
      className={styles['field']}
      aria-expanded={isOpen}
      title={`${name}: ${KINDS[kind]}, in ${formatValue(share, 'percent')} of the lines`}
      onClick={onToggle}
    >
      <IconChevronRight size={12} aria-hidden />
      <span className={styles['fieldName']}>{name}</span>
      <span className={styles['dim']}>{formatValue(distinct, 'count')}</span>
    </button>
  )
}
