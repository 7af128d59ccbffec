import { ActionIcon, Menu } from '@mantine/core'
import {
  IconDots,
  IconDownload,
  IconFolder,
  IconStar,
  IconStarFilled,
  IconTrash,
} from '@tabler/icons-react'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { ConfirmDialog } from '../pages/dashboards/confirm-dialog.tsx'
import { exportPath, useDashboardChanges } from '../pages/dashboards/dashboard-api.ts'
import { keepTime } from '../shell/keep-time.ts'
import styles from './dashboard.module.css'
import type { LoadedDashboard } from './load-dashboard.ts'

interface DashboardMenuProps {
  readonly uid: string
  readonly loaded: LoadedDashboard
}

/** What one does with a dashboard as a whole. */
export function DashboardMenu({ uid, loaded }: DashboardMenuProps) {
  const [isAsking, setAsking] = useState(false)
  const navigate = useNavigate()
  const { folderUid, mayDelete } = loaded
  const place = folderUid === '' ? '/dashboards' : `/dashboards/f/${encodeURIComponent(folderUid)}`
  return (
    <>
      {loaded.mayStar && <Star {...{ uid, loaded }} />}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size="md" aria-label="Actions for this dashboard">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconFolder size={14} />}
            onClick={() => void navigate({ to: place, search: keepTime })}
          >
            Open its folder
          </Menu.Item>
          <Menu.Item
            component="a"
            href={exportPath(uid)}
            download
            leftSection={<IconDownload size={14} />}
          >
            Export JSON
          </Menu.Item>
          {mayDelete && (
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={14} />}
              onClick={() => setAsking(true)}
            >
              Delete
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {isAsking && <DeleteDialog {...{ uid, loaded }} onClose={() => setAsking(false)} />}
    </>
  )
}

function Star({ uid, loaded }: DashboardMenuProps) {
  const client = useQueryClient()
  const { star } = useDashboardChanges()
  const { isStarred } = loaded
  const toggle = (): void =>
    star.mutate(
      { uid, isStarred },
      {
        // The dashboard itself stays the same, so that its panels are not drawn anew.
        onSuccess: () =>
          client.setQueryData<LoadedDashboard>(
            ['dashboard', uid],
            (now) => now && { ...now, isStarred: !isStarred },
          ),
      },
    )
  return (
    <ActionIcon
      variant="default"
      size="md"
      className={styles['star'] ?? ''}
      aria-label={isStarred ? 'Take the star from this dashboard' : 'Star this dashboard'}
      aria-pressed={isStarred}
      onClick={toggle}
    >
      {isStarred ? <IconStarFilled size={16} /> : <IconStar size={16} />}
    </ActionIcon>
  )
}

function DeleteDialog(props: DashboardMenuProps & { readonly onClose: () => void }) {
  const { uid, loaded, onClose } = props
  const client = useQueryClient()
  const navigate = useNavigate()
  const { remove } = useDashboardChanges()
  const onGone = (): void => {
    client.removeQueries({ queryKey: ['dashboard', uid] })
    void navigate({ to: '/dashboards', search: keepTime })
  }
  return (
    <ConfirmDialog
      title={`Delete ${loaded.dashboard.title}?`}
      text="The dashboard and all its versions are gone then. Its panels’ data stays."
      action="Delete"
      error={remove.error}
      isPending={remove.isPending}
      onConfirm={() => remove.mutate(uid, { onSuccess: onGone })}
      onClose={onClose}
    />
  )
}
