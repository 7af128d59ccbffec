import {
  IconAlertTriangle,
  IconBellOff,
  IconEyeOff,
  IconFlame,
  IconInfoCircle,
  IconMoon,
  IconPoint,
  IconUserCheck,
} from '@tabler/icons-react'
import styles from './alerts.module.css'
import type { AlertState, Severity } from './alert-view.ts'

const SEVERITY_ICONS: Readonly<Record<Severity, typeof IconFlame>> = {
  critical: IconFlame,
  warning: IconAlertTriangle,
  info: IconInfoCircle,
  none: IconPoint,
}

export interface SeverityBadgeProps {
  readonly severity: Severity
  /** The team's own word for it. */
  readonly word?: string | undefined
}

/** How bad it is: by colour, icon and word. */
export function SeverityBadge({ severity, word }: SeverityBadgeProps) {
  const Icon = SEVERITY_ICONS[severity]
  return (
    <span className={styles['severity']} data-severity={severity}>
      <Icon size={14} aria-hidden />
      {word ?? (severity === 'none' ? 'no severity' : severity)}
    </span>
  )
}

const STATES: Readonly<
  Record<AlertState, { readonly name: string; readonly icon: typeof IconMoon }>
> = {
  active: { name: 'Active', icon: IconFlame },
  silenced: { name: 'Silenced', icon: IconBellOff },
  inhibited: { name: 'Inhibited', icon: IconEyeOff },
  acknowledged: { name: 'Acknowledged', icon: IconUserCheck },
  muted: { name: 'Muted', icon: IconMoon },
}

export interface StateBadgeProps {
  readonly state: AlertState
  /** Who did it. */
  readonly by?: string | undefined
}

/** What keeps an alert from being told; an active one needs no badge. */
export function StateBadge({ state, by }: StateBadgeProps) {
  const { name, icon: Icon } = STATES[state]
  return (
    <span className={styles['badge']} data-state={state}>
      <Icon size={13} aria-hidden />
      {name}
      {by !== undefined && by !== '' && ` by ${by}`}
    </span>
  )
}

export interface WordBadgeProps {
  readonly word: string
  readonly tone: 'bad' | 'warn' | 'good' | 'dim'
}

/** One word in a colour that says how it stands. */
export function WordBadge({ word, tone }: WordBadgeProps) {
  return (
    <span className={styles['badge']} data-tone={tone}>
      {word}
    </span>
  )
}
