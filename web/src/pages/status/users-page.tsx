import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconKeyOff, IconPlus, IconUserOff, IconUserCheck } from '@tabler/icons-react'
import { useState } from 'react'
import type { TokenJson, UserJson } from '../../../../src/contract/access.ts'
import { useTokenChanges, useTokens, useUserChanges, useUsers } from '../../api/accounts.ts'
import { ApiError } from '../../api/client.ts'
import { Card } from '../../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import { NewToken } from './new-token.tsx'
import { NewUser } from './new-user.tsx'
import { StatusFrame } from './status-frame.tsx'
import styles from './status.module.css'

/** Who may come in: people with a role, programs with a token. */
export function UsersPage() {
  return (
    <StatusFrame title="Users and tokens">
      <UsersCard />
      <TokensCard />
    </StatusFrame>
  )
}

/** A server without accounts has no such path. */
function Fault({ error }: { readonly error: Error }) {
  if (error instanceof ApiError && error.status === 404) {
    return (
      <EmptyState title="This server has no accounts">Whoever reaches it may use it.</EmptyState>
    )
  }
  return <ErrorState error={error} />
}

function UsersCard() {
  const { data, error } = useUsers()
  const [isOpen, setOpen] = useState(false)
  return (
    <Card
      title="Users"
      isFlush
      actions={
        data && (
          <Button
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => setOpen(true)}
          >
            New user
          </Button>
        )
      }
    >
      {error !== null && <Fault error={error} />}
      {!data && error === null && <LoadingState />}
      {data && <UserTable users={data} />}
      {isOpen && <NewUser onClose={() => setOpen(false)} />}
    </Card>
  )
}

function UserTable({ users }: { readonly users: readonly UserJson[] }) {
  const { zone } = useTime()
  const { change } = useUserChanges()
  return (
    <div className={styles['scroll']} role="region" aria-label="Users" tabIndex={0}>
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col">User</th>
            <th scope="col">Role</th>
            <th scope="col">Last seen</th>
            <th scope="col">State</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => {
            const label = `${user.disabled ? 'Let in' : 'Lock out'} ${user.login}`
            return (
              <tr key={user.id}>
                <td>
                  {user.login}
                  {user.name !== '' && ` (${user.name})`}
                </td>
                <td>{user.role}</td>
                <td className={styles['nowrap']}>{whenOf(user.lastSeenMs, zone)}</td>
                <td>{user.disabled ? 'locked out' : 'may come in'}</td>
                <td data-number>
                  <Tooltip label={label}>
                    <ActionIcon
                      variant="default"
                      size="sm"
                      aria-label={label}
                      loading={change.isPending && change.variables.id === user.id}
                      onClick={() =>
                        change.mutate({ id: user.id, body: { disabled: !user.disabled } })
                      }
                    >
                      {user.disabled ? <IconUserCheck size={14} /> : <IconUserOff size={14} />}
                    </ActionIcon>
                  </Tooltip>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {change.error && <ErrorState error={change.error} />}
    </div>
  )
}

function whenOf(timeMs: number | null, zone: string): string {
  return timeMs === null ? 'never' : formatWhen(timeMs, zone)
}

function TokensCard() {
  const { data, error } = useTokens()
  const [isOpen, setOpen] = useState(false)
  return (
    <Card
      title="Tokens"
      isFlush
      actions={
        data && (
          <Button
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={() => setOpen(true)}
          >
            New token
          </Button>
        )
      }
    >
      {error !== null && <Fault error={error} />}
      {!data && error === null && <LoadingState />}
      {data?.length === 0 && (
        <EmptyState title="No tokens">
          A token lets a program in: an agent that pushes, a script that reads.
        </EmptyState>
      )}
      {data && data.length > 0 && <TokenTable tokens={data} />}
      {isOpen && <NewToken onClose={() => setOpen(false)} />}
    </Card>
  )
}

function TokenTable({ tokens }: { readonly tokens: readonly TokenJson[] }) {
  const { zone } = useTime()
  const { revoke } = useTokenChanges()
  return (
    <div className={styles['scroll']} role="region" aria-label="Tokens" tabIndex={0}>
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">May</th>
            <th scope="col">Last used</th>
            <th scope="col">Expires</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.id}>
              <td>
                {token.name} <code>{token.hint}…</code>
              </td>
              <td>{token.scopes.join(', ')}</td>
              <td className={styles['nowrap']}>{whenOf(token.lastUsedMs, zone)}</td>
              <td className={styles['nowrap']}>{whenOf(token.expiresMs, zone)}</td>
              <td data-number>
                <Tooltip label={`Revoke ${token.name}`}>
                  <ActionIcon
                    variant="default"
                    size="sm"
                    aria-label={`Revoke ${token.name}`}
                    onClick={() => revoke.mutate(token.id)}
                  >
                    <IconKeyOff size={14} />
                  </ActionIcon>
                </Tooltip>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {revoke.error && <ErrorState error={revoke.error} />}
    </div>
  )
}
