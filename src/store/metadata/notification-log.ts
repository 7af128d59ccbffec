import { textsColumn } from './json-columns.ts'
import type { Metadata } from './metadata.ts'

/** What one entry of a receiver was last told about a group. */
export interface StoredNotification {
  readonly groupKey: string
  readonly receiver: string
  /** `slack[0]` */
  readonly integration: string
  readonly atMs: number
  /** Fingerprints of the alerts that fired, and of those that were resolved. */
  readonly firing: readonly string[]
  readonly resolved: readonly string[]
  readonly remembered: Readonly<Record<string, string>>
  /** When it is of no more use. */
  readonly expiresMs: number
}

/** Entries that are still of use. */
export async function listNotifications(
  { db }: Metadata,
  nowMs: number,
): Promise<readonly StoredNotification[]> {
  const rows = await db
    .selectFrom('notification_log')
    .selectAll()
    .where('expires_ms', '>', nowMs)
    .execute()
  return rows.map((row) => {
    return {
      groupKey: row.group_key,
      receiver: row.receiver,
      integration: row.integration,
      atMs: row.at_ms,
      firing: splitFingerprints(row.firing),
      resolved: splitFingerprints(row.resolved),
      remembered: textsColumn(row.remembered),
      expiresMs: row.expires_ms,
    }
  })
}

/** Adds entries, or replaces those of the same group, receiver and integration, all or none. */
export async function saveNotifications(
  { db }: Metadata,
  entries: readonly StoredNotification[],
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const entry of entries) {
      const changed = {
        at_ms: entry.atMs,
        firing: entry.firing.join(''),
        resolved: entry.resolved.join(''),
        remembered: JSON.stringify(entry.remembered),
        expires_ms: entry.expiresMs,
      }
      await transaction
        .insertInto('notification_log')
        .values({
          group_key: entry.groupKey,
          receiver: entry.receiver,
          integration: entry.integration,
          ...changed,
        })
        .onConflict((conflict) =>
          conflict.columns(['group_key', 'receiver', 'integration']).doUpdateSet(changed),
        )
        .execute()
    }
  })
}

/** Forgets entries that are of no more use. */
export async function deleteNotificationsBefore({ db }: Metadata, nowMs: number): Promise<void> {
  await db.deleteFrom('notification_log').where('expires_ms', '<=', nowMs).execute()
}

const FINGERPRINT_LENGTH = 16

/** Fingerprints out of the text in which they stand one behind the other. */
export function splitFingerprints(text: string): string[] {
  const out: string[] = []
  for (let i = 0; i < text.length; i += FINGERPRINT_LENGTH) {
    out.push(text.slice(i, i + FINGERPRINT_LENGTH))
  }
  return out
}
