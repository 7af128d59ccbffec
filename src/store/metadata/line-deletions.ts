import type { Selectable } from 'kysely'
import type { Metadata } from './metadata.ts'
import type { LineDeletionTable } from './tables-line-deletions.ts'

/** A request to delete log lines. */
export interface LineDeletionRequest {
  readonly id: string
  /** LogQL. */
  readonly query: string
  readonly startMs: number
  /** Part of what is deleted. */
  readonly endMs: number
  readonly createdMs: number
  readonly createdBy: string
  /** Undefined until it was carried out. */
  readonly processedMs: number | undefined
  /** How many lines it deleted. */
  readonly lines: number
}

/** All of them, oldest first. */
export async function listLineDeletions({ db }: Metadata): Promise<readonly LineDeletionRequest[]> {
  const rows = await db.selectFrom('line_deletions').selectAll().orderBy('created_ms').execute()
  return rows.map(toRequest)
}

export async function findLineDeletion(
  { db }: Metadata,
  id: string,
): Promise<LineDeletionRequest | undefined> {
  const row = await db
    .selectFrom('line_deletions')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? undefined : toRequest(row)
}

export async function insertLineDeletion(
  { db }: Metadata,
  request: Omit<LineDeletionRequest, 'processedMs' | 'lines'>,
): Promise<void> {
  await db
    .insertInto('line_deletions')
    .values({
      id: request.id,
      query: request.query,
      start_ms: request.startMs,
      end_ms: request.endMs,
      created_ms: request.createdMs,
      created_by: request.createdBy,
      processed_ms: null,
      lines: 0,
    })
    .execute()
}

/** Notes that a request was carried out. */
export async function finishLineDeletion(
  { db }: Metadata,
  id: string,
  done: { readonly processedMs: number; readonly lines: number },
): Promise<void> {
  await db
    .updateTable('line_deletions')
    .set({ processed_ms: done.processedMs, lines: done.lines })
    .where('id', '=', id)
    .execute()
}

/** Forgets a request that was not carried out; false when there is none. */
export async function deleteLineDeletion({ db }: Metadata, id: string): Promise<boolean> {
  const result = await db
    .deleteFrom('line_deletions')
    .where('id', '=', id)
    .where('processed_ms', 'is', null)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Forgets the requests that were carried out before a time. */
export async function deleteLineDeletionsBefore(
  { db }: Metadata,
  processedMs: number,
): Promise<void> {
  await db.deleteFrom('line_deletions').where('processed_ms', '<', processedMs).execute()
}

function toRequest(row: Selectable<LineDeletionTable>): LineDeletionRequest {
  return {
    id: row.id,
    query: row.query,
    startMs: row.start_ms,
    endMs: row.end_ms,
    createdMs: row.created_ms,
    createdBy: row.created_by,
    processedMs: row.processed_ms ?? undefined,
    lines: row.lines,
  }
}
