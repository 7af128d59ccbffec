import { decodeNative } from '../../formats/clickhouse-native/decode.ts'
import type { StoreClient } from '../client.ts'
import type { MovedItem } from './moved-tables.ts'

/** Rows that are copied by one statement, and that are compared one by one by another. */
const ROWS_PER_COPY = 1_000_000
const ROWS_PER_COMPARISON = 200_000
/** Rows that a statement names by their numbers. */
const ROWS_PER_LIST = 5000
/** Blocks of an insert: small enough for a small engine, large enough that parts are few. */
const INSERT_SETTINGS =
  'max_insert_block_size = 65536, min_insert_block_size_rows = 262144, min_insert_block_size_bytes = 33554432, max_threads = 1, max_insert_threads = 1'
/** One thread and small blocks: the engine serves others at the same time. */
const READ_SETTINGS = { max_threads: 1, max_block_size: 8192, max_query_size: 1_000_000 }
const MOST_ATTEMPTS = 3

export interface MoveEnds {
  readonly source: StoreClient
  readonly target: StoreClient
}

export interface CopyOptions {
  /** Rows from here on are left for later; undefined: all are copied. */
  readonly beforeMs: number | undefined
  readonly signal: AbortSignal
  readonly onRows: (copied: number) => void
}

/** Rows of a bucket: how many, and the sum of their numbers. */
interface Sum {
  readonly rows: number
  readonly sum: string
}

/**
 * Makes the target have every row of a partition that the source has, and proves it; what it has beyond them stays. What is there is
 * found by sums over its rows, so that a copy that was interrupted is gone on with and nothing is copied twice. False when rows are still
 * missing after several attempts, as they are while others come.
 */
export async function copyItem(
  ends: MoveEnds,
  item: MovedItem,
  options: CopyOptions,
): Promise<boolean> {
  const within = conditionOf(item, options.beforeMs)
  for (let attempt = 1; ; attempt++) {
    const [there, here] = await Promise.all([
      sumsOf(ends.target, item, within),
      sumsOf(ends.source, item, within),
    ])
    let copied = 0
    for (const [bucket, sum] of here) {
      options.signal.throwIfAborted()
      const known = there.get(bucket)
      if (known?.sum === sum.sum && known.rows === sum.rows) continue
      const where = `${within} AND ${item.table.bucket} = ${bucket}`
      const most = Math.max(sum.rows, known?.rows ?? 0)
      copied +=
        known === undefined
          ? await copyBucket(ends, item, where, sum.rows, options)
          : await copyMissing(ends, item, where, most, options)
    }
    // Of what was copied everything is read back.
    if (copied === 0) return true
    if (attempt >= MOST_ATTEMPTS) return false
  }
}

function conditionOf({ table, partition }: MovedItem, beforeMs: number | undefined): string {
  const own = `_partition_id = '${partition}'`
  return beforeMs === undefined || table.before === undefined
    ? own
    : `${own} AND ${table.before(beforeMs)}`
}

async function sumsOf(
  client: StoreClient,
  { table }: MovedItem,
  where: string,
): Promise<ReadonlyMap<string, Sum>> {
  const rows = await client.rows(
    `SELECT toString(${table.bucket}) AS bucket, count() AS rows, toString(sum(${table.content})) AS sum
     FROM {db}.${table.name} WHERE ${where} GROUP BY bucket ORDER BY bucket`,
    { settings: READ_SETTINGS },
  )
  return new Map(
    rows.map((row) => [
      String(row['bucket']),
      { rows: Number(row['rows']), sum: String(row['sum']) },
    ]),
  )
}

async function copyBucket(
  ends: MoveEnds,
  item: MovedItem,
  where: string,
  rows: number,
  options: CopyOptions,
): Promise<number> {
  const parts = Math.ceil(rows / ROWS_PER_COPY)
  for (let part = 0; part < parts; part++) {
    options.signal.throwIfAborted()
    const own = parts === 1 ? '' : ` AND ${item.table.identity} % ${parts} = ${part}`
    await copyWhere(ends, item, where + own)
    options.onRows(Math.round(rows / parts))
  }
  return rows
}

async function copyWhere(
  { source, target }: MoveEnds,
  { table: { name, columns } }: MovedItem,
  where: string,
): Promise<void> {
  const query = `SELECT ${columns.join(', ')} FROM {db}.${name} WHERE ${where} SETTINGS max_threads = 1, max_block_size = 8192`
  await source.copyRows(query, target, name, columns, INSERT_SETTINGS)
}

/** Where both have rows, or one has some twice, they are compared row by row, and only those that are missing copied. */
async function copyMissing(
  ends: MoveEnds,
  item: MovedItem,
  where: string,
  rows: number,
  options: CopyOptions,
): Promise<number> {
  const { identity } = item.table
  const parts = Math.ceil(rows / ROWS_PER_COMPARISON)
  let copied = 0
  for (let part = 0; part < parts; part++) {
    options.signal.throwIfAborted()
    const own = `${where} AND ${identity} % ${parts} = ${part}`
    const there = new Set(await numbersOf(ends.target, item, own))
    const missing = (await numbersOf(ends.source, item, own)).filter((one) => !there.has(one))
    for (let from = 0; from < missing.length; from += ROWS_PER_LIST) {
      const list = missing.slice(from, from + ROWS_PER_LIST)
      await copyWhere(ends, item, `${own} AND ${identity} IN (${list.join(',')})`)
      options.onRows(list.length)
    }
    copied += missing.length
  }
  return copied
}

/** The numbers of the rows, each once. */
async function numbersOf(
  client: StoreClient,
  { table }: MovedItem,
  where: string,
): Promise<readonly bigint[]> {
  const bytes = await client.native(
    `SELECT DISTINCT ${table.identity} AS h FROM {db}.${table.name} WHERE ${where}`,
    { settings: READ_SETTINGS },
  )
  const numbers: bigint[] = []
  for (const block of decodeNative(bytes)) {
    const words = block.uint64Words('h')
    for (let row = 0; row < block.rows; row++) {
      const high = BigInt(words[row * 2 + 1] as number)
      numbers.push((high << 32n) | BigInt(words[row * 2] as number))
    }
  }
  return numbers
}
