import { parentsOf, withDescendants } from '../../dashboards/folders.ts'
import type { DashboardLibrary } from '../../dashboards/library.ts'
import { urlOfFolder } from '../../dashboards/names.ts'
import { numberOf, textOf } from '../../lang/dashboard/json-value.ts'
import type { StoredFolder } from '../../store/metadata/folders.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
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

/** Grafana's default and its bound. */
const DEFAULT_LIMIT = 1000
const MAX_LIMIT = 5000

/** Grafana's `/api/folders/…`. */
export function grafanaFolderRoutes(library: DashboardLibrary, route: MakeGrafanaRoute): Route[] {
  const { folders } = library
  const show = async (exchange: Exchange, folder: StoredFolder): Promise<Answer> =>
    json(toFolder(exchange, folder, await folders.list()))
  return [
    route('GET', '/api/folders', 'dashboards:read', async (x) => json(await listOf(library, x))),
    route('POST', '/api/folders', 'dashboards:write', async (x) => {
      const body = readBody(x)
      const made = await folders.create(authorOf(x), {
        title: textOf(body['title']) ?? '',
        uid: textOf(body['uid']) ?? '',
        parentUid: textOf(body['parentUid']) ?? '',
        description: textOf(body['description']) ?? '',
      })
      x.audit('folder.create', made.uid, { details: made.title })
      return show(x, made)
    }),
    route('GET', '/api/folders/id/:id', 'dashboards:read', async (x) =>
      show(x, await folders.findByNumber(readId(x))),
    ),
    route('GET', '/api/folders/:uid', 'dashboards:read', async (x) => {
      const uid = x.pathParam('uid')
      return uid === 'general' ? json(GENERAL) : show(x, await folders.find(uid))
    }),
    route('PUT', '/api/folders/:uid', 'dashboards:write', async (x) => {
      const body = readBody(x)
      const [title, description, version] = [
        textOf(body['title']),
        textOf(body['description']),
        numberOf(body['version']),
      ]
      const changed = await folders.change(authorOf(x), x.pathParam('uid'), {
        overwrite: body['overwrite'] === true,
        ...(title === undefined ? {} : { title }),
        ...(description === undefined ? {} : { description }),
        ...(version === undefined ? {} : { version }),
      })
      x.audit('folder.change', changed.uid, { details: changed.title })
      return show(x, changed)
    }),
    route('POST', '/api/folders/:uid/move', 'dashboards:write', async (x) => {
      const parentUid = textOf(readBody(x)['parentUid']) ?? ''
      const moved = await folders.move(authorOf(x), x.pathParam('uid'), parentUid)
      x.audit('folder.move', moved.uid, { details: `into ${parentUid || 'the top'}` })
      return show(x, moved)
    }),
    route('DELETE', '/api/folders/:uid', 'dashboards:write', (x) => remove(library, x)),
    route('GET', '/api/folders/:uid/counts', 'dashboards:read', async (x) =>
      json(await countsOf(library, x.pathParam('uid'))),
    ),
    route('GET', '/api/folders/:uid/permissions', 'dashboards:read', async (x) => {
      await folders.find(x.pathParam('uid'))
      return json(PERMISSIONS)
    }),
  ]
}

/** The top, as older clients ask for it. */
const GENERAL = { id: 0, uid: 'general', title: 'General', url: '', version: 0, canSave: false }

/** The roles decide; a folder has no rules of its own. */
const PERMISSIONS = [
  { role: 'Viewer', permission: 1, permissionName: 'View' },
  { role: 'Editor', permission: 2, permissionName: 'Edit' },
]

async function listOf(library: DashboardLibrary, { params }: Exchange): Promise<readonly object[]> {
  const parentUid = params.get('parentUid')
  const asked = readNumber(params.get('limit'), 'limit', DEFAULT_LIMIT)
  const limit = Math.min(Math.max(1, asked), MAX_LIMIT)
  const page = Math.max(1, readNumber(params.get('page'), 'page', 1))
  const all = await library.folders.list()
  const children = all
    .filter((folder) => folder.parentUid === parentUid)
    .sort((a, b) => a.title.localeCompare(b.title, 'en', { numeric: true }))
  const parent = parentUid === '' ? undefined : parentUid
  const shown = children.slice((page - 1) * limit, page * limit)
  // JSON leaves out what is undefined.
  return shown.map(({ id, uid, title }) => ({ id, uid, title, parentUid: parent }))
}

async function remove(library: DashboardLibrary, exchange: Exchange): Promise<Answer> {
  const uid = exchange.pathParam('uid')
  const holdsFiles = (folderUid: string): boolean =>
    library.files.list().some((file) => file.folderUid === folderUid)
  const gone = await library.folders.remove(uid, holdsFiles)
  exchange.audit('folder.delete', gone.uid, { details: gone.title })
  return json({ id: gone.id, title: gone.title, message: `Folder ${gone.title} deleted` })
}

async function countsOf(library: DashboardLibrary, uid: string): Promise<object> {
  await library.folders.find(uid)
  const below = new Set(withDescendants(await library.folders.list(), uid))
  const dashboards = (await library.list()).filter(({ folderUid }) => below.has(folderUid))
  return { folder: below.size - 1, dashboard: dashboards.length, alertrule: 0, librarypanel: 0 }
}

function toFolder(exchange: Exchange, folder: StoredFolder, all: readonly StoredFolder[]): object {
  const { id, uid, title, parentUid, description, version } = folder
  const isWriter = mayWrite(exchange)
  const parents = parentsOf(all, uid).map((each) => ({
    id: each.id,
    uid: each.uid,
    title: each.title,
    url: urlOfFolder(each.uid, each.title),
  }))
  return {
    ...{ id, uid, orgId: 1, title, url: urlOfFolder(uid, title), hasAcl: false },
    ...{ canSave: isWriter, canEdit: isWriter, canAdmin: isAdmin(exchange), canDelete: isWriter },
    ...{ createdBy: folder.createdBy, created: isoTime(folder.createdMs) },
    ...{ updatedBy: folder.updatedBy, updated: isoTime(folder.updatedMs), version },
    ...(description === '' ? {} : { description }),
    ...(parentUid === '' ? {} : { parentUid, parents }),
  }
}
