import type { StoreClient } from './client.ts'
import type { Retention } from './limits.ts'

const DAY_MS = 86_400_000
/** Tables whose partitions end with a UTC day, and those that are partitioned by the retention class first. */
const METRIC_TABLES = ['samples', 'series_days', 'histograms', 'exemplars']
/** What old samples are made into: kept by days and months of its own, and not dropped to make room. */
export const BUCKET_TABLES = ['sample_buckets', 'bucket_days', 'bucket_series_days']
export const LINE_TABLES = ['lines', 'stream_days']
export const SPAN_TABLES = ['spans', 'trace_times', 'resource_days']

export interface Dropped {
  readonly partitions: number
  readonly bytes: number
  /** Everything before this was dropped because of the size; 0 when nothing was. */
  readonly untilMs: number
}

interface Partition {
  readonly table: string
  readonly id: string
  readonly keepSeconds: number
  readonly day: number
  readonly bytes: number
  /** Part of it lies in the archive, whose bytes are not counted. */
  readonly isArchived: boolean
}

/**
 * Drops whole partitions: those whose day ended before their retention, then, while the tables hold more than the bound by size,
 * the oldest day of all. `onDropBefore` is told the end of the last day that goes for its size, before it goes. Dropping is one cheap step for the engine, and what is left is never rewritten.
 */
export async function dropExpired(
  client: StoreClient,
  retention: Retention,
  nowMs: number,
  onDropBefore: (untilMs: number) => void,
  tables: readonly string[] = METRIC_TABLES,
): Promise<Dropped> {
  const partitions = await listPartitions(client, tables)
  const expired = partitions.filter((partition) => {
    const keepMs = partition.keepSeconds === 0 ? retention.timeMs : partition.keepSeconds * 1000
    const isPast = (partition.day + 1) * DAY_MS <= nowMs - keepMs
    return isPast && retention.isAwaited?.(partition.keepSeconds, partition.day) !== true
  })
  const kept = partitions.filter((partition) => !expired.includes(partition))
  let untilMs = 0
  if (retention.sizeBytes > 0) {
    let total = kept.reduce((sum, partition) => sum + partition.bytes, 0)
    // For the few bytes here that belong to an archived day it would take that day out of the archive.
    const archived = new Set(kept.filter((each) => each.isArchived).map(({ day }) => day))
    const days = [...new Set(kept.map((partition) => partition.day))]
      .filter((day) => !archived.has(day))
      .sort((a, b) => a - b)
    const today = Math.floor(nowMs / DAY_MS)
    for (const day of days) {
      if (total <= retention.sizeBytes || day >= today) break
      for (const partition of kept) {
        if (partition.day !== day) continue
        expired.push(partition)
        total -= partition.bytes
      }
      untilMs = (day + 1) * DAY_MS
    }
  }
  // What came for these days meanwhile would be acknowledged and dropped.
  onDropBefore(untilMs)
  for (const partition of expired) {
    await client.command(`ALTER TABLE {db}.${partition.table} DROP PARTITION ID '${partition.id}'`)
  }
  return {
    partitions: expired.length,
    bytes: expired.reduce((sum, partition) => sum + partition.bytes, 0),
    untilMs,
  }
}

async function listPartitions(
  client: StoreClient,
  tables: readonly string[],
): Promise<Partition[]> {
  const rows = await client.rows(
    `SELECT table, partition_id, any(partition) AS partition, sumIf(bytes_on_disk, disk_name != 'archive') AS bytes, countIf(disk_name = 'archive') AS archived FROM {parts}
     WHERE active AND database = {db_name} AND table IN (${tables.map((name) => `'${name}'`).join(',')})
     GROUP BY table, partition_id`,
  )
  const partitions: Partition[] = []
  for (const row of rows) {
    const id = String(row['partition_id'])
    const day = /(\d{4}-\d{2}-\d{2})/.exec(String(row['partition']))?.[1]
    if (day === undefined || !/^[0-9A-Za-z-]+$/.test(id)) continue
    const keep = /^\((\d+),/.exec(String(row['partition']))?.[1]
    partitions.push({
      table: String(row['table']),
      id,
      keepSeconds: Number(keep ?? 0),
      day: Date.parse(`${day}T00:00:00Z`) / DAY_MS,
      bytes: Number(row['bytes']),
      isArchived: Number(row['archived']) > 0,
    })
  }
  return partitions
}
