import type { Selectable } from 'kysely'
import type { Metadata } from './metadata.ts'
import type { TokenTable } from './tables-access.ts'

/** A token of the API, as it is kept: the token itself is nowhere. */
export interface StoredToken {
  readonly id: number
  readonly name: string
  /** The first characters of the token. */
  readonly hint: string
  readonly scopes: readonly string[]
  /** The service account that it belongs to. */
  readonly userId: number | undefined
  readonly createdBy: string
  readonly createdMs: number
  readonly expiresMs: number | undefined
  readonly lastUsedMs: number | undefined
  readonly lastUsedAddress: string
}

export type NewToken = Omit<StoredToken, 'id' | 'lastUsedMs' | 'lastUsedAddress'> & {
  /** SHA-256 of the token, in hex. */
  readonly secretHash: string
}

/** Adds a token; undefined when there is one of this name. */
export async function insertToken(
  { db }: Metadata,
  token: NewToken,
): Promise<StoredToken | undefined> {
  const row = await db
    .insertInto('tokens')
    .values({
      name: token.name,
      secret_hash: token.secretHash,
      hint: token.hint,
      scopes: token.scopes.join(' '),
      user_id: token.userId ?? null,
      created_by: token.createdBy,
      created_ms: token.createdMs,
      expires_ms: token.expiresMs ?? null,
      last_used_ms: null,
      last_used_address: '',
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst()
  return row && toToken(row)
}

/** Whatever its expiry: that is decided by who asks. */
export async function findTokenByHash(
  { db }: Metadata,
  secretHash: string,
): Promise<StoredToken | undefined> {
  const row = await db
    .selectFrom('tokens')
    .selectAll()
    .where('secret_hash', '=', secretHash)
    .executeTakeFirst()
  return row && toToken(row)
}

/** In the order in which they were created; those of one service account when its id is given. */
export async function listTokens(
  { db }: Metadata,
  userId?: number,
): Promise<readonly StoredToken[]> {
  let query = db.selectFrom('tokens').selectAll().orderBy('id')
  if (userId !== undefined) query = query.where('user_id', '=', userId)
  return (await query.execute()).map(toToken)
}

/** Resolves to what was revoked, or undefined when there is no token of this id. */
export async function deleteToken({ db }: Metadata, id: number): Promise<StoredToken | undefined> {
  const row = await db.deleteFrom('tokens').where('id', '=', id).returningAll().executeTakeFirst()
  return row && toToken(row)
}

export async function touchToken(
  { db }: Metadata,
  id: number,
  nowMs: number,
  address: string,
): Promise<void> {
  await db
    .updateTable('tokens')
    .set({ last_used_ms: nowMs, last_used_address: address })
    .where('id', '=', id)
    .execute()
}

function toToken(row: Selectable<TokenTable>): StoredToken {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    scopes: row.scopes === '' ? [] : row.scopes.split(' '),
    userId: row.user_id ?? undefined,
    createdBy: row.created_by,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms ?? undefined,
    lastUsedMs: row.last_used_ms ?? undefined,
    lastUsedAddress: row.last_used_address,
  }
}
