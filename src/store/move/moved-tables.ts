import { LINE_BUCKET_NS } from '../schema.ts'
import type { StoreClient } from '../client.ts'

/** How a table is compared and copied. All texts are parts of SQL of our own. */
export interface MovedTable {
  readonly name: string
  readonly columns: readonly string[]
  /** A number of everything in a row. */
  readonly content: string
  /** A number of what tells a row from others: of two with the same one the table keeps one, some time. */
  readonly identity: string
  /** What rows are compared by, a piece at a time: some hours or minutes. */
  readonly bucket: string
  /** A condition that leaves out what may still be coming; undefined where a table has no times. */
  readonly before: ((timeMs: number) => string) | undefined
}

/** A partition of a table: a day of a retention class. */
export interface MovedItem {
  readonly table: MovedTable
  /** As `_partition_id` has it. */
  readonly partition: string
  /** When its day ends, in Unix milliseconds; +Infinity where it has none. */
  readonly dayEndMs: number
  readonly rows: number
  readonly bytes: number
  /** Another one when something was written into it, or it was merged. */
  readonly signature: string
}

/** What is made anew in a store, or means nothing in another. Downsampled samples are read of the own store only (docs/downsampling.md). */
const LEFT_OUT = /^(?:schema_|doomed_lines|moves$|sample_buckets$|bucket_)/
const HOURS_MS = 7_200_000
const DAY_MS = 86_400_000
const SAFE_NAME = /^[A-Za-z0-9_]+$/

/** The tables of a store that hold data; those of labels first, so that nothing is copied whose labels are missing. */
export async function listMovedTables(client: StoreClient): Promise<readonly MovedTable[]> {
  const rows = await client.rows(
    `SELECT table, groupArray(name) AS names, groupArray(type) AS types, any(engine) AS engine, any(sorting_key) AS key FROM
       (SELECT table, name, type FROM system.columns
        WHERE database = {db_name} AND default_kind IN ('', 'DEFAULT') ORDER BY table, position) AS c
     INNER JOIN (SELECT name AS table, engine, sorting_key FROM system.tables
        WHERE database = {db_name} AND engine LIKE '%MergeTree') AS t USING (table)
     GROUP BY table ORDER BY match(table, '_days$') DESC, table`,
  )
  return rows.flatMap((row) => {
    const name = String(row['table'])
    const [columns, types] = [textsOf(row['names']), textsOf(row['types'])]
    if (LEFT_OUT.test(name) || ![name, ...columns].every((one) => SAFE_NAME.test(one))) return []
    const content = `cityHash64(${columns.join(', ')})`
    const key = String(row['key'])
    const isFolded = row['engine'] !== 'MergeTree' && key !== ''
    const identity = isFolded ? `cityHash64(${key})` : content
    return [{ name, columns, content, identity, ...timesOf(types[columns.indexOf('ts')]) }]
  })
}

/** By the type of column `ts`, which some tables do not have. */
function timesOf(type: string | undefined): Pick<MovedTable, 'bucket' | 'before'> {
  if (type?.startsWith('DateTime64(3') === true) {
    return {
      bucket: `intDiv(toUnixTimestamp64Milli(ts), ${HOURS_MS})`,
      before: (timeMs) => `ts < fromUnixTimestamp64Milli(${Math.floor(timeMs)}, 'UTC')`,
    }
  }
  if (type?.startsWith('DateTime64(9') === true) {
    return {
      bucket: `intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS})`,
      before: (timeMs) =>
        `ts < fromUnixTimestamp64Nano(toInt64(${BigInt(Math.floor(timeMs)) * 1_000_000n}), 'UTC')`,
    }
  }
  return { bucket: 'toInt64(0)', before: undefined }
}

/** How many aggregates of old metrics there are, which are not moved. */
export async function countAggregates(client: StoreClient): Promise<number> {
  const [row] = await client.rows(
    `SELECT sum(rows) AS rows FROM {parts} WHERE active AND database = {db_name} AND table = 'sample_buckets'`,
  )
  return Number(row?.['rows'] ?? 0)
}

/** What there is to move: old days first, labels before what they are of. */
export async function listMovedItems(
  client: StoreClient,
  tables: readonly MovedTable[],
): Promise<readonly MovedItem[]> {
  const rows = await client.rows(
    `SELECT table, partition_id, max(partition) AS shown, sum(rows) AS rows, sum(bytes_on_disk) AS bytes,
       toString(cityHash64(arraySort(groupArray(name)))) AS signature
     FROM {parts} WHERE active AND database = {db_name} GROUP BY table, partition_id`,
  )
  const items = rows.flatMap((row) => {
    const at = tables.findIndex(({ name }) => name === row['table'])
    const table = tables[at]
    const partition = String(row['partition_id'])
    if (table === undefined || !/^[0-9A-Za-z-]+$/.test(partition)) return []
    const day = /\d{4}-\d{2}-\d{2}/.exec(String(row['shown']))?.[0]
    const dayEndMs = day === undefined ? Number.POSITIVE_INFINITY : Date.parse(day) + DAY_MS
    const [count, bytes] = [Number(row['rows']), Number(row['bytes'])]
    const signature = String(row['signature'])
    return [{ item: { table, partition, dayEndMs, rows: count, bytes, signature }, at }]
  })
  return items
    .toSorted((a, b) => order(a.item.dayEndMs, b.item.dayEndMs) || a.at - b.at)
    .map(({ item }) => item)
}

/** Also of infinite numbers, whose difference is none. */
function order(a: number, b: number): number {
  if (a < b) return -1
  return a > b ? 1 : 0
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}
