import { ActionIcon, Tooltip } from '@mantine/core'
import { IconChartBar, IconZoomIn, IconZoomOut } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { FieldStatsView } from './field-stats-view.tsx'
import type { LineField } from './line-fields.ts'
import type { LogLine } from './log-line.ts'
import styles from './log-lines.module.css'

export interface FieldRowProps {
  readonly field: LineField
  readonly lines: readonly LogLine[]
  readonly onFilter: ((field: LineField, isOut: boolean) => void) | undefined
}

const SHOWN_CHARS = 2000

/** A field of a line: filter for its value, filter it out, see which values there are. */
export function FieldRow({ field, lines, onFilter }: FieldRowProps) {
  const [showsStats, setShowsStats] = useState(false)
  const { name, value } = field
  return (
    <>
      <tr>
        <td className={styles['fieldButtons']}>
          {onFilter && (
            <>
              <FieldButton
                label={`Only lines with this ${name}`}
                onClick={() => onFilter(field, false)}
              >
                <IconZoomIn size={14} />
              </FieldButton>
              <FieldButton
                label={`No lines with this ${name}`}
                onClick={() => onFilter(field, true)}
              >
                <IconZoomOut size={14} />
              </FieldButton>
            </>
          )}
          <FieldButton
            label={`Values of ${name}`}
            isPressed={showsStats}
            onClick={() => setShowsStats(!showsStats)}
          >
            <IconChartBar size={14} />
          </FieldButton>
        </td>
        <th scope="row">{name}</th>
        <td className={styles['fieldValue']}>
          {value.length > SHOWN_CHARS ? `${value.slice(0, SHOWN_CHARS)}…` : value}
        </td>
      </tr>
      {showsStats && (
        <tr>
          <td colSpan={3}>
            <FieldStatsView
              lines={lines}
              name={name}
              {...(onFilter
                ? { onPick: (picked) => onFilter({ ...field, value: picked }, false) }
                : {})}
            />
          </td>
        </tr>
      )}
    </>
  )
}

interface FieldButtonProps {
  readonly label: string
  readonly isPressed?: boolean
  readonly onClick: () => void
  readonly children: ReactNode
}

function FieldButton({ label, isPressed, onClick, children }: FieldButtonProps) {
  return (
    <Tooltip label={label} openDelay={400}>
      <ActionIcon
        variant="subtle"
        size={22}
        color="gray"
        aria-label={label}
        aria-pressed={isPressed}
        onClick={onClick}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  )
}
