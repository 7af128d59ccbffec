import { ActionIcon, Tooltip } from '@mantine/core'
import { IconCopyPlus, IconTrash, IconWand } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { QueryEditor } from '../editor/query-editor.tsx'
import { loadLanguage, type LanguageId } from '../editor/languages.ts'
import { letterOf } from './explore-state.ts'
import styles from './explore.module.css'

export interface QueryRowProps {
  readonly language: LanguageId
  readonly index: number
  readonly count: number
  readonly value: string
  readonly onChange: (text: string) => void
  readonly onRun: () => void
  readonly onDuplicate: () => void
  readonly onRemove: () => void
}

/** One query with what can be done to it. */
export function QueryRow(props: QueryRowProps) {
  const { language, index, count, value, onChange, onRun, onDuplicate, onRemove } = props
  const letter = letterOf(index)
  const format = async (): Promise<void> => {
    const { format: print } = await loadLanguage(language)
    const formatted = print(value)
    if (formatted !== undefined) onChange(formatted)
  }
  return (
    <div className={styles['query']}>
      <span className={styles['letter']} aria-hidden>
        {letter}
      </span>
      <div className={styles['editor']}>
        <QueryEditor
          language={language}
          value={value}
          label={`Query ${letter}`}
          onChange={onChange}
          onRun={onRun}
          hasFocus={index === count - 1 && value === ''}
        />
      </div>
      <RowButton label={`Format query ${letter}`} onClick={() => void format()}>
        <IconWand size={16} />
      </RowButton>
      <RowButton label={`Duplicate query ${letter}`} onClick={onDuplicate}>
        <IconCopyPlus size={16} />
      </RowButton>
      {count > 1 && (
        <RowButton label={`Remove query ${letter}`} onClick={onRemove}>
          <IconTrash size={16} />
        </RowButton>
      )}
    </div>
  )
}

interface RowButtonProps {
  readonly label: string
  readonly onClick: () => void
  readonly children: ReactNode
}

function RowButton({ label, onClick, children }: RowButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={33} aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  )
}
