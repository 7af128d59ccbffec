import { Alert, Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useState, type SubmitEvent } from 'react'
import { useDashboardChanges } from './dashboard-api.ts'

export function NewFolder({ onClose }: { readonly onClose: () => void }) {
  const [title, setTitle] = useState('')
  const { addFolder } = useDashboardChanges()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    addFolder.mutate(title.trim(), { onSuccess: onClose })
  }
  return (
    <Modal opened onClose={onClose} title="New folder" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            data-autofocus
            value={title}
            onChange={(event) => setTitle(event.currentTarget.value)}
          />
          {addFolder.error && (
            <Alert color="red" role="alert">
              {addFolder.error.message}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button type="submit" loading={addFolder.isPending} disabled={title.trim() === ''}>
              Create
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
