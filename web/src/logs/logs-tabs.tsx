import { SegmentedControl } from '@mantine/core'
import type { LogsState, LogsTab } from './logs-state.ts'

const TABS = [
  { value: 'lines', label: 'Lines' },
  { value: 'patterns', label: 'Patterns' },
] as const

export interface LogsTabsProps {
  readonly tab: LogsTab
  readonly onChange: (change: Partial<LogsState>) => void
}

/** The lines themselves, or what they have in common. */
export function LogsTabs({ tab, onChange }: LogsTabsProps) {
  return (
    <SegmentedControl
      aria-label="Show"
      data={[...TABS]}
      value={tab}
      onChange={(next) => onChange({ tab: next })}
    />
  )
}
