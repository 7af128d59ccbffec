import type { StoreClient } from '../client.ts'
import { engineCodeOf } from '../engine-code.ts'
import type { Doomed } from './choose-parts.ts'
import { BUCKET_TABLES } from '../retention.ts'
import { signalOf, type PerSignal } from './signals.ts'

/** Names of parts and partitions as the engine makes them. */
const NAME = /^[0-9A-Za-z_-]+$/
/** Names in one statement. */
const NAMES_PER_STATEMENT = 200
/** NO_SUCH_DATA_PART */
const NO_SUCH_PART = '232'
/** A partition that there never is. */
const NO_PARTITION = '0-19700101'

/** Drops parts and partitions: the bytes are free at once, but for what a query reads and what a backup holds. */
export async function dropParts(client: StoreClient, doomed: Doomed): Promise<void> {
  const commands = new Map<string, string[]>()
  const add = (table: string, name: string, what: 'PART' | 'PARTITION ID'): void => {
    if (!NAME.test(name)) return
    const list = commands.get(table) ?? []
    commands.set(table, list)
    list.push(`DROP ${what} '${name}'`)
  }
  for (const { table, id } of doomed.partitions) add(table, id, 'PARTITION ID')
  for (const { table, name } of doomed.parts) add(table, name, 'PART')
  for (const [table, list] of commands) {
    for (let from = 0; from < list.length; from += NAMES_PER_STATEMENT) {
      await dropFrom(client, table, list.slice(from, from + NAMES_PER_STATEMENT))
    }
  }
}

/** In one statement: each stops the merges of the table. A part may have been merged into another since it was seen; then one by one. */
async function dropFrom(
  client: StoreClient,
  table: string,
  commands: readonly string[],
): Promise<void> {
  const alter = `ALTER TABLE {db}.${table}`
  try {
    await client.command(`${alter} ${commands.join(', ')}`)
  } catch (thrown) {
    if (engineCodeOf(thrown) !== NO_SUCH_PART) throw thrown
    for (const command of commands) {
      await client.command(`${alter} ${command}`).catch((again: unknown) => {
        if (engineCodeOf(again) !== NO_SUCH_PART) throw again
      })
    }
  }
}

/** Has the engine remove what merges have replaced, which it otherwise does when it comes to it. */
export async function sweep(client: StoreClient): Promise<void> {
  const rows = await client.rows(
    'SELECT DISTINCT table FROM system.parts WHERE NOT active AND database = {db_name}',
  )
  for (const row of rows) {
    const table = String(row['table'])
    if (signalOf(table) === undefined || BUCKET_TABLES.includes(table)) continue
    await client.command(`ALTER TABLE {db}.${table} DROP PARTITION ID '${NO_PARTITION}'`)
  }
}

/** Parts that are replaced are synced before (schema.ts): a moment is enough for who looks them up. */
const BUDGET_LIFETIME_S = 1
const USUAL_LIFETIME_S = 30
const LARGEST_MERGE = 'max_bytes_to_merge_at_max_space_in_pool'
const HAD = /\bmax_bytes_to_merge_at_max_space_in_pool = (\d+)/

/**
 * Bounds what merges make, so that a day consists of parts that can be dropped one by one, and has the engine remove what they
 * replace at once. Undefined: as without a budget. Parts that are larger already stay as they are.
 */
export async function boundMerges(
  client: StoreClient,
  largestMergeBytes: PerSignal<number> | undefined,
): Promise<void> {
  const rows = await client.rows(
    `SELECT name, engine_full FROM system.tables WHERE database = {db_name} AND engine LIKE '%MergeTree'`,
  )
  for (const row of rows) {
    const name = String(row['name'])
    const signal = signalOf(name)
    if (signal === undefined || !/^\w+$/.test(name)) continue
    await boundTable(client, name, String(row['engine_full']), largestMergeBytes?.[signal])
  }
}

async function boundTable(
  client: StoreClient,
  table: string,
  engine: string,
  bytes: number | undefined,
): Promise<void> {
  const had = HAD.exec(engine)?.[1]
  if (had === (bytes === undefined ? undefined : String(bytes))) return
  const lifetimeS = bytes === undefined ? USUAL_LIFETIME_S : BUDGET_LIFETIME_S
  const alter = `ALTER TABLE {db}.${table}`
  if (bytes === undefined) await client.command(`${alter} RESET SETTING ${LARGEST_MERGE}`)
  const bound = bytes === undefined ? '' : `, ${LARGEST_MERGE} = ${bytes}`
  await client.command(`${alter} MODIFY SETTING old_parts_lifetime = ${lifetimeS}${bound}`)
}
