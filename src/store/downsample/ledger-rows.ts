import type { StoreClient } from '../client.ts'
import { DAY_MS, type MadeDay, type RawDay } from './day-ledger.ts'

/** Which days are made, as the engine has it. */
export async function readMadeDays(client: StoreClient): Promise<readonly MadeDay[]> {
  const rows = await client.rows(
    'SELECT keep, res, toUInt32(day) AS day, made, block, rows FROM {db}.bucket_days FINAL WHERE block > 0',
  )
  return rows.map((row) => ({
    keepSeconds: Number(row['keep']),
    resolutionMs: Number(row['res']) * 1000,
    day: Number(row['day']),
    made: Number(row['made']),
    block: Number(row['block']),
    rows: Number(row['rows']),
  }))
}

/** Notes days as made, in one statement; with `block` 0 as not made. What was noted of them before counts no more. */
export async function writeMadeDays(client: StoreClient, days: readonly MadeDay[]): Promise<void> {
  if (days.length === 0) return
  const rows = days.map(({ keepSeconds, resolutionMs, day, made, block, rows: count }) =>
    [keepSeconds, resolutionMs / 1000, day, made, block, count].join(','),
  )
  await client.command(
    `INSERT INTO {db}.bucket_days (keep, res, day, made, block, rows)
     SELECT r.1, r.2, toDate(r.3), r.4, r.5, r.6 FROM (SELECT arrayJoin([(${rows.join('),(')})]) AS r)`,
  )
}

/** A partition of buckets. */
export interface BucketPartition {
  readonly id: string
  readonly keepSeconds: number
  readonly resolutionMs: number
  /** It holds days up to this one, exclusive. */
  readonly untilDay: number
  readonly rows: number
  readonly bytes: number
}

export async function listBucketPartitions(
  client: StoreClient,
): Promise<readonly BucketPartition[]> {
  const rows = await client.rows(
    `SELECT partition_id, any(partition) AS partition, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE active AND database = {db_name} AND table = 'sample_buckets' GROUP BY partition_id`,
  )
  const partitions: BucketPartition[] = []
  for (const row of rows) {
    const id = String(row['partition_id'])
    const found = /^\((\d+),(\d+),'(\d{4})-(\d{2})-(\d{2})'\)$/.exec(String(row['partition']))
    if (found === null || !/^[0-9A-Za-z-]+$/.test(id)) continue
    const [keepSeconds = 0, res = 0, year = 0, month = 0, date = 0] = found.slice(1).map(Number)
    const untilMs = res < 3600 ? Date.UTC(year, month - 1, date + 1) : Date.UTC(year, month, 1)
    partitions.push({
      id,
      keepSeconds,
      resolutionMs: res * 1000,
      untilDay: untilMs / DAY_MS,
      rows: Number(row['rows']),
      bytes: Number(row['bytes']),
    })
  }
  return partitions
}

/** The partitions of labels, each of a month. */
export async function listLabelPartitions(
  client: StoreClient,
): Promise<readonly Pick<BucketPartition, 'id' | 'keepSeconds' | 'untilDay'>[]> {
  const rows = await client.rows(
    `SELECT DISTINCT partition_id, partition FROM system.parts
     WHERE active AND database = {db_name} AND table = 'bucket_series_days'`,
  )
  const partitions: Pick<BucketPartition, 'id' | 'keepSeconds' | 'untilDay'>[] = []
  for (const row of rows) {
    const id = String(row['partition_id'])
    const found = /^\((\d+),'(\d{4})-(\d{2})-\d{2}'\)$/.exec(String(row['partition']))
    if (found === null || !/^[0-9A-Za-z-]+$/.test(id)) continue
    const untilMs = Date.UTC(Number(found[2]), Number(found[3]), 1)
    partitions.push({ id, keepSeconds: Number(found[1]), untilDay: untilMs / DAY_MS })
  }
  return partitions
}

/** The raw samples that the engine has, by retention class and UTC day. */
export async function readRawDays(client: StoreClient): Promise<readonly RawDay[]> {
  const rows = await client.rows(
    `SELECT partition, max(max_block_number) AS block FROM system.parts
     WHERE active AND database = {db_name} AND table = 'samples' AND rows > 0 GROUP BY partition`,
  )
  const days: RawDay[] = []
  for (const row of rows) {
    const found = /^\((\d+),'(\d{4}-\d{2}-\d{2})'\)$/.exec(String(row['partition']))
    if (found === null) continue
    const day = Date.parse(`${found[2]}T00:00:00Z`) / DAY_MS
    days.push({ keepSeconds: Number(found[1]), day, block: Number(row['block']) })
  }
  return days
}
