import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../model/problem.ts'
import type { StoreClient } from './client.ts'
import { NEWEST_TABLES } from './newest-tables.ts'
import { MIGRATIONS, type Migration } from './schema.ts'
import { withSchemaLock, type CheckLock } from './shared/schema-lock.ts'

/** Statements that lose what others write into a table at the same time. */
const REPLACES_TABLE = /^\s*(?:EXCHANGE|RENAME|DROP)\b|\bATTACH PARTITION\b/
const QUIET_POLL_MS = 1000

export interface QuietTimes {
  /** Nobody writes when nothing came for so long. */
  readonly quietSeconds: number
  /** So long is waited for that. */
  readonly patienceMs: number
}
const QUIET_TIMES = { quietSeconds: 60, patienceMs: 70_000 }

/**
 * Brings the database to the newest schema version. Each version is recorded when all of its statements have run; statements
 * can be repeated, so a migration that was interrupted is run again. A database of a newer version than this program knows is
 * refused, since writing to it could lose what it means. An empty database gets the newest tables at once. Of several processes that
 * share a store one migrates and the others wait.
 */
export async function migrate(
  client: StoreClient,
  migrations: readonly Migration[] = MIGRATIONS,
  times: QuietTimes = QUIET_TIMES,
): Promise<number> {
  await client.command('CREATE DATABASE IF NOT EXISTS {db}')
  await client.command(
    `CREATE TABLE IF NOT EXISTS {db}.schema_version (version UInt32, applied DateTime DEFAULT now())
     ENGINE = MergeTree ORDER BY version SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  )
  const newest = migrations.at(-1)?.version ?? 0
  const isNeeded = async (): Promise<boolean> => (await readVersion(client, newest)) < newest
  if (!(await isNeeded())) return newest
  if (client.isShared) {
    await withSchemaLock(client, isNeeded, async (check) => {
      const current = await readVersion(client, newest)
      const pending = await listPending(client, migrations, current)
      if (current > 0) await awaitQuiet(client, pending, times)
      await apply(client, pending, check)
    })
  } else {
    const current = await readVersion(client, newest)
    const pending = await listPending(client, migrations, current)
    await apply(client, pending, () => Promise.resolve())
  }
  return readVersion(client, newest)
}

/** The version that the tables have; 0 before the first. Rejects with `unavailable` when it is newer than `newest`. */
async function readVersion(client: StoreClient, newest: number): Promise<number> {
  const rows = await client.rows('SELECT max(version) AS version FROM {db}.schema_version')
  const current = Number(rows[0]?.['version'] ?? 0)
  if (current <= newest) return current
  throw new Problem(
    'unavailable',
    `the data has schema version ${current}, this program knows versions up to ${newest}: use a newer Vedette`,
  )
}

/** What is to be done; in a database without tables they are made as the newest migration leaves them. */
async function listPending(
  client: StoreClient,
  migrations: readonly Migration[],
  current: number,
): Promise<readonly Migration[]> {
  const pending = migrations.filter(({ version }) => version > current)
  const isAll = MIGRATIONS.every((migration, i) => pending[i] === migration)
  if (!isAll || !(await isEmpty(client))) return pending
  return [NEWEST_TABLES, ...pending.slice(MIGRATIONS.length)]
}

/** Whether the database has no tables but those that tell of migrations. */
async function isEmpty(client: StoreClient): Promise<boolean> {
  const [row] = await client.rows(
    `SELECT count() AS others FROM system.tables WHERE database = {db_name} AND name NOT IN ('schema_version', 'schema_lock')`,
  )
  return Number(row?.['others'] ?? 1) === 0
}

async function apply(
  client: StoreClient,
  pending: readonly Migration[],
  check: CheckLock,
): Promise<void> {
  for (const { version, statements } of pending) {
    for (const statement of statements) {
      await check()
      await client.command(statement)
    }
    await client.command(`INSERT INTO {db}.schema_version (version) SELECT ${version}`)
  }
}

/**
 * A member of the version before may go on while tables and columns are added: it names the columns that it writes and reads. Where
 * a table is replaced by another, what it writes meanwhile would be lost: then all must have ended.
 */
async function awaitQuiet(
  client: StoreClient,
  pending: readonly Migration[],
  { quietSeconds, patienceMs }: QuietTimes,
): Promise<void> {
  const replacing = pending.find(({ statements }) =>
    statements.some((statement) => REPLACES_TABLE.test(statement)),
  )
  if (replacing === undefined) return
  const deadlineMs = performance.now() + patienceMs
  for (;;) {
    const [row] = await client.rows(
      `SELECT count() AS written FROM {parts} WHERE active AND min_block_number = max_block_number AND database = {db_name}
       AND table IN ('samples', 'lines', 'spans') AND modification_time > now() - ${quietSeconds}`,
    )
    if (Number(row?.['written'] ?? 0) === 0) return
    if (performance.now() > deadlineMs) {
      throw new Problem(
        'unavailable',
        `version ${replacing.version} of the tables can only be made while nobody writes into the store, and somebody does: stop all other Vedettes that use it, start this one, then the others with the same version`,
      )
    }
    await sleep(QUIET_POLL_MS)
  }
}
