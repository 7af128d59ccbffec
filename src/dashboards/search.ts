import type { StoredFolder } from '../store/metadata/folders.ts'

/** What a search looks for; all of it must fit. */
export interface SearchQuery {
  /** Every word of it is in the title, whatever the case. */
  readonly text: string
  /** All of them. */
  readonly tags: readonly string[]
  readonly type: 'folder' | 'dashboard' | undefined
  /** '' is the top; none means all. */
  readonly folderUids: readonly string[]
  readonly uids: readonly string[]
  readonly starredOnly: boolean
  readonly sort: 'alpha-asc' | 'alpha-desc'
  readonly limit: number
  /** From 1. */
  readonly page: number
}

/** A dashboard, as a search knows it. */
export interface Listed {
  readonly id: number
  readonly uid: string
  readonly title: string
  readonly tags: readonly string[]
  /** '' for none. */
  readonly folderUid: string
  readonly isStarred: boolean
}

export type Hit =
  | { readonly kind: 'folder'; readonly folder: StoredFolder }
  | { readonly kind: 'dashboard'; readonly dashboard: Listed }

/** What fits, folders first, by title. */
export function search(
  dashboards: readonly Listed[],
  folders: readonly StoredFolder[],
  query: SearchQuery,
): readonly Hit[] {
  const words = query.text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const fits = (title: string, uid: string): boolean => {
    const lower = title.toLowerCase()
    return (
      words.every((word) => lower.includes(word)) &&
      (query.uids.length === 0 || query.uids.includes(uid))
    )
  }
  const isIn = (folderUid: string): boolean =>
    query.folderUids.length === 0 || query.folderUids.includes(folderUid)
  // What has tags and stars is a dashboard.
  const wantsFolders = query.type !== 'dashboard' && query.tags.length === 0 && !query.starredOnly
  const ofFolders: Hit[] = (wantsFolders ? folders : [])
    .filter((folder) => fits(folder.title, folder.uid) && isIn(folder.parentUid))
    .map((folder) => ({ kind: 'folder', folder }))
  const ofDashboards: Hit[] = (query.type === 'folder' ? [] : dashboards)
    .filter((each) => fits(each.title, each.uid) && isIn(each.folderUid))
    .filter((each) => query.tags.every((tag) => each.tags.includes(tag)))
    .filter((each) => !query.starredOnly || each.isStarred)
    .map((dashboard) => ({ kind: 'dashboard', dashboard }))
  const sign = query.sort === 'alpha-desc' ? -1 : 1
  const byTitle = (a: Hit, b: Hit): number => sign * ORDER.compare(titleOf(a), titleOf(b))
  const all = [...ofFolders.sort(byTitle), ...ofDashboards.sort(byTitle)]
  return all.slice((query.page - 1) * query.limit, query.page * query.limit)
}

const ORDER = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function titleOf(hit: Hit): string {
  return hit.kind === 'folder' ? hit.folder.title : hit.dashboard.title
}
