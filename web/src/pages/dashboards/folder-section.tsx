import { ActionIcon } from '@mantine/core'
import { IconChevronDown, IconChevronRight, IconFolder, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { DashboardRow, type RowActions } from './dashboard-row.tsx'
import styles from './dashboards.module.css'
import type { DashboardFolder } from './filter-dashboards.ts'

export interface FolderSectionProps {
  readonly folder: DashboardFolder
  readonly actions: RowActions
  /** Only an empty folder can be taken away here. */
  readonly onRemove: (folder: DashboardFolder) => void
}

/** A folder that opens and closes. */
export function FolderSection({ folder, actions, onRemove }: FolderSectionProps) {
  const [isOpen, setOpen] = useState(true)
  const { title, uid, dashboards } = folder
  const Chevron = isOpen ? IconChevronDown : IconChevronRight
  return (
    <section className={styles['folder']} aria-label={title}>
      <h2 className={styles['folderHead']}>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Chevron size={15} aria-hidden />
          <IconFolder size={16} aria-hidden />
          {title}
          <span className={styles['dim']}>{dashboards.length}</span>
        </button>
        {uid !== '' && dashboards.length === 0 && actions.mayWrite && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Delete the folder ${title}`}
            onClick={() => onRemove(folder)}
          >
            <IconTrash size={15} />
          </ActionIcon>
        )}
      </h2>
      {isOpen && (
        <ul className={styles['list']} aria-label={`Dashboards in ${title}`}>
          {dashboards.map((hit) => (
            <DashboardRow key={hit.uid} {...{ hit, actions }} />
          ))}
          {dashboards.length === 0 && <li className={styles['none']}>Nothing is in it yet.</li>}
        </ul>
      )}
    </section>
  )
}
