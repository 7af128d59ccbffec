import { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import { migrate } from '../migrate.ts'
import { MIGRATIONS } from '../schema.ts'
import type { MovedItem } from './moved-tables.ts'

/** What must stay free at the target beside the data: merges need it. */
const ROOM = 1.2

/** The number of the store that data is moved from: that of its table of samples, which no other store has. */
export async function identifySource(source: StoreClient): Promise<string> {
  const [row] = await source.rows(
    `SELECT toString(uuid) AS uuid, (SELECT max(version) FROM {db}.schema_version) AS version
     FROM system.tables WHERE database = {db_name} AND name = 'series_days'`,
  )
  if (row === undefined) throw new Problem('not_found', 'there is no data here that could be moved')
  const newest = MIGRATIONS.at(-1)?.version ?? 0
  if (Number(row['version']) !== newest) {
    throw new Problem(
      'unavailable',
      `the data has schema version ${String(row['version'])}, this program has ${newest}: start the server of this version once, then move`,
    )
  }
  return String(row['uuid'])
}

/**
 * Makes the tables of the target, which must be empty, or hold what an earlier run moved there from the same source, or lack nothing but room.
 * Rejects with a `Problem` that says what is in the way; then nothing was changed.
 */
export async function prepareTarget(
  target: StoreClient,
  sourceId: string,
  bytes: number,
): Promise<void> {
  const [database] = await target.rows(`SELECT name FROM system.databases WHERE name = {db_name}`)
  if (database !== undefined) await checkTarget(target, sourceId)
  const [disk] = await target.rows('SELECT min(free_space) AS free FROM system.disks')
  const free = Number(disk?.['free'] ?? Number.POSITIVE_INFINITY)
  if (database === undefined && free < bytes * ROOM) {
    throw new Problem(
      'unavailable',
      `the disk of the target has ${toGb(free)} free, ${toGb(bytes * ROOM)} are needed: nothing was changed`,
    )
  }
  await migrate(target)
  await target.command(
    `CREATE TABLE IF NOT EXISTS {db}.moves (source String, item String, signature String, at DateTime DEFAULT now())
     ENGINE = ReplacingMergeTree(at) ORDER BY (source, item) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  )
  await noteMoved(target, sourceId, 'begun', '')
}

async function checkTarget(target: StoreClient, sourceId: string): Promise<void> {
  const tables = await target.rows(
    `SELECT name, total_rows AS rows FROM system.tables WHERE database = {db_name}`,
  )
  const has = (name: string): boolean => tables.some((row) => row['name'] === name)
  if (has('schema_version')) {
    const [row] = await target.rows('SELECT max(version) AS version FROM {db}.schema_version')
    const [version, newest] = [Number(row?.['version'] ?? 0), MIGRATIONS.at(-1)?.version ?? 0]
    if (version > 0 && version !== newest) {
      throw new Problem(
        'unavailable',
        `the tables of the target have schema version ${version}, this program has ${newest}: use the same version of Vedette for both; nothing was changed`,
      )
    }
  }
  if (has('moves') && (await isBegun(target, sourceId))) return
  const full = tables.find((row) => {
    return Number(row['rows'] ?? 0) > 0 && !/^(?:schema_|moves$)/.test(String(row['name']))
  })
  if (full === undefined) return
  throw new Problem(
    'bad_data',
    `the target is not empty: its database vedette holds ${String(full['rows'])} rows in ${String(full['name'])} that did not come from here. Move into an empty one, or remove them there (DROP DATABASE vedette) if nobody needs them; nothing was changed`,
  )
}

async function isBegun(target: StoreClient, sourceId: string): Promise<boolean> {
  return (await readMoved(target, sourceId)).size > 0
}

/** What was moved whole, by item, with the signature that it had. */
export async function readMoved(
  target: StoreClient,
  sourceId: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await target.rows(
    `SELECT item, argMax(signature, at) AS signature FROM {db}.moves WHERE source = '${safe(sourceId)}' GROUP BY item`,
  )
  return new Map(rows.map((row) => [String(row['item']), String(row['signature'])]))
}

/** Notes that an item is in the target as the source had it. */
export async function noteMoved(
  target: StoreClient,
  sourceId: string,
  item: string,
  signature: string,
): Promise<void> {
  await target.command(
    `INSERT INTO {db}.moves (source, item, signature) SELECT '${safe(sourceId)}', '${safe(item)}', '${safe(signature)}'`,
  )
}

export function nameOfItem({ table, partition }: MovedItem): string {
  return `${table.name} ${partition}`
}

/** Names of our own; anything else does not get into a statement. */
function safe(text: string): string {
  return text.replaceAll(/[^\w -]/g, '')
}

function toGb(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`
}
