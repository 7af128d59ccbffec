import {
  Alert,
  Button,
  Checkbox,
  Code,
  CopyButton,
  Modal,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { useState, type SubmitEvent } from 'react'
import { SCOPES } from '../../../../src/contract/access.ts'
import { useTokenChanges } from '../../api/accounts.ts'

const DAY_MS = 86_400_000
const LIFETIMES = [
  { value: '0', label: 'Never' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
]

/** A form for a new token, which then shows it, once. */
export function NewToken({ onClose }: { readonly onClose: () => void }) {
  const { create } = useTokenChanges()
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<string[]>(['metrics:read'])
  const [days, setDays] = useState('90')
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const lifetimeMs = Number(days) * DAY_MS
    create.mutate({
      name,
      scopes: SCOPES.filter((scope) => scopes.includes(scope)),
      ...(lifetimeMs > 0 ? { expiresInMs: lifetimeMs } : {}),
    })
  }
  return (
    <Modal opened onClose={onClose} title="New token" centered>
      {create.data ? (
        <CreatedToken token={create.data.token} />
      ) : (
        <form onSubmit={submit}>
          <Stack gap="sm">
            {create.error && (
              <Alert color="red" role="alert">
                {create.error.message}
              </Alert>
            )}
            <TextInput
              label="Name"
              required
              withAsterisk={false}
              data-autofocus
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Checkbox.Group label="May" value={scopes} onChange={setScopes}>
              <Stack gap={6} mt={6}>
                {SCOPES.map((scope) => (
                  <Checkbox key={scope} value={scope} label={scope} size="xs" />
                ))}
              </Stack>
            </Checkbox.Group>
            <Select
              label="Expires"
              allowDeselect={false}
              data={LIFETIMES}
              value={days}
              onChange={(value) => value !== null && setDays(value)}
            />
            <Button type="submit" loading={create.isPending} disabled={scopes.length === 0}>
              Create
            </Button>
          </Stack>
        </form>
      )}
    </Modal>
  )
}

function CreatedToken({ token }: { readonly token: string }) {
  return (
    <Stack gap="sm">
      <Text size="sm">Copy it now: it is not shown again.</Text>
      <Code block>{token}</Code>
      <CopyButton value={token}>
        {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}
      </CopyButton>
    </Stack>
  )
}
