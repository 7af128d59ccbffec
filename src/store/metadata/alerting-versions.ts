import { sql } from 'kysely'
import type { Metadata } from './metadata.ts'

/** What tells whether somebody changed something of alerting. Only in PostgreSQL, where there are others. */
export interface AlertingVersions {
  /** Texts that are others after every change. */
  readonly silences: string
  readonly acknowledgements: string
  /** What is not to be seen yet when this was read was written by a transaction of this number or a later one. */
  readonly horizon: number
}

/**
 * Reads the versions in one statement. That of a table is made of the transactions that wrote its rows, which PostgreSQL notes with
 * each row: there is nothing to be kept up to date, and no writer waits for another.
 */
export async function readAlertingVersions({ db }: Metadata): Promise<AlertingVersions> {
  const version = (table: string) =>
    sql<string>`(select count(*) || '/' || coalesce(sum(xmin::text::bigint), 0) from ${sql.table(table)})`
  const { rows } = await sql<AlertingVersions>`select
    ${version('silences')} as silences,
    ${version('acknowledgements')} as acknowledgements,
    txid_snapshot_xmin(txid_current_snapshot()) as horizon`.execute(db)
  const [row] = rows
  return row ?? { silences: '', acknowledgements: '', horizon: 0 }
}
