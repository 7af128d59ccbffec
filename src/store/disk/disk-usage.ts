import type { StoreClient } from '../client.ts'
import type { StoredPart } from './choose-parts.ts'
import { BUCKET_TABLES } from '../retention.ts'
import { perSignal, signalOf, type PerSignal, type Signal } from './signals.ts'

const DAY_MS = 86_400_000

/** A file of a part takes whole blocks, and the folder of a part takes one. */
const BLOCK_BYTES = 4096

/** Only what lies in the data directory counts: an archive (archive.ts) is a disk of its own. */
const DISK = 'default'
const LOCAL = `disk_name = '${DISK}'`
const ON_DISK = `(bytes_on_disk + (files + 1) * ${BLOCK_BYTES})`

/** What the engine has on the disk. */
export interface TableUsage {
  /** Parts that are read from. */
  readonly bytes: PerSignal<number>
  /** Of metrics: what old samples were made into (retention.ts), which is not dropped to make room. */
  readonly bucketBytes: number
  /** Parts that merges or retention have replaced, until the engine removes them, and what merges are making now. */
  readonly passingBytes: number
  /** Tables that are no signal's, those of the engine itself included. */
  readonly otherBytes: number
  /** What a byte of rows becomes on the disk, by table. */
  readonly ratios: ReadonlyMap<string, number>
}

/** Asks the engine how much of the disk its tables take. */
export async function readTableUsage(client: StoreClient): Promise<TableUsage> {
  const parts = await client.rows(
    `SELECT database = {db_name} AS own, table, active, sum${ON_DISK} AS bytes, sum(data_uncompressed_bytes) AS plain
     FROM system.parts WHERE ${LOCAL} GROUP BY own, table, active`,
  )
  const [merges] = await client.rows(
    'SELECT sum(total_size_bytes_compressed) AS bytes FROM system.merges',
  )
  const [detached] = await client.rows(
    `SELECT sum(bytes_on_disk) AS bytes FROM system.detached_parts WHERE disk = '${DISK}'`,
  )
  const bytes = { metrics: 0, logs: 0, traces: 0 }
  let passingBytes = Number(merges?.['bytes'] ?? 0)
  let otherBytes = Number(detached?.['bytes'] ?? 0)
  let bucketBytes = 0
  const ratios = new Map<string, number>()
  for (const row of parts) {
    const table = String(row['table'])
    const taken = Number(row['bytes'])
    const plain = Number(row['plain'])
    const signal = Number(row['own']) === 1 ? signalOf(table) : undefined
    if (Number(row['active']) === 0) passingBytes += taken
    else if (signal === undefined) otherBytes += taken
    else {
      bytes[signal] += taken
      if (BUCKET_TABLES.includes(table)) bucketBytes += taken
      if (plain > 0) ratios.set(table, taken / plain)
    }
  }
  return { bytes, bucketBytes, passingBytes, otherBytes, ratios }
}

/**
 * What of one signal may be dropped: its parts in the data directory. Downsampled samples are not among them: they are small, and what
 * they are made of gives way before they do. Names of series and streams of a day that lies in the archive stay: without them nothing
 * would be found there.
 */
export async function readParts(
  client: StoreClient,
  signal: Signal,
): Promise<{
  readonly parts: readonly StoredPart[]
  /** Whether other parts of the signal lie in the archive. */
  readonly isArchived: boolean
}> {
  const rows = await client.rows(
    `SELECT table, name, partition_id, partition, ${ON_DISK} AS bytes, toUnixTimestamp(max_time) AS end_s, (${LOCAL}) AS is_local
     FROM system.parts WHERE active AND database = {db_name}`,
  )
  const ofSignal = rows.filter((row) => {
    const table = String(row['table'])
    return signalOf(table) === signal && !BUCKET_TABLES.includes(table)
  })
  const isLocal = (row: Row): boolean => Number(row['is_local']) === 1
  const archived = new Set(ofSignal.filter((row) => !isLocal(row)).map((row) => dayOf(row)))
  const traceEnds = signal === 'traces' ? await readTraceEnds(client) : new Map<string, number>()
  const parts = ofSignal.flatMap((row) => {
    const day = dayOf(row)
    if (day === undefined || !isLocal(row)) return []
    const [table, name] = [String(row['table']), String(row['name'])]
    const endS = Number(row['end_s'])
    // The engine tells whole seconds.
    const endMs = endS > 0 ? endS * 1000 + 999 : traceEnds.get(`${table} ${name}`)
    const isShared = archived.has(day)
    if (isShared && endMs === undefined) return []
    const bytes = Number(row['bytes'])
    return [{ table, name, partitionId: String(row['partition_id']), day, bytes, endMs, isShared }]
  })
  return { parts, isArchived: archived.size > 0 }
}

type Row = Readonly<Record<string, unknown>>

/** The UTC day of a part, since 1970. */
function dayOf(row: Row): number | undefined {
  const day = /(\d{4}-\d{2}-\d{2})/.exec(String(row['partition']))?.[1]
  return day === undefined ? undefined : Date.parse(`${day}T00:00:00Z`) / DAY_MS
}

/** When traces end stands in the rows of their times: the engine has no bounds of them. */
async function readTraceEnds(client: StoreClient): Promise<Map<string, number>> {
  const rows = await client.rows(
    'SELECT _part AS name, intDiv(max(last), 1000000) AS end_ms FROM {db}.trace_times GROUP BY _part',
  )
  return new Map(rows.map((row) => [`trace_times ${String(row['name'])}`, Number(row['end_ms'])]))
}

/** How fast signals grow, and since when they are there. */
export interface Growth {
  readonly bytesPerSecond: PerSignal<number>
  readonly oldestMs: PerSignal<number | undefined>
}

/** Of how much of the past the growth is taken. */
const WINDOW_MS = 6 * 3_600_000
/** Less of it tells too little. */
const LEAST_MS = 60_000

/**
 * What rows of the last six hours take, of which there may be fewer. A part whose rows reach farther back counts with its share of
 * them. Without what files take to whole blocks: small parts become few by merging. Tables that know days only (names) count with the last two days.
 */
export async function readGrowth(client: StoreClient, nowMs: number): Promise<Growth> {
  const rows = await client.rows(
    `SELECT table, partition, min_time > 0 AS is_timed, toUnixTimestamp(min_time) AS start_s, toUnixTimestamp(max_time) AS end_s, bytes_on_disk AS bytes
     FROM system.parts WHERE active AND database = {db_name} AND ${LOCAL} AND partition LIKE '%-%'`,
  )
  const recent = { metrics: 0, logs: 0, traces: 0 }
  const oldest = {
    metrics: Number.POSITIVE_INFINITY,
    logs: Number.POSITIVE_INFINITY,
    traces: Number.POSITIVE_INFINITY,
  }
  for (const row of rows) {
    const signal = signalOf(String(row['table']))
    const span = spanOf(row, nowMs)
    if (signal === undefined || span === undefined) continue
    if (Number(row['is_timed']) === 1) oldest[signal] = Math.min(oldest[signal], span.startMs)
    const overlapMs = span.endMs - Math.max(span.startMs, nowMs - WINDOW_MS)
    if (overlapMs <= 0) continue
    recent[signal] += (Number(row['bytes']) * overlapMs) / (span.endMs - span.startMs)
  }
  return {
    bytesPerSecond: perSignal((signal) => {
      if (recent[signal] === 0) return 0
      const sinceMs = Math.max(nowMs - WINDOW_MS, oldest[signal])
      return (recent[signal] * 1000) / Math.max(LEAST_MS, nowMs - sinceMs)
    }),
    oldestMs: perSignal((signal) => (Number.isFinite(oldest[signal]) ? oldest[signal] : undefined)),
  }
}

function spanOf(
  row: Readonly<Record<string, unknown>>,
  nowMs: number,
): { readonly startMs: number; readonly endMs: number } | undefined {
  if (Number(row['is_timed']) === 1) {
    const startMs = Number(row['start_s']) * 1000
    return { startMs, endMs: Number(row['end_s']) * 1000 + 1000 }
  }
  const day = /(\d{4}-\d{2}-\d{2})/.exec(String(row['partition']))?.[1]
  if (day === undefined) return undefined
  const startMs = Date.parse(`${day}T00:00:00Z`)
  return { startMs, endMs: Math.max(startMs + 1, Math.min(startMs + DAY_MS, nowMs)) }
}
