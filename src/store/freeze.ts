import type { StoreClient } from './client.ts'

/** A table as it was at one moment: its files are held, whatever becomes of the table. */
export interface FrozenTable {
  readonly name: string
  /** `CREATE TABLE {db}.name …`, to be run in any database. */
  readonly create: string
  /** Of the engine's files: where its parts lie below the folder of the frozen ones. */
  readonly uuid: string
}

/**
 * Holds the parts of all tables under a name, without copying anything (hard links in the engine's `shadow/NAME`, which whoever
 * holds them removes). Tables that tell
 * where data is (series, streams, traces) come after those of the data itself, so that nothing is held whose entry is missing.
 */
export async function freezeTables(
  client: StoreClient,
  name: string,
): Promise<readonly FrozenTable[]> {
  const rows = await client.rows(
    `SELECT name, toString(uuid) AS uuid, create_table_query FROM system.tables
     WHERE database = {db_name} AND engine LIKE '%MergeTree' ORDER BY match(name, '_days$|_times$|^schema_version$'), name`,
  )
  const tables = rows.map((row) => ({
    name: textOf(row['name']),
    uuid: textOf(row['uuid']),
    create: withoutDatabase(textOf(row['create_table_query'])),
  }))
  for (const table of tables) {
    await client.command(
      `ALTER TABLE {db}.${quoteName(table.name)} FREEZE WITH NAME ${quoteText(name)}`,
    )
  }
  return tables
}

/** Lets go what was held under a name, on every disk: those of a bucket count who needs an object. */
export async function releaseTables(client: StoreClient, name: string): Promise<void> {
  const rows = await client.rows(
    `SELECT name FROM system.tables WHERE database = {db_name} AND engine LIKE '%MergeTree'`,
  )
  for (const row of rows) {
    await client.command(
      `ALTER TABLE {db}.${quoteName(textOf(row['name']))} UNFREEZE WITH NAME ${quoteText(name)}`,
    )
  }
}

/** Makes the tables of a backup in a database that has none. */
export async function createTables(
  client: StoreClient,
  tables: readonly { readonly create: string }[],
): Promise<void> {
  await client.command('CREATE DATABASE IF NOT EXISTS {db}')
  for (const { create } of tables) await client.command(create)
}

/** Where the engine looks for parts that are to be attached to a table: on the first disk, and on that of an archive where there is one. */
export async function detachedFoldersOf(
  client: StoreClient,
  table: string,
): Promise<readonly [string, string | undefined]> {
  const rows = await client.rows(
    `SELECT data_paths[1] AS folder, data_paths[2] AS archive FROM system.tables WHERE database = {db_name} AND name = ${quoteText(table)}`,
  )
  const archive = textOf(rows[0]?.['archive'])
  return [
    `${textOf(rows[0]?.['folder'])}detached`,
    archive === '' ? undefined : `${archive}detached`,
  ]
}

/** Takes a part of the detached folder into its table. */
export async function attachPart(client: StoreClient, table: string, part: string): Promise<void> {
  await client.command(`ALTER TABLE {db}.${quoteName(table)} ATTACH PART ${quoteText(part)}`)
}

/** Rows of a table, counted by the engine. */
export async function countRows(client: StoreClient, table: string): Promise<number> {
  const rows = await client.rows(`SELECT count() AS rows FROM {db}.${quoteName(table)}`, {
    seesDoomed: true,
  })
  return Number(rows[0]?.['rows'] ?? 0)
}

/** Whether the content of all parts of a table is what their checksums say; the reason where it is not. */
export async function checkTable(client: StoreClient, table: string): Promise<string | undefined> {
  const rows = await client.rows(`CHECK TABLE {db}.${quoteName(table)}`)
  const bad = rows.find((row) => Number(row['is_passed'] ?? row['result'] ?? 1) === 0)
  return bad === undefined ? undefined : textOf(bad['message']) || 'its parts are damaged'
}

/** The newest version of the schema that the database has. */
export async function schemaVersionOf(client: StoreClient): Promise<number> {
  const rows = await client.rows('SELECT max(version) AS version FROM {db}.schema_version')
  return Number(rows[0]?.['version'] ?? 0)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function withoutDatabase(create: string): string {
  return create.replace(/^CREATE TABLE \S+?\.(\S+)(?: UUID '[^']*')?/, 'CREATE TABLE {db}.$1')
}

/** Names and texts of our own, and of the list of contents of a backup, which was proven by its hash. */
function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
