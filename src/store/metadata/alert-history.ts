import type { Selectable } from 'kysely'
import { objectColumn } from './json-columns.ts'
import type { Metadata } from './metadata.ts'
import { splitFingerprints } from './notification-log.ts'
import type { AlertHistoryTable } from './tables-alerting.ts'

/** One thing that happened to a group of alerts on the way to people. */
export interface HistoryEvent {
  readonly atMs: number
  readonly kind: string
  readonly groupKey: string
  readonly receiver: string
  readonly fingerprints: readonly string[]
  /** By kind; plain JSON. */
  readonly detail: Readonly<Record<string, unknown>>
}

export async function appendHistory(
  { db }: Metadata,
  events: readonly HistoryEvent[],
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const event of events) {
      await transaction
        .insertInto('alert_history')
        .values({
          at_ms: event.atMs,
          kind: event.kind,
          group_key: event.groupKey,
          receiver: event.receiver,
          fingerprints: event.fingerprints.join(''),
          detail: JSON.stringify(event.detail),
        })
        .execute()
    }
  })
}

/** Events of groups in [fromMs, toMs], oldest first; the newest `limit` of them. */
export async function listHistory(
  { db }: Metadata,
  groupKeys: readonly string[],
  fromMs: number,
  toMs: number,
  limit: number,
): Promise<readonly HistoryEvent[]> {
  if (groupKeys.length === 0) return []
  const rows = await db
    .selectFrom('alert_history')
    .selectAll()
    .where('group_key', 'in', groupKeys)
    .where('at_ms', '>=', fromMs)
    .where('at_ms', '<=', toMs)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.reverse().map(toEvent)
}

/** Attempts to deliver since a time, whatever came of them; newest first, at most `limit`. */
export async function listDeliveries(
  { db }: Metadata,
  fromMs: number,
  limit: number,
): Promise<readonly HistoryEvent[]> {
  const rows = await db
    .selectFrom('alert_history')
    .selectAll()
    .where('kind', 'in', ['delivered', 'failed'])
    .where('at_ms', '>=', fromMs)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toEvent)
}

function toEvent(row: Selectable<AlertHistoryTable>): HistoryEvent {
  return {
    atMs: row.at_ms,
    kind: row.kind,
    groupKey: row.group_key,
    receiver: row.receiver,
    fingerprints: splitFingerprints(row.fingerprints),
    detail: objectColumn(row.detail),
  }
}

/** Forgets what is older than a time, and all but the newest `keep` events. */
export async function trimHistory({ db }: Metadata, beforeMs: number, keep: number): Promise<void> {
  await db.deleteFrom('alert_history').where('at_ms', '<', beforeMs).execute()
  const last = await db
    .selectFrom('alert_history')
    .select('id')
    .orderBy('id', 'desc')
    .offset(keep)
    .limit(1)
    .executeTakeFirst()
  if (last !== undefined) await db.deleteFrom('alert_history').where('id', '<=', last.id).execute()
}
