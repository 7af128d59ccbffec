import type {
  DashboardOriginJson,
  ImportedDashboardJson,
  ProvisioningJson,
} from '../../contract/dashboards.ts'
import { MAX_DASHBOARD_BYTES } from '../../dashboards/dashboard-json.ts'
import type { DashboardHead, DashboardLibrary } from '../../dashboards/library.ts'
import { slugOf, urlOfDashboard } from '../../dashboards/names.ts'
import type { Datasource } from '../../lang/dashboard/datasource.ts'
import { textOf, without, type JsonObject } from '../../lang/dashboard/json-value.ts'
import { readDashboard } from '../../lang/dashboard/read-dashboard.ts'
import { writeDashboard } from '../../lang/dashboard/write-dashboard.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import { authorOf, json, readBody, type MakeGrafanaRoute } from './grafana-route.ts'

export interface OwnDashboardDoors {
  readonly library: DashboardLibrary
  readonly datasources: () => readonly Datasource[]
}

const OF_THE_PLACE: ReadonlySet<string> = new Set(['id', 'version'])

/** Our own API of dashboards: `/api/vedette/dashboards/…` (contract/dashboards.ts). */
export function dashboardRoutes(doors: OwnDashboardDoors, route: MakeGrafanaRoute): Route[] {
  const { library } = doors
  const base = '/api/vedette/dashboards'
  const large = { bodyBytes: MAX_DASHBOARD_BYTES }
  return [
    route('POST', `${base}/import`, 'dashboards:write', (x) => importOne(doors, x), large),
    route('GET', `${base}/provisioning`, 'dashboards:read', () => json(describeFiles(library))),
    route('GET', `${base}/:uid/export`, 'dashboards:read', async (x) => {
      const { raw, title } = await library.get(x.pathParam('uid'))
      const written = writeDashboard(
        readDashboard(raw, { datasources: doors.datasources() }).dashboard,
      )
      const kept = without(written, OF_THE_PLACE)
      const name = `${slugOf(title)}.json`
      const answer = json({ id: null, ...kept })
      return {
        ...answer,
        headers: { ...answer.headers, 'content-disposition': `attachment; filename="${name}"` },
      }
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
  const { dashboard, report } = readDashboard(given['dashboard'], { datasources: datasources() })
  const uid = textOf(given['uid'])
  const kept = without(writeDashboard(dashboard), OF_THE_PLACE)
  const saved = await library.save(authorOf(exchange), {
    dashboard: uid === undefined ? kept : { ...kept, uid },
    folderUid: textOf(given['folderUid']),
    overwrite: given['overwrite'] === true,
    message: textOf(given['message']) ?? 'Imported',
  })
  exchange.audit('dashboard.import', saved.uid, { details: saved.title })
  const answer: ImportedDashboardJson = {
    ...{ uid: saved.uid, title: saved.title, url: urlOfDashboard(saved.uid, saved.title) },
    ...{ version: saved.version, folderUid: saved.folderUid, report },
  }
  return json(answer)
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
