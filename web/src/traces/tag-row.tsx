import { ActionIcon, Autocomplete, NativeSelect, Tooltip } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { onEnter } from './on-enter.ts'
import { looksBare, type TagCondition, type TagOp } from './trace-form.ts'
import styles from './traces.module.css'
import { useTagNames, useTagValues } from './use-tags.ts'

const OPS: readonly { readonly value: TagOp; readonly label: string }[] = [
  { value: '=', label: 'is' },
  { value: '!=', label: 'is not' },
  { value: '=~', label: 'matches' },
  { value: '!~', label: 'does not match' },
  { value: '>', label: '>' },
  { value: '>=', label: '≥' },
  { value: '<', label: '<' },
  { value: '<=', label: '≤' },
]

export interface TagRowProps {
  readonly tag: TagCondition
  /** The query without this condition: only what it leaves is offered. */
  readonly rest: string
  readonly onChange: (tag: TagCondition, runs: boolean) => void
  readonly onRemove: () => void
}

/** A condition on one attribute. */
export function TagRow({ tag, rest, onChange, onRemove }: TagRowProps) {
  const [isOpen, setOpen] = useState(false)
  const names = useTagNames(isOpen)
  const values = useTagValues(tag.name, rest, isOpen && tag.name !== '')
  const withValue = (value: string): TagCondition => {
    const type = values.find((one) => one.value === value)?.type
    return { ...tag, value, isText: type === undefined ? !looksBare(value) : type === 'string' }
  }
  return (
    <div className={styles['tagRow']} onFocus={() => setOpen(true)}>
      <Autocomplete
        size="xs"
        aria-label="Attribute"
        placeholder="span.http.method"
        data={[...names]}
        limit={200}
        value={tag.name}
        onChange={(name) => onChange({ ...tag, name: name.trim() }, false)}
      />
      <NativeSelect
        size="xs"
        aria-label="Condition"
        data={[...OPS]}
        value={tag.op}
        onChange={({ currentTarget }) => {
          const op = OPS.find(({ value }) => value === currentTarget.value)?.value ?? '='
          onChange({ ...tag, op }, tag.value !== '')
        }}
      />
      <Autocomplete
        size="xs"
        aria-label="Value"
        placeholder="Value"
        data={[...new Set(values.map(({ value }) => value))]}
        limit={200}
        value={tag.value}
        onChange={(value) => onChange(withValue(value), false)}
        onOptionSubmit={(value) => onChange(withValue(value), true)}
        onKeyDown={onEnter(() => onChange(tag, true))}
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
