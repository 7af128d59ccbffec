import { Button, Menu } from '@mantine/core'
import { IconEye } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { LinesLook } from './log-lines.tsx'
import type { LogsState } from './logs-state.ts'

export interface LookMenuProps {
  readonly state: LogsState
  readonly look: LinesLook
  readonly onChange: (change: Partial<LogsState>) => void
}

const LABELS = [
  { value: 'differing', text: 'Labels that differ' },
  { value: 'all', text: 'All labels' },
  { value: 'none', text: 'No labels' },
] as const

/** In which order lines come, and what of them is shown. */
export function LookMenu({ state, look, onChange }: LookMenuProps) {
  const wraps = look.wraps === true
  const isOldestFirst = state.order === 'oldest-first'
  return (
    <Menu position="bottom-start" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button variant="default" leftSection={<IconEye size={15} />}>
          View
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Order</Menu.Label>
        <Choice isOn={!isOldestFirst} onClick={() => onChange({ order: 'newest-first' })}>
          Newest first
        </Choice>
        <Choice isOn={isOldestFirst} onClick={() => onChange({ order: 'oldest-first' })}>
          Oldest first
        </Choice>
        <Menu.Divider />
        <Menu.Label>Lines</Menu.Label>
        <Choice isOn={wraps} onClick={() => onChange({ wraps: !wraps })}>
          Wrap long lines
        </Choice>
        <Choice isOn={!state.hidesTime} onClick={() => onChange({ hidesTime: !state.hidesTime })}>
          Time
        </Choice>
        <Choice
          isOn={state.showsFields === true}
          onClick={() => onChange({ showsFields: !state.showsFields })}
        >
          Fields beside them
        </Choice>
        <Menu.Divider />
        <Menu.Label>Labels of streams</Menu.Label>
        {LABELS.map(({ value, text }) => (
          <Choice
            key={value}
            isOn={state.labels === value}
            onClick={() => onChange({ labels: value })}
          >
            {text}
          </Choice>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

interface ChoiceProps {
  readonly isOn: boolean
  readonly onClick: () => void
  readonly children: ReactNode
}

function Choice({ isOn, onClick, children }: ChoiceProps) {
  return (
    <Menu.CheckboxItem checked={isOn} onChange={onClick}>
      {children}
    </Menu.CheckboxItem>
  )
}
