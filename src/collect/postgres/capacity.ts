import type { MetricFamily } from '../../model/metric-family.ts'
import { FamilyTable } from './family-table.ts'
import { readStoredHistory, SizeHistory } from './size-history.ts'

/** Databases and tables whose sizes are remembered, of all servers. */
const MOST_HISTORIES = 5000
/** Tables of a server that are reported: those that grow or shrink most. */
const MOST_TABLES = 20
const FORGET_MS = 7 * 86_400_000
const MOST_DAYS = 10_000

/** The families of the estimate, for the table in the documentation. */
export const CAPACITY_FAMILIES = {
  pg_capacity_database_growth_bytes_per_day: 'How fast the database grows, by its last week.',
  pg_capacity_table_growth_bytes_per_day:
    'How fast the table with its indexes grows, for those that change most.',
  pg_capacity_window_seconds:
    'How long the sizes of the databases have been watched, up to a week.',
  pg_capacity_disk_size_bytes: 'Size of the file system with the data of the server.',
  pg_capacity_disk_avail_bytes: 'What is free there for users other than root.',
  pg_capacity_disk_growth_bytes_per_day: 'How fast the file system with the data fills.',
  pg_capacity_disk_full_days:
    'Days until it is full, if it goes on like that; absent while it does not grow.',
} as const

/** The file system that holds the data of a server. */
export interface DiskSpace {
  readonly sizeBytes: number
  readonly availBytes: number
}

/** Estimates growth from the sizes of each scrape. What it remembers may be kept in a file and read again after a restart. */
export class CapacityEstimate {
  readonly #histories = new Map<string, SizeHistory>()

  /** Takes over what `print` gave; anything else is ignored. */
  read(text: string): void {
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      return
    }
    if (typeof parsed !== 'object' || parsed === null) return
    for (const [key, value] of Object.entries(parsed).slice(0, MOST_HISTORIES)) {
      const stored = readStoredHistory(value)
      if (stored !== undefined) this.#histories.set(key, new SizeHistory(stored))
    }
  }

  print(): string {
    return JSON.stringify(
      Object.fromEntries([...this.#histories].map(([key, history]) => [key, history.stored()])),
    )
  }

  /**
   * Notes the sizes in a server's families, and says how they grow. `isKept` of the answer: something is worth writing to disk.
   */
  note(
    server: string,
    families: readonly MetricFamily[],
    disk: DiskSpace | undefined,
    nowMs: number,
  ): { readonly families: MetricFamily[]; readonly isKept: boolean } {
    const table = new FamilyTable()
    const databases = this.#noteAll(server, families, 'pg_database_size_bytes', nowMs)
    const tables = this.#noteAll(server, families, 'pg_stat_user_tables_size_bytes', nowMs)
    const put = (
      name: keyof typeof CAPACITY_FAMILIES,
      labels: readonly string[],
      value: number,
    ): void => table.add({ name, help: CAPACITY_FAMILIES[name], type: 'gauge' }, { labels, value })
    const ofServer = ['server', server]
    for (const { labels, perDay } of databases.grown)
      put('pg_capacity_database_growth_bytes_per_day', labels, perDay)
    const fastest = tables.grown.toSorted((a, b) => Math.abs(b.perDay) - Math.abs(a.perDay))
    for (const { labels, perDay } of fastest.slice(0, MOST_TABLES))
      put('pg_capacity_table_growth_bytes_per_day', labels, perDay)
    if (databases.spanMs > 0) put('pg_capacity_window_seconds', ofServer, databases.spanMs / 1000)
    const isDiskKept = this.#noteDisk(server, disk, nowMs, (name, value) =>
      put(name, ofServer, value),
    )
    this.#forget(nowMs)
    return { families: table.families(), isKept: databases.isKept || tables.isKept || isDiskKept }
  }

  #noteAll(
    server: string,
    families: readonly MetricFamily[],
    name: string,
    nowMs: number,
  ): { grown: Grown[]; spanMs: number; isKept: boolean } {
    const grown: Grown[] = []
    let isKept = false
    let spanMs = 0
    for (const { labels, value } of families.find((one) => one.name === name)?.metrics ?? []) {
      const own = withServer(labels, server)
      const history = this.#historyOf(JSON.stringify([name, own]))
      if (history === undefined || Number.isNaN(value)) continue
      isKept = history.note(nowMs, value) || isKept
      spanMs = Math.max(spanMs, history.spanMs)
      const perDay = history.growthPerDay()
      if (perDay !== undefined) grown.push({ labels: own, perDay })
    }
    return { grown, spanMs, isKept }
  }

  #noteDisk(
    server: string,
    disk: DiskSpace | undefined,
    nowMs: number,
    put: (name: keyof typeof CAPACITY_FAMILIES, value: number) => void,
  ): boolean {
    if (disk === undefined) return false
    const history = this.#historyOf(JSON.stringify(['disk', server]))
    const isKept = history?.note(nowMs, disk.sizeBytes - disk.availBytes) === true
    put('pg_capacity_disk_size_bytes', disk.sizeBytes)
    put('pg_capacity_disk_avail_bytes', disk.availBytes)
    const perDay = history?.growthPerDay()
    if (perDay !== undefined) put('pg_capacity_disk_growth_bytes_per_day', perDay)
    const days = disk.availBytes / (perDay ?? 0)
    // What would take decades is no growth, but the noise of log files that come and go.
    if (days > 0 && days < MOST_DAYS) put('pg_capacity_disk_full_days', days)
    return isKept
  }

  #historyOf(key: string): SizeHistory | undefined {
    const found = this.#histories.get(key)
    if (found !== undefined || this.#histories.size >= MOST_HISTORIES) return found
    const made = new SizeHistory()
    this.#histories.set(key, made)
    return made
  }

  /** Databases and tables that were dropped. */
  #forget(nowMs: number): void {
    for (const [key, history] of this.#histories)
      if (nowMs - (history.lastMs ?? nowMs) > FORGET_MS) this.#histories.delete(key)
  }
}

interface Grown {
  readonly labels: readonly string[]
  readonly perDay: number
}

function withServer(labels: readonly string[], server: string): readonly string[] {
  const hasServer = labels.some((label, i) => i % 2 === 0 && label === 'server')
  return hasServer ? labels : ['server', server, ...labels]
}
