import { sql, type Kysely, type Transaction } from 'kysely'
import { Problem } from '../../model/problem.ts'
import type { DatabaseKind } from './metadata.ts'
import type { MetadataTables } from './tables.ts'

/** One step of a feature's tables. It runs in a transaction, together with the note that it ran, and never drops what holds data. */
export interface Migration {
  /** 1, 2, 3 … within the feature. */
  readonly version: number
  readonly up: (db: Transaction<MetadataTables>, kind: DatabaseKind) => Promise<void>
}

/** Each feature counts its versions for itself, so that features do not wait for each other's numbers. */
export interface FeatureMigrations {
  readonly feature: string
  readonly migrations: readonly Migration[]
}

export interface MigrateOptions {
  readonly nowMs?: () => number
  readonly mayUpgrade?: boolean
}

/** Any number that no other program uses for its own locks in the same database. */
const ADVISORY_LOCK = 7_311_955_204

/**
 * Brings every feature's tables to their newest version: all steps in one transaction, and only one program at a time. Throws a
 * `Problem` when the database was written by a newer program, since writing to it could lose what it means, and, without `mayUpgrade`, when it was written by an
 * older one. One that is new gets its tables in any case.
 */
export async function migrateMetadata(
  db: Kysely<MetadataTables>,
  kind: DatabaseKind,
  features: readonly FeatureMigrations[],
  { nowMs = Date.now, mayUpgrade = true }: MigrateOptions = {},
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    // SQLite's transactions exclude each other from their start (sqlite.ts).
    if (kind === 'postgres') {
      await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`.execute(transaction)
    }
    await createVersions(transaction)
    const rows = await transaction.selectFrom('schema_versions').selectAll().execute()
    const current = new Map(rows.map(({ feature, version }) => [feature, version]))
    refuseNewer(current, features)
    if (!mayUpgrade && current.size > 0) refuseOlder(current, features)
    for (const { feature, migrations } of features) {
      for (const { version, up } of migrations) {
        if (version <= (current.get(feature) ?? 0)) continue
        await up(transaction, kind)
        await transaction
          .insertInto('schema_versions')
          .values({ feature, version, applied_ms: nowMs() })
          .onConflict((conflict) =>
            conflict.column('feature').doUpdateSet({ version, applied_ms: nowMs() }),
          )
          .execute()
      }
    }
  })
}

async function createVersions(db: Transaction<MetadataTables>): Promise<void> {
  await db.schema
    .createTable('schema_versions')
    .ifNotExists()
    .addColumn('feature', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('applied_ms', 'bigint', (column) => column.notNull())
    .execute()
}

function refuseNewer(
  current: ReadonlyMap<string, number>,
  features: readonly FeatureMigrations[],
): void {
  const known = new Map(
    features.map(({ feature, migrations }) => [feature, migrations.at(-1)?.version ?? 0]),
  )
  for (const [feature, version] of current) {
    const newest = known.get(feature)
    if (newest !== undefined && version <= newest) continue
    const knows = newest === undefined ? 'does not know them' : `knows versions up to ${newest}`
    throw new Problem(
      'unavailable',
      `the metadata has version ${version} of the tables of "${feature}", and this program ${knows}: use a newer Vedette`,
    )
  }
}

/** Only a start may bring them to a newer form: it takes a backup before (operate/upgrade). */
function refuseOlder(
  current: ReadonlyMap<string, number>,
  features: readonly FeatureMigrations[],
): void {
  for (const { feature, migrations } of features) {
    const newest = migrations.at(-1)?.version ?? 0
    const version = current.get(feature) ?? 0
    if (version >= newest) continue
    throw new Problem(
      'unavailable',
      `the metadata was written by an older Vedette (version ${version} of the tables of "${feature}", this program has ${newest}): ` +
        'start this version of the server first, which takes a backup and then brings them to the newer form, or use the older program. Nothing was changed',
    )
  }
}
