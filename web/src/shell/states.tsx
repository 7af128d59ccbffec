import { Button, Center, Loader, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconInbox } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import styles from './states.module.css'

export interface LoadingStateProps {
  readonly label?: string
  readonly fillsPage?: boolean
}

/** Something is being read. It appears after a moment only, so that what comes at once does not flash. */
export function LoadingState({ label = 'Loading', fillsPage = false }: LoadingStateProps) {
  return (
    <Center
      className={styles['late']}
      mih={fillsPage ? '100vh' : '10rem'}
      role="status"
      aria-busy="true"
    >
      <Stack align="center" gap="xs">
        <Loader size="sm" />
        <Text size="sm" c="dimmed">
          {label}
        </Text>
      </Stack>
    </Center>
  )
}

export interface ErrorStateProps {
  readonly error: unknown
  readonly onRetry?: () => void
  readonly fillsPage?: boolean
}

/** What went wrong, in the words of who knows it, and a way to try again. */
export function ErrorState({ error, onRetry, fillsPage = false }: ErrorStateProps) {
  const message = error instanceof Error ? error.message : String(error)
  return (
    <Center mih={fillsPage ? '100vh' : '8rem'} p="md" role="alert">
      <Stack align="center" gap="sm" maw="40rem">
        <IconAlertTriangle size={26} className={styles['bad']} aria-hidden />
        <Text size="sm" ta="center" className={styles['message']}>
          {message}
        </Text>
        {onRetry && (
          <Button variant="default" size="xs" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Center>
  )
}

export interface EmptyStateProps {
  readonly title: string
  readonly children?: ReactNode
  readonly icon?: ReactNode
}

/** Nothing is here, and why. */
export function EmptyState({ title, children, icon }: EmptyStateProps) {
  return (
    <Center mih="9rem" p="lg">
      <Stack align="center" gap="xs" maw="36rem">
        <span className={styles['dim']} aria-hidden>
          {icon ?? <IconInbox size={28} stroke={1.4} />}
        </span>
        <Text fw={600}>{title}</Text>
        {children !== undefined && (
          <Text component="div" size="sm" c="dimmed" ta="center">
            {children}
          </Text>
        )}
      </Stack>
    </Center>
  )
}
