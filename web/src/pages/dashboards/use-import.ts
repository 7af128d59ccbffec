import { useState } from 'react'
import type { ImportedDashboardJson } from '../../../../src/contract/dashboards.ts'
import { useDashboardChanges } from './dashboard-api.ts'
import { MAX_FILE_BYTES, readDraft, type ImportDraft } from './read-draft.ts'

/** One dashboard on its way from a file to the server. */
export interface ImportItem {
  readonly name: string
  readonly draft: ImportDraft
  readonly saved?: ImportedDashboardJson
  /** Why the server did not take it. */
  readonly error?: string
}

export interface ImportTarget {
  /** '' is the top. */
  readonly folderUid: string
  readonly overwrite: boolean
}

export type ImportModel = ReturnType<typeof useImport>

/** What is about to be imported. */
export function useImport() {
  const [items, setItems] = useState<readonly ImportItem[]>([])
  const { importOne } = useDashboardChanges()
  const addFiles = async (chosen: readonly File[]): Promise<void> => {
    const read = await Promise.all(chosen.map(readFile))
    setItems((now) => [...now, ...read])
  }
  const waiting = items.filter(({ draft, saved }) => draft.ok && saved === undefined)
  const save = async (target: ImportTarget): Promise<void> => {
    for (const item of waiting) {
      if (!item.draft.ok) continue
      const { name, draft } = item
      // One after the other: each is said when it is there.
      const result = await importOne.mutateAsync({ dashboard: item.draft.raw, ...target }).then(
        (saved): ImportItem => ({ name, draft, saved }),
        (thrown: unknown): ImportItem => ({ name, draft, error: messageOf(thrown) }),
      )
      setItems((now) => now.map((one) => (one === item ? result : one)))
    }
  }
  return {
    items,
    waiting: waiting.length,
    isSaving: importOne.isPending,
    addFiles,
    addText: (text: string) =>
      setItems((now) => [...now, { name: 'pasted', draft: readDraft(text) }]),
    save,
    clear: () => setItems([]),
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

async function readFile(file: File): Promise<ImportItem> {
  if (file.size > MAX_FILE_BYTES) {
    const message = `The file is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB.`
    return { name: file.name, draft: { ok: false, message } }
  }
  return { name: file.name, draft: readDraft(await file.text()) }
}
