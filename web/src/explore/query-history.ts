/** Queries that were run in this browser, the newest first. */
export interface HistoryEntry {
  readonly query: string
  readonly atMs: number
  /** Absent: PromQL. */
  readonly language?: string
}

const KEY = 'vedette.explore.history'
const MOST_KEPT = 100

export function readHistory(
  storage: Pick<Storage, 'getItem'> = localStorage,
): readonly HistoryEntry[] {
  try {
    const stored: unknown = JSON.parse(storage.getItem(KEY) ?? '[]')
    return Array.isArray(stored) ? stored.filter(isEntry) : []
  } catch {
    return []
  }
}

/** Puts queries of a language in front; one that was there already moves. */
export function addToHistory(
  queries: readonly string[],
  language: string,
  atMs: number,
  storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage,
): void {
  const fresh = [...new Set(queries.filter((query) => query.trim() !== ''))]
  const older = readHistory(storage).filter(
    (entry) => languageOf(entry) !== language || !fresh.includes(entry.query),
  )
  const entries = fresh.map((query) => ({ query, language, atMs }))
  const kept = [...entries, ...older].slice(0, MOST_KEPT)
  try {
    storage.setItem(KEY, JSON.stringify(kept))
  } catch {
    // Full or forbidden: a history is a convenience.
  }
}

export function languageOf({ language = 'promql' }: HistoryEntry): string {
  return language
}

export function clearHistory(): void {
  localStorage.removeItem(KEY)
}

function isEntry(value: unknown): value is HistoryEntry {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'query') === 'string' &&
    typeof Reflect.get(value, 'atMs') === 'number'
  )
}
