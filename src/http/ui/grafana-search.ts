import type { DashboardLibrary } from '../../dashboards/library.ts'
import { slugOf, urlOfDashboard, urlOfFolder } from '../../dashboards/names.ts'
import { search, type Hit, type SearchQuery } from '../../dashboards/search.ts'
import type { StoredFolder } from '../../store/metadata/folders.ts'
import type { Exchange, Route } from '../exchange.ts'
import { toOrigin } from './dashboard-routes.ts'
import { authorOf, json, readNumber, type MakeGrafanaRoute } from './grafana-route.ts'

/** Grafana's default and its bound. */
const DEFAULT_LIMIT = 1000
const MAX_LIMIT = 5000

/** Grafana's `/api/search`. */
export function grafanaSearchRoutes(library: DashboardLibrary, route: MakeGrafanaRoute): Route[] {
  return [
    route('GET', '/api/search', 'dashboards:read', async (exchange) => {
      const author = authorOf(exchange)
      const stars = await library.starsOf(author)
      const all = await library.list()
      const folders = await library.folders.list()
      const listed = all.map((head) => ({ ...head, isStarred: stars.has(head.uid) }))
      const query = readQuery(exchange, folders, all)
      // Grafana does not tell which dashboards are files; the list of ours does.
      const origins = new Map(all.map((head) => [head.uid, toOrigin(head)]))
      return json(
        search(listed, folders, query).map((hit) => {
          const shown = toHit(hit, folders)
          if (hit.kind === 'folder') return shown
          return Object.assign(shown, { vedette: origins.get(hit.dashboard.uid) })
        }),
      )
    }),
    route('GET', '/api/search/sorting', 'dashboards:read', () =>
      json({
        sortOptions: [
          {
            description: 'Sort results in an alphabetically ascending order',
            displayName: 'Alphabetically (A–Z)',
            meta: '',
            name: 'alpha-asc',
          },
          {
            description: 'Sort results in an alphabetically descending order',
            displayName: 'Alphabetically (Z–A)',
            meta: '',
            name: 'alpha-desc',
          },
        ],
      }),
    ),
  ]
}

function readQuery(
  { params }: Exchange,
  folders: readonly StoredFolder[],
  dashboards: readonly { readonly id: number; readonly uid: string }[],
): SearchQuery {
  const type = params.get('type')
  const byNumber = params.all('folderIds').map((text) => {
    const id = readNumber(text, 'folderIds', 0)
    return id === 0 ? '' : (folders.find((folder) => folder.id === id)?.uid ?? `#${id}`)
  })
  const byUid = [...params.all('folderUIDs'), ...params.all('folderUids')].filter(
    (uid) => uid !== '',
  )
  const numbers = params.all('dashboardIds').map((text) => readNumber(text, 'dashboardIds', 0))
  const uidOfNumber = (id: number): string =>
    dashboards.find((each) => each.id === id)?.uid ?? `#${id}`
  return {
    text: params.get('query'),
    tags: params.all('tag').filter((tag) => tag !== ''),
    type: type === 'dash-db' ? 'dashboard' : type === 'dash-folder' ? 'folder' : undefined,
    folderUids: [...byNumber, ...byUid.map((uid) => (uid === 'general' ? '' : uid))],
    uids: [
      ...[...params.all('dashboardUIDs'), ...params.all('dashboardUids')].filter(
        (uid) => uid !== '',
      ),
      ...numbers.map(uidOfNumber),
    ],
    starredOnly: params.get('starred') === 'true',
    sort: params.get('sort') === 'alpha-desc' ? 'alpha-desc' : 'alpha-asc',
    limit: Math.min(
      Math.max(1, readNumber(params.get('limit'), 'limit', DEFAULT_LIMIT)),
      MAX_LIMIT,
    ),
    page: Math.max(1, readNumber(params.get('page'), 'page', 1)),
  }
}

function toHit(hit: Hit, folders: readonly StoredFolder[]): object {
  const isFolder = hit.kind === 'folder'
  const { id, uid, title } = isFolder ? hit.folder : hit.dashboard
  const placeUid = isFolder ? hit.folder.parentUid : hit.dashboard.folderUid
  const place = folders.find((folder) => folder.uid === placeUid)
  return {
    ...{ id, orgId: 1, uid, title, uri: `db/${slugOf(title)}` },
    url: isFolder ? urlOfFolder(uid, title) : urlOfDashboard(uid, title),
    ...{ slug: '', type: isFolder ? 'dash-folder' : 'dash-db' },
    tags: isFolder ? [] : hit.dashboard.tags,
    isStarred: !isFolder && hit.dashboard.isStarred,
    ...(place === undefined
      ? {}
      : {
          ...{ folderId: place.id, folderUid: place.uid, folderTitle: place.title },
          folderUrl: urlOfFolder(place.uid, place.title),
        }),
    ...{ sortMeta: 0, isDeleted: false },
  }
}
