import type { Selectable } from 'kysely'
import { textsColumn } from './json-columns.ts'
import type { Metadata } from './metadata.ts'
import type { AcknowledgementTable } from './tables-alerting.ts'

/** Somebody takes care of an alert. */
export interface Acknowledgement {
  readonly id: number
  readonly fingerprint: string
  readonly labels: Readonly<Record<string, string>>
  readonly createdBy: string
  /** '' for nobody in particular. */
  readonly assignee: string
  readonly comment: string
  readonly createdMs: number
  /** Undefined while it holds. */
  readonly endedMs: number | undefined
}

export type NewAcknowledgement = Omit<Acknowledgement, 'id' | 'createdMs' | 'endedMs'>

/** Those that hold. */
export async function listAcknowledgements({ db }: Metadata): Promise<readonly Acknowledgement[]> {
  const rows = await db
    .selectFrom('acknowledgements')
    .selectAll()
    .where('ended_ms', 'is', null)
    .execute()
  return rows.map(toAcknowledgement)
}

/** All there ever were of an alert, oldest first. */
export async function listAcknowledgementsOf(
  { db }: Metadata,
  fingerprint: string,
): Promise<readonly Acknowledgement[]> {
  const rows = await db
    .selectFrom('acknowledgements')
    .selectAll()
    .where('fingerprint', '=', fingerprint)
    .orderBy('id')
    .execute()
  return rows.map(toAcknowledgement)
}

/** Adds one, which ends the one that held of the same alert. */
export async function insertAcknowledgement(
  { db }: Metadata,
  { labels, createdBy, ...given }: NewAcknowledgement,
  nowMs: number,
): Promise<Acknowledgement> {
  return db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('acknowledgements')
      .set({ ended_ms: nowMs })
      .where('fingerprint', '=', given.fingerprint)
      .where('ended_ms', 'is', null)
      .execute()
    const row = await transaction
      .insertInto('acknowledgements')
      .values({
        ...given,
        labels: JSON.stringify(labels),
        created_by: createdBy,
        created_ms: nowMs,
        ended_ms: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return toAcknowledgement(row)
  })
}

/** Ends those that hold of these alerts. */
export async function endAcknowledgements(
  { db }: Metadata,
  fingerprints: readonly string[],
  nowMs: number,
): Promise<void> {
  if (fingerprints.length === 0) return
  await db
    .updateTable('acknowledgements')
    .set({ ended_ms: nowMs })
    .where('fingerprint', 'in', fingerprints)
    .where('ended_ms', 'is', null)
    .execute()
}

/** Forgets those that ended before a time. */
export async function deleteAcknowledgementsBefore(
  { db }: Metadata,
  endedMs: number,
): Promise<void> {
  await db.deleteFrom('acknowledgements').where('ended_ms', '<', endedMs).execute()
}

function toAcknowledgement(row: Selectable<AcknowledgementTable>): Acknowledgement {
  return {
    id: row.id,
    fingerprint: row.fingerprint,
    labels: textsColumn(row.labels),
    createdBy: row.created_by,
    assignee: row.assignee,
    comment: row.comment,
    createdMs: row.created_ms,
    endedMs: row.ended_ms ?? undefined,
  }
}
