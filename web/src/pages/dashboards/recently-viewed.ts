const KEY = 'vedette.dashboards.recent'
const MOST_KEPT = 12

/** The uids of dashboards that this browser has shown, the last one first. */
export function readRecent(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}

/** Notes that a dashboard is shown. */
export function noteViewed(uid: string): void {
  const kept = [uid, ...readRecent().filter((one) => one !== uid)].slice(0, MOST_KEPT)
  try {
    localStorage.setItem(KEY, JSON.stringify(kept))
  } catch {
    // A browser that keeps nothing shows no recent ones.
  }
}
