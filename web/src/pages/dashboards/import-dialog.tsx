import {
  Alert,
  Button,
  FileButton,
  Group,
  Modal,
  Select,
  Stack,
  Switch,
  Textarea,
} from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import { useState } from 'react'
import { TextLink } from '../../shell/text-link.tsx'
import type { DashboardHit } from './dashboard-api.ts'
import styles from './dashboards.module.css'
import { ImportReport } from './import-report.tsx'
import type { ImportItem, ImportModel, ImportTarget } from './use-import.ts'

export interface ImportDialogProps {
  readonly model: ImportModel
  readonly folders: readonly DashboardHit[]
  readonly onClose: () => void
}

/** Imports dashboards from files or the clipboard, and says what of them is not supported before and after. */
export function ImportDialog({ model, folders, onClose }: ImportDialogProps) {
  const { items, waiting, isSaving, addFiles, addText, save } = model
  const [target, setTarget] = useState<ImportTarget>({ folderUid: '', overwrite: false })
  return (
    <Modal
      opened
      onClose={onClose}
      title="Import dashboards"
      size="xl"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="sm">
        <ImportSource onFiles={(chosen) => void addFiles(chosen)} onText={addText} />
        {items.map((item, i) => (
          <ImportCard key={i} item={item} />
        ))}
        <Group gap="md" align="flex-end" justify="space-between">
          <TargetFields {...{ folders, target }} onChange={setTarget} />
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              {items.some(({ saved }) => saved) ? 'Done' : 'Cancel'}
            </Button>
            <Button disabled={waiting === 0} loading={isSaving} onClick={() => void save(target)}>
              {waiting > 1 ? `Import ${waiting} dashboards` : 'Import'}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  )
}

interface ImportSourceProps {
  readonly onFiles: (files: readonly File[]) => void
  readonly onText: (text: string) => void
}

function ImportSource({ onFiles, onText }: ImportSourceProps) {
  const [text, setText] = useState('')
  return (
    <>
      <Group gap="sm">
        <FileButton accept="application/json,.json" multiple onChange={onFiles}>
          {(props) => (
            <Button {...props} variant="default" leftSection={<IconUpload size={15} />}>
              Choose files
            </Button>
          )}
        </FileButton>
        <span className={styles['dim']}>
          or drop them anywhere on the page, in each of Grafana’s forms and of every age
        </span>
      </Group>
      <Textarea
        label="Or paste the JSON of one"
        autosize
        minRows={2}
        maxRows={8}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {text.trim() !== '' && (
        <Button
          variant="default"
          onClick={() => {
            onText(text)
            setText('')
          }}
        >
          Read it
        </Button>
      )}
    </>
  )
}

interface TargetFieldsProps {
  readonly folders: readonly DashboardHit[]
  readonly target: ImportTarget
  readonly onChange: (target: ImportTarget) => void
}

function TargetFields({ folders, target, onChange }: TargetFieldsProps) {
  const listed = folders.map(({ uid, title }) => ({ value: uid, label: title }))
  return (
    <Group gap="md" align="flex-end">
      <Select
        label="Folder"
        data={[{ value: '', label: 'General' }, ...listed]}
        value={target.folderUid}
        onChange={(folderUid) => onChange({ ...target, folderUid: folderUid ?? '' })}
        allowDeselect={false}
      />
      <Switch
        label="Replace one that is there"
        checked={target.overwrite}
        onChange={(event) => onChange({ ...target, overwrite: event.currentTarget.checked })}
        pb={6}
      />
    </Group>
  )
}

/** One dashboard: what it is, what it lacks, and whether it is there by now. */
function ImportCard({ item: { name, draft, saved, error } }: { readonly item: ImportItem }) {
  if (!draft.ok) {
    return (
      <Alert color="red" role="alert" title={name}>
        {draft.message}
      </Alert>
    )
  }
  const { dashboard } = draft
  const count = dashboard.panels.reduce((sum, panel) => sum + 1 + (panel.panels?.length ?? 0), 0)
  return (
    <section className={styles['item']} aria-label={dashboard.title}>
      <h3>
        {saved ? (
          <TextLink to={`/d/${encodeURIComponent(saved.uid)}`}>{saved.title}</TextLink>
        ) : (
          dashboard.title || 'Without a title'
        )}{' '}
        <span className={styles['dim']}>
          {saved ? 'is imported' : `${count} panels, ${dashboard.variables.length} variables`}
        </span>
      </h3>
      {error !== undefined && (
        <Alert color="red" role="alert">
          {error}
        </Alert>
      )}
      <ImportReport report={saved?.report ?? draft.report} />
    </section>
  )
}
