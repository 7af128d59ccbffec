import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import type { TypedText } from './alert-filters.ts'
import styles from './alerts.module.css'

export interface FilterFieldProps {
  readonly label: string
  readonly placeholder: string
  readonly text: TypedText
}

/** The field above a list that says what of it is shown. */
export function FilterField({ label, placeholder, text }: FilterFieldProps) {
  return (
    <TextInput
      className={styles['search'] ?? ''}
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={15} />}
      value={text.typed}
      onChange={(event) => text.type(event.currentTarget.value)}
    />
  )
}
