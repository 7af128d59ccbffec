import type { ImportedDashboardJson } from '../contract/dashboards.ts'
import type { Datasource } from '../lang/dashboard/datasource.ts'
import { without, type JsonObject } from '../lang/dashboard/json-value.ts'
import { readDashboard } from '../lang/dashboard/read-dashboard.ts'
import { writeDashboard } from '../lang/dashboard/write-dashboard.ts'
import type { Author } from './author.ts'
import type { DashboardLibrary } from './library.ts'
import { urlOfDashboard } from './names.ts'

export interface ImportRequest {
  /** In any form that Grafana or its tools write. */
  readonly dashboard: unknown
  /** Undefined: its own. */
  readonly uid: string | undefined
  readonly folderUid: string | undefined
  readonly overwrite: boolean
  readonly message: string
}

/** What belongs to the place where a dashboard is kept. */
const OF_THE_PLACE: ReadonlySet<string> = new Set(['id', 'version'])

/** Saves a dashboard of any form and age in the newest form, and says what of it is not as it says. Rejects with a `Problem`. */
export async function importDashboard(
  library: DashboardLibrary,
  by: Author,
  request: ImportRequest,
  datasources: readonly Datasource[],
): Promise<ImportedDashboardJson> {
  const { dashboard, report } = readDashboard(request.dashboard, { datasources })
  const kept = without(writeDashboard(dashboard), OF_THE_PLACE)
  const { folderUid, overwrite, message, uid } = request
  const given = uid === undefined ? kept : { ...kept, uid }
  const saved = await library.save(by, { dashboard: given, folderUid, overwrite, message })
  const url = urlOfDashboard(saved.uid, saved.title)
  const { title, version } = saved
  return { uid: saved.uid, title, url, version, folderUid: saved.folderUid, report }
}

/** A dashboard as JSON that Grafana and `importDashboard` take. */
export async function exportDashboard(
  library: DashboardLibrary,
  uid: string,
  datasources: readonly Datasource[],
): Promise<JsonObject> {
  const { raw } = await library.get(uid)
  const written = writeDashboard(readDashboard(raw, { datasources }).dashboard)
  return { id: null, ...without(written, OF_THE_PLACE) }
}
