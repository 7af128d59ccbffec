import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { IconLogout, IconUser } from '@tabler/icons-react'
import { useSession } from './session-context.tsx'

/** Who is signed in, and the way out. */
export function UserMenu() {
  const { session, signOut } = useSession()
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <Tooltip label={session.user}>
          <ActionIcon variant="subtle" color="gray" aria-label={`Account: ${session.user}`}>
            <IconUser size={18} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.user} · {session.role}
        </Menu.Label>
        {session.isAuthenticated ? (
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
            Sign out
          </Menu.Item>
        ) : (
          <Menu.Item disabled>Nobody has to sign in here</Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
