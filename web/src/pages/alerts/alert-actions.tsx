import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconBellOff, IconUserCheck, IconUserX } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import type { GettableAlertJson } from '../../../../src/contract/alertmanager.ts'
import { AcknowledgeForm } from './acknowledge-form.tsx'
import { useAlertChanges } from './alert-api.ts'
import styles from './alerts.module.css'
import { matchersOf } from './matcher-draft.ts'
import { SilenceForm } from './silence-form.tsx'
import { useMayChange } from './use-may-change.ts'

export interface AlertActionsProps {
  readonly alert: GettableAlertJson
  readonly isAcknowledged: boolean
  /** Icons only, for rows. */
  readonly isCompact?: boolean
}

/** Silence, acknowledge, take back. Viewers get none of them. */
export function AlertActions({ alert, isAcknowledged, isCompact = false }: AlertActionsProps) {
  const [form, setForm] = useState<'silence' | 'acknowledge'>()
  const { takeBack } = useAlertChanges()
  const mayChange = useMayChange()
  if (!mayChange) return null
  const close = (): void => setForm(undefined)
  const name = alert.labels['alertname'] ?? 'alert'
  return (
    <span className={styles['actions']}>
      {isAcknowledged ? (
        <Action
          label="Take back"
          of={name}
          icon={<IconUserX size={15} />}
          isCompact={isCompact}
          isLoading={takeBack.isPending}
          onClick={() => takeBack.mutate(alert.fingerprint)}
        />
      ) : (
        <Action
          label="Acknowledge"
          of={name}
          icon={<IconUserCheck size={15} />}
          isCompact={isCompact}
          onClick={() => setForm('acknowledge')}
        />
      )}
      <Action
        label="Silence"
        of={name}
        icon={<IconBellOff size={15} />}
        isCompact={isCompact}
        onClick={() => setForm('silence')}
      />
      {form === 'silence' && (
        <SilenceForm
          draft={{ id: '', matchers: matchersOf(alert.labels), comment: '' }}
          onClose={close}
        />
      )}
      {form === 'acknowledge' && <AcknowledgeForm alert={alert} onClose={close} />}
    </span>
  )
}

interface ActionProps {
  readonly label: string
  /** What it is done to, for who does not see where the button stands. */
  readonly of: string
  readonly icon: ReactNode
  readonly isCompact: boolean
  readonly isLoading?: boolean
  readonly onClick: () => void
}

function Action({ label, of, icon, isCompact, isLoading = false, onClick }: ActionProps) {
  if (!isCompact) {
    return (
      <Button variant="default" leftSection={icon} loading={isLoading} onClick={onClick}>
        {label}
      </Button>
    )
  }
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="default"
        size={28}
        aria-label={`${label} ${of}`}
        loading={isLoading}
        onClick={onClick}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  )
}
