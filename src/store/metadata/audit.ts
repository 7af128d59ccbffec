import type { Generated } from 'kysely'
import type { Metadata } from './metadata.ts'

export interface AuditTable {
  id: Generated<number>
  at_ms: number
  /** A login, `token NAME`, or where a request without credentials came from (`loopback`, `trusted`, `command line`). */
  actor: string
  address: string
  /** A noun and what became of it: `sign-in`, `user.create`, `silence.expire`. */
  action: string
  target: string
  failed: number
  details: string
}

export interface AuditEntry {
  readonly atMs: number
  readonly actor: string
  readonly address: string
  readonly action: string
  /** What it was done to: a login, the name of a token, the uid of a dashboard; '' for the program itself. */
  readonly target: string
  readonly failed: boolean
  /** One sentence more, or ''. Never a secret. */
  readonly details: string
}

export interface AuditQuery {
  /** Inclusive. */
  readonly fromMs: number
  readonly toMs: number
  readonly limit: number
}

/** Adds one entry. */
export async function insertAudit({ db }: Metadata, entry: AuditEntry): Promise<void> {
  const { atMs, failed, ...texts } = entry
  await db
    .insertInto('audit')
    .values({ ...texts, at_ms: atMs, failed: failed ? 1 : 0 })
    .execute()
}

/** The newest entries of a range, newest first. */
export async function selectAudit(
  { db }: Metadata,
  { fromMs, toMs, limit }: AuditQuery,
): Promise<readonly (AuditEntry & { readonly id: number })[]> {
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .where('at_ms', '>=', fromMs)
    .where('at_ms', '<=', toMs)
    .orderBy('at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    atMs: row.at_ms,
    actor: row.actor,
    address: row.address,
    action: row.action,
    target: row.target,
    failed: row.failed !== 0,
    details: row.details,
  }))
}

/**
 * Forgets all but the newest entries. Failures are counted apart: who fails to sign in a million times must not push out of the
 * log what was done.
 */
export async function pruneAudit({ db }: Metadata, keep: number): Promise<void> {
  for (const failed of [0, 1]) {
    const oldest = await db
      .selectFrom('audit')
      .select('id')
      .where('failed', '=', failed)
      .orderBy('id', 'desc')
      .offset(keep)
      .limit(1)
      .executeTakeFirst()
    if (oldest === undefined) continue
    await db.deleteFrom('audit').where('failed', '=', failed).where('id', '<=', oldest.id).execute()
  }
}
