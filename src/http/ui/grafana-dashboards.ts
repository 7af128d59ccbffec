import {
  MAX_DASHBOARD_BYTES,
  readRawDashboard,
  unwrapResource,
} from '../../dashboards/dashboard-json.ts'
import { fillInputs } from '../../dashboards/fill-inputs.ts'
import type { DashboardHead, DashboardLibrary, LoadedDashboard } from '../../dashboards/library.ts'
import { slugOf, urlOfDashboard, urlOfFolder } from '../../dashboards/names.ts'
import type { Preferences } from '../../dashboards/preferences.ts'
import type { Datasource } from '../../lang/dashboard/datasource.ts'
import {
  isObject,
  numberOf,
  objectOf,
  textOf,
  type JsonObject,
} from '../../lang/dashboard/json-value.ts'
import { Problem } from '../../model/problem.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import { toOrigin } from './dashboard-routes.ts'
import {
  authorOf,
  isAdmin,
  isoTime,
  json,
  mayWrite,
  readBody,
  readId,
  readNumber,
  type MakeGrafanaRoute,
} from './grafana-route.ts'

export interface DashboardDoors {
  readonly library: DashboardLibrary
  readonly preferences: Preferences
  readonly datasources: () => readonly Datasource[]
}

/** Grafana's `/api/dashboards/…`. */
export function grafanaDashboardRoutes(doors: DashboardDoors, route: MakeGrafanaRoute): Route[] {
  const { library } = doors
  const large = { bodyBytes: MAX_DASHBOARD_BYTES }
  return [
    route('POST', '/api/dashboards/db', 'dashboards:write', (x) => save(library, x), large),
    route('POST', '/api/dashboards/import', 'dashboards:write', (x) => importOne(doors, x), large),
    route('GET', '/api/dashboards/home', 'dashboards:read', (x) => home(doors, x)),
    route('GET', '/api/dashboards/tags', 'dashboards:read', async () => json(await tags(library))),
    route('GET', '/api/dashboards/uid/:uid', 'dashboards:read', async (x) =>
      json(await fullOf(library, x, await library.get(x.pathParam('uid')))),
    ),
    route('DELETE', '/api/dashboards/uid/:uid', 'dashboards:write', async (x) => {
      const gone = await library.remove(x.pathParam('uid'))
      x.audit('dashboard.delete', gone.uid, { details: gone.title })
      const { uid, id, title } = gone
      return json({ title, message: `Dashboard ${title} deleted`, uid, id })
    }),
    ...versionRoutes(library, route),
  ]
}

function versionRoutes(library: DashboardLibrary, route: MakeGrafanaRoute): Route[] {
  const path = '/api/dashboards/uid/:uid/versions'
  return [
    route('GET', path, 'dashboards:read', async (x) => {
      const uid = x.pathParam('uid')
      const start = readNumber(x.params.get('start'), 'start', 0)
      const limit = readNumber(x.params.get('limit'), 'limit', 0)
      const all = await library.versions(uid)
      const shown = limit > 0 ? all.slice(start, start + limit) : all.slice(start)
      const versions = shown.map((each) => toVersion(uid, each))
      return json({ continueToken: '', versions })
    }),
    route('GET', `${path}/:version`, 'dashboards:read', async (x) => {
      const uid = x.pathParam('uid')
      const { raw, ...version } = await library.version(uid, readId(x, 'version'))
      return json({ ...toVersion(uid, version), data: raw })
    }),
    route('POST', '/api/dashboards/uid/:uid/restore', 'dashboards:write', async (x) => {
      const version = numberOf(readBody(x)['version'])
      if (version === undefined) throw new Problem('bad_data', 'version must be a number')
      const saved = await library.restore(authorOf(x), x.pathParam('uid'), version)
      x.audit('dashboard.restore', saved.uid, { details: `version ${version}` })
      return json(toSaved(saved))
    }),
  ]
}

async function save(library: DashboardLibrary, exchange: Exchange): Promise<Answer> {
  const body = readBody(exchange)
  const saved = await library.save(authorOf(exchange), {
    dashboard: unwrapResource(body['dashboard']),
    folderUid: await readFolder(library, body),
    overwrite: body['overwrite'] === true,
    message: textOf(body['message']) ?? '',
  })
  exchange.audit('dashboard.save', saved.uid, {
    details: `${saved.title}, version ${saved.version}`,
  })
  return json(toSaved(saved))
}

async function importOne(
  { library, datasources }: DashboardDoors,
  exchange: Exchange,
): Promise<Answer> {
  const body = readBody(exchange)
  const raw = readRawDashboard(unwrap(body['dashboard']))
  const dashboard = fillInputs(raw, body['inputs'], datasources())
  const folderUid = await readFolder(library, body)
  const saved = await library.save(authorOf(exchange), {
    ...{ dashboard, folderUid, overwrite: body['overwrite'] === true },
    message: 'Imported',
  })
  exchange.audit('dashboard.import', saved.uid, { details: saved.title })
  const { folderId } = await placeOf(library, saved.folderUid)
  return json({
    ...{ uid: saved.uid, pluginId: textOf(body['pluginId']) ?? '', title: saved.title },
    ...{ imported: true, importedUri: `db/${slugOf(saved.title)}` },
    ...{ importedUrl: urlOfDashboard(saved.uid, saved.title), slug: slugOf(saved.title) },
    ...{ dashboardId: saved.id, folderId, folderUid: saved.folderUid },
    ...{ importedRevision: 1, revision: 1, description: '', path: '', removed: false },
  })
}

/** A dashboard as `GET /api/dashboards/uid/…` answers it may be sent as it came. */
function unwrap(value: unknown): unknown {
  const { title, dashboard } = objectOf(value)
  return title === undefined && isObject(dashboard) ? dashboard : value
}

/** The folder that a request names: a uid, or the number of older clients. Undefined: it names none. */
async function readFolder(
  library: DashboardLibrary,
  body: JsonObject,
): Promise<string | undefined> {
  const uid = textOf(body['folderUid'])
  if (uid !== undefined && uid !== '') return uid
  const id = numberOf(body['folderId'])
  if (id === undefined) return uid
  if (id <= 0) return ''
  return (await library.folders.list()).find((folder) => folder.id === id)?.uid ?? `#${id}`
}

async function home({ library, preferences }: DashboardDoors, exchange: Exchange): Promise<Answer> {
  const { homeDashboardUID = '' } = await preferences.inForce(authorOf(exchange))
  const uids = new Set((await library.list()).map(({ uid }) => uid))
  if (uids.has(homeDashboardUID)) {
    return json({ redirectUri: urlOfDashboard(homeDashboardUID, homeDashboardUID) })
  }
  return json({
    meta: { isHome: true, canSave: false, canEdit: false, canStar: false, folderTitle: 'General' },
    dashboard: { title: 'Home', uid: '', panels: [], schemaVersion: 41, tags: [] },
  })
}

async function tags(
  library: DashboardLibrary,
): Promise<readonly { readonly term: string; readonly count: number }[]> {
  const counts = new Map<string, number>()
  for (const { tags: own } of await library.list()) {
    for (const tag of own) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  }
  return [...counts]
    .map(([term, count]) => ({ term, count }))
    .sort((a, b) => (a.term < b.term ? -1 : 1))
}

/** Grafana's `{dashboard, meta}`. */
async function fullOf(
  library: DashboardLibrary,
  exchange: Exchange,
  { raw, ...head }: LoadedDashboard,
): Promise<object> {
  const stars = await library.starsOf(authorOf(exchange))
  const place = await placeOf(library, head.folderUid)
  const isWriter = mayWrite(exchange)
  const { origin } = head
  const isLocked = origin.kind !== 'saved' && !origin.dashboard.provider.allowUiUpdates
  const canSave = isWriter && !isLocked
  return {
    meta: {
      ...{ type: 'db', canSave, canEdit: isWriter, canAdmin: isAdmin(exchange) },
      ...{ canStar: exchange.visit.principal.kind === 'user' },
      canDelete: isWriter && origin.kind === 'saved',
      ...{ slug: slugOf(head.title), url: urlOfDashboard(head.uid, head.title) },
      ...{ expires: '0001-01-01T00:00:00Z', isStarred: stars.has(head.uid) },
      ...{ created: isoTime(head.createdMs), updated: isoTime(head.updatedMs) },
      ...{ updatedBy: head.updatedBy, createdBy: head.createdBy, version: head.version },
      ...{ hasAcl: false, isFolder: false, ...place, provisioned: isLocked },
      provisionedExternalId: origin.kind === 'saved' ? '' : origin.dashboard.name,
      annotationsPermissions: {
        dashboard: { canAdd: isWriter, canEdit: isWriter, canDelete: isWriter },
        organization: { canAdd: isWriter, canEdit: isWriter, canDelete: isWriter },
      },
      vedette: toOrigin(head),
    },
    dashboard: raw,
  }
}

async function placeOf(library: DashboardLibrary, folderUid: string) {
  const folder = (await library.folders.list()).find(({ uid }) => uid === folderUid)
  if (folder === undefined) {
    return { folderId: 0, folderUid: '', folderTitle: 'General', folderUrl: '' }
  }
  const { id, uid, title } = folder
  return { folderId: id, folderUid: uid, folderTitle: title, folderUrl: urlOfFolder(uid, title) }
}

function toSaved({ id, uid, title, version, folderUid }: DashboardHead): object {
  const slug = slugOf(title)
  return { folderUid, id, slug, status: 'success', uid, url: urlOfDashboard(uid, title), version }
}

function toVersion(
  uid: string,
  version: Omit<Awaited<ReturnType<DashboardLibrary['version']>>, 'raw'>,
): object {
  return {
    ...{ id: version.id, dashboardId: 0, dashboardUID: uid, uid },
    ...{ parentVersion: version.parentVersion, restoredFrom: version.restoredFrom },
    ...{ version: version.version, created: isoTime(version.createdMs) },
    ...{ createdBy: version.createdBy, message: version.message },
  }
}
