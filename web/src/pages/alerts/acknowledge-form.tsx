import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useState, type SubmitEvent } from 'react'
import type { GettableAlertJson } from '../../../../src/contract/alertmanager.ts'
import { useSession } from '../../shell/session-context.tsx'
import { useAlertChanges } from './alert-api.ts'
import { summaryOf } from './alert-view.ts'

export interface AcknowledgeFormProps {
  readonly alert: GettableAlertJson
  readonly onClose: () => void
}

/** Somebody takes care of an alert: nobody is told again until it is over. */
export function AcknowledgeForm({ alert, onClose }: AcknowledgeFormProps) {
  const { session } = useSession()
  const { acknowledge } = useAlertChanges()
  const [assignee, setAssignee] = useState(session.user)
  const [comment, setComment] = useState('')
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const { fingerprint } = alert
    acknowledge.mutate(
      { fingerprint, createdBy: session.user, assignee: assignee.trim(), comment: comment.trim() },
      { onSuccess: onClose },
    )
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title="Acknowledge"
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">
            <strong>{alert.labels['alertname']}</strong>: {summaryOf(alert)}
          </Text>
          <Text size="sm" c="dimmed">
            While it is acknowledged nobody is told again. It ends by itself when the alert is over.
          </Text>
          {acknowledge.error && (
            <Alert color="red" role="alert">
              {acknowledge.error.message}
            </Alert>
          )}
          <TextInput
            label="Who takes care of it"
            value={assignee}
            onChange={(event) => setAssignee(event.currentTarget.value)}
          />
          <TextInput
            label="Comment"
            placeholder="What is being done"
            data-autofocus
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={acknowledge.isPending}>
              Acknowledge
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
