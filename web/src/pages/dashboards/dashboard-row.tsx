import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import {
  IconChartDots,
  IconDots,
  IconDownload,
  IconFile,
  IconFileAlert,
  IconRestore,
  IconStar,
  IconStarFilled,
  IconTrash,
} from '@tabler/icons-react'
import type { DashboardOriginJson } from '../../../../src/contract/dashboards.ts'
import { TextLink } from '../../shell/text-link.tsx'
import { exportPath, type DashboardHit } from './dashboard-api.ts'
import styles from './dashboards.module.css'

/** What a person wants of a dashboard. */
export interface RowActions {
  readonly onStar: (hit: DashboardHit) => void
  readonly onTag: (tag: string) => void
  readonly onMetrics: (hit: DashboardHit) => void
  readonly onRemove: (hit: DashboardHit) => void
  readonly onReset: (hit: DashboardHit) => void
  readonly mayWrite: boolean
}

interface DashboardRowProps {
  readonly hit: DashboardHit
  readonly actions: RowActions
}

/** One dashboard of the list. */
export function DashboardRow({ hit, actions }: DashboardRowProps) {
  const { title, uid, tags, isStarred, vedette } = hit
  return (
    <li className={styles['row']}>
      <ActionIcon
        variant="subtle"
        color={isStarred ? 'yellow' : 'gray'}
        aria-label={isStarred ? `Take the star from ${title}` : `Star ${title}`}
        aria-pressed={isStarred}
        onClick={() => actions.onStar(hit)}
      >
        {isStarred ? <IconStarFilled size={15} /> : <IconStar size={15} />}
      </ActionIcon>
      <span className={styles['name']}>
        <TextLink to={`/d/${encodeURIComponent(uid)}`}>{title}</TextLink>
      </span>
      <span className={styles['tags']}>
        {tags.map((tag) => (
          <button
            key={tag}
            type="button"
            className={styles['tag']}
            aria-label={`Only those tagged ${tag}`}
            onClick={() => actions.onTag(tag)}
          >
            {tag}
          </button>
        ))}
      </span>
      <OriginMark origin={vedette} />
      <RowMenu {...{ hit, actions }} />
    </li>
  )
}

/** Whether it is a file, and whether somebody has changed it since. */
function OriginMark({ origin }: { readonly origin: DashboardOriginJson | undefined }) {
  if (origin === undefined || origin.origin === 'saved') return null
  const { file, provider, fileChanged } = origin
  const isCopy = origin.origin === 'copy'
  const text = isCopy
    ? `A saved copy stands in front of the file ${file} (${provider})${fileChanged ? ', which has changed since' : ''}.`
    : `From the file ${file} (${provider}).`
  const Icon = isCopy ? IconFileAlert : IconFile
  return (
    <Tooltip label={text} multiline maw={420} events={{ hover: true, focus: true, touch: true }}>
      <span className={styles['origin']} tabIndex={0} role="note" aria-label={text}>
        <Icon size={14} aria-hidden />
        <span className={styles['originWord']}>{isCopy ? 'changed copy' : 'file'}</span>
      </span>
    </Tooltip>
  )
}

function RowMenu({ hit, actions }: DashboardRowProps) {
  const { uid, title, vedette } = hit
  const isFile = vedette?.origin === 'file'
  const isCopy = vedette?.origin === 'copy'
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${title}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconChartDots size={14} />} onClick={() => actions.onMetrics(hit)}>
          What metrics it uses
        </Menu.Item>
        <Menu.Item
          component="a"
          href={exportPath(uid)}
          download
          leftSection={<IconDownload size={14} />}
        >
          Export JSON
        </Menu.Item>
        {isCopy && actions.mayWrite && (
          <Menu.Item leftSection={<IconRestore size={14} />} onClick={() => actions.onReset(hit)}>
            Back to its file
          </Menu.Item>
        )}
        {!isFile && !isCopy && actions.mayWrite && (
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={14} />}
            onClick={() => actions.onRemove(hit)}
          >
            Delete
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
