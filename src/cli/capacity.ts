import { slopePerDay, type Point } from '../collect/postgres/size-history.ts'
import type { QueryDataJson, SeriesJson } from '../contract/prometheus.ts'
import type { ApiClient } from './api-client.ts'

/** Something with a size and how that changes. */
export interface Sized {
  readonly name: string
  readonly sizeBytes: number
  /** Undefined while too little is known. */
  readonly growthBytesPerDay: number | undefined
}

/** A PostgreSQL server, what it keeps, and where that leads. */
export interface ServerCapacity {
  /** Host and port, or the target that it was scraped from. */
  readonly server: string
  readonly instance: string
  /** From the first size to the last. */
  readonly spanMs: number
  /** Largest first. */
  readonly databases: readonly Sized[]
  /** Those that change most first. */
  readonly tables: readonly Sized[]
  /** Of the write-ahead log. */
  readonly walBytes: number | undefined
  readonly disk: DiskCapacity | undefined
}

/** The file system with the data: known where the server runs on the machine that watches it. */
export interface DiskCapacity {
  readonly sizeBytes: number
  readonly availBytes: number
  readonly growthBytesPerDay: number | undefined
  /** Undefined while it does not grow. */
  readonly fullInDays: number | undefined
}

const DATABASE = 'pg_database_size_bytes'
const TABLE = 'pg_stat_user_tables_size_bytes'
const WAL = 'pg_wal_size_bytes'
const DISK_SIZE = 'pg_capacity_disk_size_bytes'
const DISK_AVAIL = 'pg_capacity_disk_avail_bytes'

const SELECTOR = `{__name__=~"${[DATABASE, TABLE, WAL, DISK_SIZE, DISK_AVAIL].join('|')}"}`

/** Points of each history: a line needs no more. */
const POINTS = 60
const LEAST_STEP_MS = 60_000
/** Growth that is told from less than this is a guess. */
const LEAST_SPAN_MS = 3_600_000

/** Asks a server for the sizes of a window that ends now. */
export async function readCapacity(
  client: ApiClient,
  windowMs: number,
  nowMs: number,
): Promise<readonly ServerCapacity[]> {
  const stepMs = Math.max(LEAST_STEP_MS, Math.ceil(windowMs / POINTS / 1000) * 1000)
  const { data } = await client.call<QueryDataJson>('/api/v1/query_range', {
    query: SELECTOR,
    start: String((nowMs - windowMs) / 1000),
    end: String(nowMs / 1000),
    step: String(stepMs / 1000),
  })
  const series = data.resultType === 'matrix' ? data.result : []
  return groupByServer(series)
    .map(([key, own]) => capacityOf(key, own))
    .filter(({ databases }) => databases.length > 0)
}

/** A series that the last step has a value for. */
interface History {
  readonly metric: Readonly<Record<string, string>>
  readonly points: readonly Point[]
}

function groupByServer(
  series: readonly SeriesJson[],
): (readonly [key: ServerKey, own: readonly History[]])[] {
  const lastMs = Math.max(...series.map(({ values }) => (values.at(-1)?.[0] ?? 0) * 1000))
  const servers = new Map<string, Set<string>>()
  for (const { metric } of series) {
    const known = servers.get(metric['instance'] ?? '') ?? new Set<string>()
    servers.set(metric['instance'] ?? '', known)
    if (metric['server'] !== undefined) known.add(metric['server'])
  }
  const groups = new Map<string, { key: ServerKey; own: History[] }>()
  for (const { metric, values } of series) {
    const points = values.map(([at, value]): Point => [at * 1000, Number(value)])
    // What was dropped is no concern any more.
    if ((points.at(-1)?.[0] ?? 0) < lastMs) continue
    const instance = metric['instance'] ?? ''
    // Later families do not name the server where a target has only one.
    const [only = ''] = servers.get(instance) ?? []
    const key = { instance, server: metric['server'] ?? only }
    const id = JSON.stringify(key)
    const group = groups.get(id) ?? { key, own: [] }
    group.own.push({ metric, points })
    groups.set(id, group)
  }
  return [...groups.values()].map(({ key, own }) => [key, own])
}

interface ServerKey {
  readonly instance: string
  readonly server: string
}

function capacityOf({ instance, server }: ServerKey, own: readonly History[]): ServerCapacity {
  const named = (name: string): History[] => own.filter(({ metric }) => metric['__name__'] === name)
  const databases = named(DATABASE).map((one) => sizedOf(one, one.metric['datname'] ?? ''))
  const tables = named(TABLE).map((one) => {
    const { datname = '', schemaname = '', relname = '' } = one.metric
    return sizedOf(one, [datname, schemaname, relname].join('.'))
  })
  const [wal] = named(WAL)
  return {
    ...{ instance, server: server === '' ? instance : server },
    spanMs: Math.max(0, ...named(DATABASE).map(({ points }) => spanOf(points))),
    databases: databases.toSorted((a, b) => b.sizeBytes - a.sizeBytes),
    tables: tables.toSorted((a, b) => changeOf(b) - changeOf(a) || b.sizeBytes - a.sizeBytes),
    walBytes: wal?.points.at(-1)?.[1],
    disk: diskOf(named(DISK_SIZE)[0], named(DISK_AVAIL)[0]),
  }
}

function diskOf(size: History | undefined, avail: History | undefined): DiskCapacity | undefined {
  const sizeBytes = size?.points.at(-1)?.[1]
  const availBytes = avail?.points.at(-1)?.[1]
  if (sizeBytes === undefined || availBytes === undefined || avail === undefined) return undefined
  const shrinking = growthOf(avail.points)
  const growth = shrinking === undefined ? undefined : -shrinking
  const isGrowing = growth !== undefined && growth > 0
  return {
    ...{ sizeBytes, availBytes, growthBytesPerDay: growth },
    fullInDays: isGrowing ? availBytes / growth : undefined,
  }
}

function sizedOf({ points }: History, name: string): Sized {
  return { name, sizeBytes: points.at(-1)?.[1] ?? 0, growthBytesPerDay: growthOf(points) }
}

function growthOf(points: readonly Point[]): number | undefined {
  return spanOf(points) < LEAST_SPAN_MS ? undefined : slopePerDay(points)
}

function spanOf(points: readonly Point[]): number {
  return (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0)
}

function changeOf({ growthBytesPerDay }: Sized): number {
  return Math.abs(growthBytesPerDay ?? 0)
}
