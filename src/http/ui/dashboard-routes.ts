import type { DashboardOriginJson, ProvisioningJson } from '../../contract/dashboards.ts'
import { MAX_DASHBOARD_BYTES } from '../../dashboards/dashboard-json.ts'
import { exportDashboard, importDashboard } from '../../dashboards/import-dashboard.ts'
import type { DashboardHead, DashboardLibrary } from '../../dashboards/library.ts'
import { slugOf, urlOfDashboard } from '../../dashboards/names.ts'
import type { Datasource } from '../../lang/dashboard/datasource.ts'
import { textOf, type JsonObject } from '../../lang/dashboard/json-value.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import { authorOf, json, readBody, type MakeGrafanaRoute } from './grafana-route.ts'

export interface OwnDashboardDoors {
  readonly library: DashboardLibrary
  readonly datasources: () => readonly Datasource[]
}

/** Our own API of dashboards: `/api/vedette/dashboards/…` (contract/dashboards.ts). */
export function dashboardRoutes(doors: OwnDashboardDoors, route: MakeGrafanaRoute): Route[] {
  const { library } = doors
  const base = '/api/vedette/dashboards'
  const large = { bodyBytes: MAX_DASHBOARD_BYTES }
  return [
    route('POST', `${base}/import`, 'dashboards:write', (x) => importOne(doors, x), large),
    route('GET', `${base}/provisioning`, 'dashboards:read', () => json(describeFiles(library))),
    route('GET', `${base}/:uid/export`, 'dashboards:read', async (x) => {
      const exported = await exportDashboard(library, x.pathParam('uid'), doors.datasources())
      const name = `${slugOf(textOf(exported['title']) ?? '')}.json`
      const answer = json(exported)
      const headers = { 'content-disposition': `attachment; filename="${name}"` }
      return { ...answer, headers: { ...answer.headers, ...headers } }
    }),
    route('POST', `${base}/:uid/reset`, 'dashboards:write', async (x) => {
      const head = await library.resetToFile(x.pathParam('uid'))
      x.audit('dashboard.reset', head.uid, { details: 'to its file' })
      return json({
        uid: head.uid,
        title: head.title,
        url: urlOfDashboard(head.uid, head.title),
        version: head.version,
      })
    }),
  ]
}

async function importOne(
  { library, datasources }: OwnDashboardDoors,
  exchange: Exchange,
): Promise<Answer> {
  const body = readBody(exchange)
  // A dashboard by itself may be sent, too.
  const given: JsonObject = 'dashboard' in body && !('panels' in body) ? body : { dashboard: body }
  const imported = await importDashboard(
    library,
    authorOf(exchange),
    {
      dashboard: given['dashboard'],
      uid: textOf(given['uid']),
      folderUid: textOf(given['folderUid']),
      overwrite: given['overwrite'] === true,
      message: textOf(given['message']) ?? 'Imported',
    },
    datasources(),
  )
  exchange.audit('dashboard.import', imported.uid, { details: imported.title })
  return json(imported)
}

function describeFiles({ files }: DashboardLibrary): ProvisioningJson {
  const all = files.list()
  return {
    providers: files.providers().map((provider) => ({
      name: provider.name,
      folder: provider.folder,
      paths: provider.paths,
      allowUiUpdates: provider.allowUiUpdates,
      dashboards: all.filter((each) => each.provider === provider).length,
    })),
    faults: files.faults(),
  }
}

/** Which file a dashboard is, and whether a saved copy stands in front of it. */
export function toOrigin({ origin }: Pick<DashboardHead, 'origin'>): DashboardOriginJson {
  if (origin.kind === 'saved') return { origin: 'saved' }
  const { file, provider } = origin.dashboard
  const fileChanged = origin.kind === 'copy' && origin.hasFileChanged
  return { origin: origin.kind, file, provider: provider.name, fileChanged }
}
