import type { DashboardHit } from './dashboard-api.ts'

export interface DashboardFilter {
  /** Words that the title, the folder or a tag has, whatever the case. */
  readonly text: string
  /** All of them. */
  readonly tags: readonly string[]
  readonly starredOnly: boolean
}

export interface DashboardFolder {
  /** '' is the top. */
  readonly uid: string
  readonly title: string
  readonly dashboards: readonly DashboardHit[]
}

const byTitle = (a: { readonly title: string }, b: { readonly title: string }): number =>
  a.title.localeCompare(b.title, 'en', { numeric: true })

/** What fits, by folder: those at the top last, as they have no name. Folders without anything that fits are left out of a search. */
export function groupDashboards(
  hits: readonly DashboardHit[],
  folders: readonly DashboardHit[],
  filter: DashboardFilter,
): DashboardFolder[] {
  const shown = hits.filter((hit) => fits(hit, filter)).toSorted(byTitle)
  const isSearch = filter.text.trim() !== '' || filter.tags.length > 0 || filter.starredOnly
  const named = folders.toSorted(byTitle).map(({ uid, title }) => ({
    uid,
    title,
    dashboards: shown.filter((hit) => hit.folderUid === uid),
  }))
  const known = new Set(folders.map(({ uid }) => uid))
  const top = shown.filter(({ folderUid }) => folderUid === undefined || !known.has(folderUid))
  return [
    ...named.filter(({ dashboards }) => !isSearch || dashboards.length > 0),
    ...(top.length > 0 ? [{ uid: '', title: 'General', dashboards: top }] : []),
  ]
}

function fits(hit: DashboardHit, { text, tags, starredOnly }: DashboardFilter): boolean {
  if (starredOnly && !hit.isStarred) return false
  if (!tags.every((tag) => hit.tags.includes(tag))) return false
  const searched = [hit.title, hit.folderTitle ?? '', ...hit.tags].join('\n').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => searched.includes(word))
}

/** Every tag with how many dashboards have it, the most used first. */
export function countTags(hits: readonly DashboardHit[]): [tag: string, count: number][] {
  const counts = new Map<string, number>()
  for (const tag of hits.flatMap((hit) => hit.tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return [...counts].toSorted(([a, of], [b, other]) => other - of || a.localeCompare(b))
}
