import { Alert, Button, Modal, PasswordInput, Select, Stack, TextInput } from '@mantine/core'
import { useState, type SubmitEvent } from 'react'
import { MIN_PASSWORD_LENGTH, ROLES, type RoleJson } from '../../../../src/contract/access.ts'
import { useUserChanges } from '../../api/accounts.ts'

/** A form for a new user. */
export function NewUser({ onClose }: { readonly onClose: () => void }) {
  const { create } = useUserChanges()
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [role, setRole] = useState<RoleJson>('viewer')
  const isShort = password !== '' && password.length < MIN_PASSWORD_LENGTH
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (!isShort) create.mutate({ login, password, role }, { onSuccess: onClose })
  }
  return (
    <Modal opened onClose={onClose} title="New user" centered>
      <form onSubmit={submit}>
        <Stack gap="sm">
          {create.error && (
            <Alert color="red" role="alert">
              {create.error.message}
            </Alert>
          )}
          <TextInput
            label="User"
            required
            withAsterisk={false}
            data-autofocus
            autoComplete="off"
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            description={`At least ${MIN_PASSWORD_LENGTH} characters`}
            required
            withAsterisk={false}
            autoComplete="new-password"
            error={isShort && `${MIN_PASSWORD_LENGTH - password.length} more`}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Select
            label="Role"
            description="Viewers read, editors also change dashboards and silences, admins everything"
            allowDeselect={false}
            data={[...ROLES]}
            value={role}
            onChange={(value) => value !== null && setRole(value)}
          />
          <Button type="submit" loading={create.isPending}>
            Create
          </Button>
        </Stack>
      </form>
    </Modal>
  )
}
