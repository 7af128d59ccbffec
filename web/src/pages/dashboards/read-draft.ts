import type { Dashboard } from '../../../../src/lang/dashboard/model.ts'
import { readDashboard } from '../../../../src/lang/dashboard/read-dashboard.ts'
import type { ImportReport } from '../../../../src/lang/dashboard/report.ts'

/** A dashboard that somebody is about to import. */
export type ImportDraft =
  | {
      readonly ok: true
      readonly dashboard: Dashboard
      readonly report: ImportReport
      readonly raw: unknown
    }
  | { readonly ok: false; readonly message: string }

/** Larger ones are refused by the server, too. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024

/** Reads the text of a file or of the clipboard. */
export function readDraft(text: string): ImportDraft {
  try {
    return { ok: true, ...readDashboard(text), raw: JSON.parse(text.replace(/^\uFEFF/, '')) }
  } catch (thrown) {
    return { ok: false, message: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}
