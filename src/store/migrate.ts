import { Problem } from '../model/problem.ts'
import type { StoreClient } from './client.ts'
import { MIGRATIONS, type Migration } from './schema.ts'

/**
 * Brings the database to the newest schema version. Each version is recorded when all of its statements have run; statements
 * can be repeated, so a migration that was interrupted is run again. A database of a newer version than this program knows is
 * refused, since writing to it could lose what it means.
 */
export async function migrate(
  client: StoreClient,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<number> {
  await client.command('CREATE DATABASE IF NOT EXISTS {db}')
  await client.command(
    `CREATE TABLE IF NOT EXISTS {db}.schema_version (version UInt32, applied DateTime DEFAULT now())
     ENGINE = MergeTree ORDER BY version SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  )
  const rows = await client.rows('SELECT max(version) AS version FROM {db}.schema_version')
  let current = Number(rows[0]?.['version'] ?? 0)
  const newest = migrations.at(-1)?.version ?? 0
  if (current > newest) {
    throw new Problem(
      'unavailable',
      `the data has schema version ${current}, this program knows versions up to ${newest}: use a newer Vedette`,
    )
  }
  for (const migration of migrations) {
    if (migration.version <= current) continue
    for (const statement of migration.statements) await client.command(statement)
    await client.command(`INSERT INTO {db}.schema_version (version) SELECT ${migration.version}`)
    current = migration.version
  }
  return current
}
