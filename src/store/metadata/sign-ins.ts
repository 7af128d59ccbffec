import type { Selectable } from 'kysely'
import type { Metadata } from './metadata.ts'
import type { SignInTable } from './tables-access.ts'

/** A browser that is signed in. */
export interface SignIn {
  /** SHA-256 of the id in the cookie, in hex. */
  readonly idHash: string
  readonly userId: number
  readonly createdMs: number
  readonly lastSeenMs: number
  readonly address: string
  readonly userAgent: string
}

export async function insertSignIn({ db }: Metadata, signIn: SignIn): Promise<void> {
  await db
    .insertInto('sign_ins')
    .values({
      id_hash: signIn.idHash,
      user_id: signIn.userId,
      created_ms: signIn.createdMs,
      last_seen_ms: signIn.lastSeenMs,
      address: signIn.address,
      user_agent: signIn.userAgent,
    })
    .execute()
}

/** Whatever its age: expiry is decided by who asks. */
export async function findSignIn({ db }: Metadata, idHash: string): Promise<SignIn | undefined> {
  const row = await db
    .selectFrom('sign_ins')
    .selectAll()
    .where('id_hash', '=', idHash)
    .executeTakeFirst()
  return row && toSignIn(row)
}

export async function touchSignIn(
  { db }: Metadata,
  idHash: string,
  nowMs: number,
  address: string,
): Promise<void> {
  await db
    .updateTable('sign_ins')
    .set({ last_seen_ms: nowMs, address })
    .where('id_hash', '=', idHash)
    .execute()
}

export async function deleteSignIn({ db }: Metadata, idHash: string): Promise<void> {
  await db.deleteFrom('sign_ins').where('id_hash', '=', idHash).execute()
}

/** Signs a user out everywhere, except in the browser of one id hash. */
export async function deleteSignInsOf(
  { db }: Metadata,
  userId: number,
  exceptHash = '',
): Promise<void> {
  await db
    .deleteFrom('sign_ins')
    .where('user_id', '=', userId)
    .where('id_hash', '!=', exceptHash)
    .execute()
}

/** Forgets what was not seen since, or was begun before, these times. */
export async function deleteOldSignIns(
  { db }: Metadata,
  seenBeforeMs: number,
  createdBeforeMs: number,
): Promise<void> {
  await db
    .deleteFrom('sign_ins')
    .where((is) =>
      is.or([is('last_seen_ms', '<', seenBeforeMs), is('created_ms', '<', createdBeforeMs)]),
    )
    .execute()
}

function toSignIn(row: Selectable<SignInTable>): SignIn {
  return {
    idHash: row.id_hash,
    userId: row.user_id,
    createdMs: row.created_ms,
    lastSeenMs: row.last_seen_ms,
    address: row.address,
    userAgent: row.user_agent,
  }
}
