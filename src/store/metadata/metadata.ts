import type { Kysely } from 'kysely'
import type { MetadataTables } from './tables.ts'

/**
 * The opened metadata database: users, dashboards, silences and what else is small, changes by transactions, and is needed even
 * while the engine is away. Only the files of this folder use `db`; each noun has a file of verbs (users.ts, tokens.ts, …).
 *
 * Rules that hold on both databases:
 * - Inside `db.transaction()` use only the transaction: SQLite has one connection, and asking `db` there waits forever.
 * - Times are `bigint` columns of milliseconds, booleans are 0 and 1, JSON is text, and a text holds no NUL.
 * - Order by text only where the order does not matter to a reader: PostgreSQL sorts by its locale.
 * - Instead of catching a violated key, `insert … on conflict do nothing returning` tells whether a row was there.
 */
export interface Metadata {
  readonly kind: DatabaseKind
  readonly db: Kysely<MetadataTables>
  /** Ends what is under way and closes. */
  close(): Promise<void>
}

export type DatabaseKind = 'sqlite' | 'postgres'
