import { required } from './columns.ts'
import type { FeatureMigrations } from './migrate.ts'

export interface LineDeletionsTables {
  line_deletions: LineDeletionTable
}

/** Requests to delete log lines, those that were carried out included. */
export interface LineDeletionTable {
  /** Eight hexadecimal digits. */
  id: string
  /** LogQL. */
  query: string
  start_ms: number
  /** Part of what is deleted. */
  end_ms: number
  created_ms: number
  created_by: string
  /** Null until it was carried out. */
  processed_ms: number | null
  /** How many lines it deleted; 0 until then. */
  lines: number
}

export const LINE_DELETIONS_MIGRATIONS: FeatureMigrations = {
  feature: 'line-deletions',
  migrations: [
    {
      version: 1,
      up: (db) =>
        db.schema
          .createTable('line_deletions')
          .addColumn('id', 'text', (column) => column.primaryKey())
          .addColumn('query', 'text', required)
          .addColumn('start_ms', 'bigint', required)
          .addColumn('end_ms', 'bigint', required)
          .addColumn('created_ms', 'bigint', required)
          .addColumn('created_by', 'text', required)
          .addColumn('processed_ms', 'bigint')
          .addColumn('lines', 'bigint', required)
          .execute(),
    },
  ],
}
