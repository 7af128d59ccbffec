import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Metadata } from './metadata.ts'
import type { MetadataTables } from './tables.ts'

/**
 * Members of a cluster and who of them does which shard of the work. For PostgreSQL alone. Every verb is one statement, so that no
 * member that stops in the middle of one holds up the others, and whatever changes a lease names the lease as it was seen:
 * statements that arrive late change nothing.
 */

/** What a member tells of itself. */
export interface ClusterMember {
  /** Of the process: never used again. */
  readonly id: string
  readonly name: string
  readonly version: string
  /** Where it answers the Prometheus API; '' when it does not. */
  readonly url: string
  readonly configHash: string
  readonly startedMs: number
}

export interface SeenMember extends ClusterMember {
  readonly beat: number
  /** By the database's clock. */
  readonly seenMs: number
}

/** A lease as it was seen. `fence` and `beat` together are never twice the same. */
export interface SeenLease {
  readonly shard: number
  /** '' for nobody. */
  readonly holder: string
  readonly fence: number
  readonly beat: number
  /** By the database's clock. */
  readonly sinceMs: number
  readonly touchedMs: number
}

export interface SeenCluster {
  readonly members: readonly SeenMember[]
  /** By shard. */
  readonly leases: readonly SeenLease[]
  /** The database's clock. */
  readonly nowMs: number
}

/** A sign of life; the first one makes the member known. */
export async function beatMember({ db }: Metadata, member: ClusterMember): Promise<void> {
  const row = {
    name: member.name,
    version: member.version,
    url: member.url,
    config_hash: member.configHash,
    started_ms: member.startedMs,
  }
  await db
    .insertInto('cluster_members')
    .values({ id: member.id, ...row, beat: 1, seen_ms: databaseNow() })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ ...row, beat: sql`cluster_members.beat + 1`, seen_ms: databaseNow() }),
    )
    .execute()
}

/** Renews every lease of a holder; resolves to those that it still has. */
export async function renewLeases({ db }: Metadata, holder: string): Promise<readonly SeenLease[]> {
  const rows = await db
    .updateTable('cluster_leases')
    .set({ beat: sql`beat + 1`, touched_ms: databaseNow() })
    .where('holder', '=', holder)
    .returningAll()
    .execute()
  return rows.map(toLease)
}

/** All members that were heard of, and all leases. */
export async function readCluster({ db }: Metadata): Promise<SeenCluster> {
  const members = await db.selectFrom('cluster_members').selectAll().execute()
  const leases = await db
    .selectFrom('cluster_leases')
    .selectAll()
    .select(databaseNow().as('now_ms'))
    .orderBy('shard')
    .execute()
  return {
    members: members.map((row) => ({
      id: row.id,
      name: row.name,
      version: row.version,
      url: row.url,
      configHash: row.config_hash,
      startedMs: row.started_ms,
      beat: row.beat,
      seenMs: row.seen_ms,
    })),
    leases: leases.map(toLease),
    nowMs: leases[0]?.now_ms ?? 0,
  }
}

/** Takes leases that are still as they were seen; resolves to those that were got. */
export async function claimLeases(
  { db }: Metadata,
  holder: string,
  seen: readonly SeenLease[],
): Promise<readonly SeenLease[]> {
  if (seen.length === 0) return []
  const rows = await changeSeen(db, seen)
    .set({
      holder,
      fence: sql`fence + 1`,
      beat: sql`beat + 1`,
      since_ms: databaseNow(),
      touched_ms: databaseNow(),
    })
    .returningAll()
    .execute()
  return rows.map(toLease)
}

/** Gives leases back that are still as they were seen. */
export async function releaseLeases({ db }: Metadata, seen: readonly SeenLease[]): Promise<void> {
  if (seen.length === 0) return
  await changeSeen(db, seen)
    .set({ holder: '', beat: sql`beat + 1`, since_ms: databaseNow(), touched_ms: databaseNow() })
    .execute()
}

/** Gives everything back and is no member any more. */
export async function leaveCluster({ db }: Metadata, member: string): Promise<void> {
  await db
    .updateTable('cluster_leases')
    .set({ holder: '', beat: sql`beat + 1`, since_ms: databaseNow(), touched_ms: databaseNow() })
    .where('holder', '=', member)
    .execute()
  await db.deleteFrom('cluster_reports').where('member', '=', member).execute()
  await db.deleteFrom('cluster_members').where('id', '=', member).execute()
}

/** Forgets a member that gave no sign of life since it was seen. */
export async function forgetMember(
  { db }: Metadata,
  { id, beat }: Pick<SeenMember, 'id' | 'beat'>,
): Promise<void> {
  const gone = await db
    .deleteFrom('cluster_members')
    .where('id', '=', id)
    .where('beat', '=', beat)
    .returning('id')
    .executeTakeFirst()
  if (gone === undefined) return
  await db.deleteFrom('cluster_reports').where('member', '=', id).execute()
}

function changeSeen(db: Kysely<MetadataTables>, seen: readonly SeenLease[]) {
  return db
    .updateTable('cluster_leases')
    .where((where) =>
      where.or(
        seen.map(({ shard, fence, beat }) =>
          where.and([
            where('shard', '=', shard),
            where('fence', '=', fence),
            where('beat', '=', beat),
          ]),
        ),
      ),
    )
}

/** Milliseconds since 1970 by the clock of PostgreSQL. */
function databaseNow(): RawBuilder<number> {
  return sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`
}

function toLease(row: {
  readonly shard: number
  readonly holder: string
  readonly fence: number
  readonly beat: number
  readonly since_ms: number
  readonly touched_ms: number
}): SeenLease {
  const { shard, holder, fence, beat } = row
  return { shard, holder, fence, beat, sinceMs: row.since_ms, touchedMs: row.touched_ms }
}
