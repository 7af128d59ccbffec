import { Alert, Button, MultiSelect, Switch, TextInput } from '@mantine/core'
import { IconFolderPlus, IconSearch, IconUpload } from '@tabler/icons-react'
import { useParams } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { Page } from '../../shell/page.tsx'
import { useSession } from '../../shell/session-context.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { TextLink } from '../../shell/text-link.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import {
  useDashboardChanges,
  useDashboards,
  useFolders,
  useProvisioning,
  type DashboardHit,
} from './dashboard-api.ts'
import type { RowActions } from './dashboard-row.tsx'
import styles from './dashboards.module.css'
import {
  countTags,
  groupDashboards,
  type DashboardFilter,
  type DashboardFolder,
} from './filter-dashboards.ts'
import { FolderSection } from './folder-section.tsx'
import { ImportDialog } from './import-dialog.tsx'
import { MetricsUsed } from './metrics-used.tsx'
import { NewFolder } from './new-folder.tsx'
import { readRecent } from './recently-viewed.ts'
import { useImport, type ImportModel } from './use-import.ts'
import { useDroppedFiles } from './use-dropped-files.ts'

/** What lies over the list. */
type Dialog =
  | { readonly kind: 'import' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'metrics'; readonly hit: DashboardHit }
  | { readonly kind: 'remove'; readonly hit: DashboardHit }
  | { readonly kind: 'remove folder'; readonly folder: DashboardFolder }

const NO_FILTER: DashboardFilter = { text: '', tags: [], starredOnly: false }
const NOTHING: readonly DashboardHit[] = []

/** Every dashboard by folder: to find, to star, to import, to export. */
export function DashboardsPage() {
  return <Listing folderUid={undefined} />
}

/** `/dashboards/f/<uid>`: one folder, as Grafana's links name it. */
export function FolderPage() {
  const params: Readonly<Record<string, string | undefined>> = useParams({ strict: false })
  return <Listing folderUid={params['uid'] ?? ''} />
}

/** Undefined: all folders. */
function Listing({ folderUid }: { readonly folderUid: string | undefined }) {
  const folders = useFolders()
  const [filter, setFilter] = useState(NO_FILTER)
  const [dialog, setDialog] = useState<Dialog | undefined>()
  const mayWrite = useSession().session.role !== 'viewer'
  const imports = useImport()
  const onFiles = (files: readonly File[]): void => {
    setDialog({ kind: 'import' })
    void imports.addFiles(files)
  }
  const isOver = useDroppedFiles(mayWrite ? onFiles : undefined)
  const { star, reset } = useDashboardChanges()
  const actions: RowActions = {
    mayWrite,
    onStar: (hit) => star.mutate(hit),
    onReset: ({ uid }) => reset.mutate(uid),
    onTag: (tag) => setFilter((now) => ({ ...now, tags: [...new Set([...now.tags, tag])] })),
    onMetrics: (hit) => setDialog({ kind: 'metrics', hit }),
    onRemove: (hit) => setDialog({ kind: 'remove', hit }),
  }
  const folder = folders.data?.find(({ uid }) => uid === folderUid)
  return (
    <Page
      title={folder?.title ?? 'Dashboards'}
      actions={mayWrite && <PageActions onOpen={setDialog} />}
    >
      {folderUid !== undefined && (
        <p className={styles['up']}>
          <TextLink to="/dashboards">All folders</TextLink>
        </p>
      )}
      <ListingBody {...{ folderUid, filter, setFilter, actions, setDialog }} />
      {isOver && <div className={styles['dropHere']}>Drop dashboards to import them</div>}
      {dialog && (
        <Dialogs
          {...{ dialog, imports }}
          folders={folders.data ?? NOTHING}
          onClose={() => {
            setDialog(undefined)
            imports.clear()
          }}
        />
      )}
    </Page>
  )
}

type ListingBodyProps = Omit<DashboardListProps, 'hits' | 'folders'> & {
  readonly folderUid: string | undefined
}

function ListingBody({ folderUid, ...rest }: ListingBodyProps) {
  const dashboards = useDashboards()
  const folders = useFolders()
  const error = dashboards.error ?? folders.error
  if (error !== null) {
    return <ErrorState error={error} onRetry={() => void dashboards.refetch()} />
  }
  if (!dashboards.data || !folders.data) return <LoadingState label="Reading the dashboards" />
  if (folderUid === undefined) {
    return <DashboardList {...rest} hits={dashboards.data} folders={folders.data} />
  }
  const folder = folders.data.filter(({ uid }) => uid === folderUid)
  if (folder.length === 0) {
    return <EmptyState title="No such folder">It may have been deleted.</EmptyState>
  }
  const inside = dashboards.data.filter((hit) => hit.folderUid === folderUid)
  return <DashboardList {...rest} hits={inside} folders={folder} />
}

function PageActions({ onOpen }: { readonly onOpen: (dialog: Dialog) => void }) {
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconFolderPlus size={15} />}
        onClick={() => onOpen({ kind: 'folder' })}
      >
        New folder
      </Button>
      <Button
        size="xs"
        leftSection={<IconUpload size={15} />}
        onClick={() => onOpen({ kind: 'import' })}
      >
        Import
      </Button>
    </>
  )
}

interface DashboardListProps {
  readonly hits: readonly DashboardHit[]
  readonly folders: readonly DashboardHit[]
  readonly filter: DashboardFilter
  readonly setFilter: (filter: DashboardFilter) => void
  readonly actions: RowActions
  readonly setDialog: (dialog: Dialog) => void
}

function DashboardList(props: DashboardListProps) {
  const { hits, folders, filter, setFilter, actions, setDialog } = props
  const groups = useMemo(() => groupDashboards(hits, folders, filter), [hits, folders, filter])
  if (hits.length === 0 && folders.length === 0) {
    return (
      <EmptyState title="No dashboards yet">
        Import one of Grafana’s with the button above, or drop its file on this page. Those of a
        provisioning folder appear by themselves.
      </EmptyState>
    )
  }
  return (
    <>
      <FilterBar {...{ hits, filter, setFilter }} />
      <ProvisioningFaults />
      {filter === NO_FILTER && <Recent hits={hits} />}
      {groups.length === 0 && (
        <EmptyState title="Nothing fits">Take a word or a tag away.</EmptyState>
      )}
      {groups.map((folder) => (
        <FolderSection
          key={folder.uid}
          {...{ folder, actions }}
          onRemove={(one) => setDialog({ kind: 'remove folder', folder: one })}
        />
      ))}
    </>
  )
}

function FilterBar({
  hits,
  filter,
  setFilter,
}: Pick<DashboardListProps, 'hits' | 'filter' | 'setFilter'>) {
  const tags = useMemo(() => countTags(hits), [hits])
  return (
    <div className={styles['filters']}>
      <TextInput
        className={styles['search'] ?? ''}
        aria-label="Search dashboards"
        placeholder="Title, folder or tag"
        leftSection={<IconSearch size={15} />}
        value={filter.text}
        onChange={(event) => setFilter({ ...filter, text: event.currentTarget.value })}
      />
      <MultiSelect
        className={styles['tagFilter'] ?? ''}
        aria-label="Tags"
        placeholder={filter.tags.length === 0 ? 'Tags' : ''}
        data={tags.map(([tag, count]) => ({ value: tag, label: `${tag} (${count})` }))}
        value={[...filter.tags]}
        onChange={(chosen) => setFilter({ ...filter, tags: chosen })}
        clearable
        searchable
      />
      <Switch
        label="Starred"
        checked={filter.starredOnly}
        onChange={(event) => setFilter({ ...filter, starredOnly: event.currentTarget.checked })}
      />
    </div>
  )
}

/** The last ones that this browser has shown. */
function Recent({ hits }: { readonly hits: readonly DashboardHit[] }) {
  const [uids] = useState(readRecent)
  const byUid = new Map(hits.map((hit) => [hit.uid, hit]))
  const shown = uids.flatMap((uid) => byUid.get(uid) ?? []).slice(0, 6)
  if (shown.length === 0) return null
  return (
    <nav className={styles['recent']} aria-label="Recently viewed">
      <span className={styles['dim']}>Recently viewed</span>
      {shown.map(({ uid, title }) => (
        <TextLink key={uid} to={`/d/${encodeURIComponent(uid)}`}>
          {title}
        </TextLink>
      ))}
    </nav>
  )
}

/** Files of provisioning folders that are no dashboards, or stand in each other's way. */
function ProvisioningFaults() {
  const { data } = useProvisioning()
  if (!data || data.faults.length === 0) return null
  return (
    <Alert color="yellow" variant="light" title="Some provisioned files cannot be shown">
      {data.faults.map(({ file, message }, i) => (
        <div key={i}>
          {file}: {message}
        </div>
      ))}
    </Alert>
  )
}

interface DialogsProps {
  readonly dialog: Dialog
  readonly imports: ImportModel
  readonly folders: readonly DashboardHit[]
  readonly onClose: () => void
}

function Dialogs({ dialog, imports, folders, onClose }: DialogsProps) {
  const { remove, removeFolder } = useDashboardChanges()
  switch (dialog.kind) {
    case 'import':
      return <ImportDialog model={imports} {...{ folders, onClose }} />
    case 'folder':
      return <NewFolder onClose={onClose} />
    case 'metrics':
      return <MetricsUsed hit={dialog.hit} onClose={onClose} />
    case 'remove':
      return (
        <ConfirmDialog
          title={`Delete ${dialog.hit.title}?`}
          text="The dashboard and all its versions are gone then. Its panels’ data stays."
          action="Delete"
          error={remove.error}
          isPending={remove.isPending}
          onConfirm={() => remove.mutate(dialog.hit.uid, { onSuccess: onClose })}
          onClose={onClose}
        />
      )
    case 'remove folder':
      return (
        <ConfirmDialog
          title={`Delete the folder ${dialog.folder.title}?`}
          text="Nothing is in it."
          action="Delete"
          error={removeFolder.error}
          isPending={removeFolder.isPending}
          onConfirm={() => removeFolder.mutate(dialog.folder.uid, { onSuccess: onClose })}
          onClose={onClose}
        />
      )
    default:
      return dialog satisfies never
  }
}
