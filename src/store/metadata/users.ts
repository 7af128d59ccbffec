import type { Selectable, Updateable } from 'kysely'
import type { DatabaseKind, Metadata } from './metadata.ts'
import type { UserTable } from './tables-access.ts'

export type Role = 'viewer' | 'editor' | 'admin'

export interface User {
  readonly id: number
  /** Lower case. */
  readonly login: string
  readonly name: string
  readonly email: string
  readonly kind: 'person' | 'service'
  readonly role: Role
  /** Undefined: cannot sign in with a password. */
  readonly passwordHash: string | undefined
  readonly disabled: boolean
  readonly createdMs: number
  readonly updatedMs: number
  readonly lastSeenMs: number | undefined
}

export type NewUser = Omit<User, 'id' | 'createdMs' | 'updatedMs' | 'lastSeenMs'>

export type UserChange = Partial<
  Pick<User, 'login' | 'name' | 'email' | 'role' | 'passwordHash' | 'disabled'>
>

/** Every user, in the order in which they were created. */
export async function listUsers({ db }: Metadata): Promise<readonly User[]> {
  return (await db.selectFrom('users').selectAll().orderBy('id').execute()).map(toUser)
}

/** The user of an id. */
export async function findUser({ db }: Metadata, id: number): Promise<User | undefined> {
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toUser(row)
}

/** The user of a login, in lower case. */
export async function findUserByLogin({ db }: Metadata, login: string): Promise<User | undefined> {
  const row = await db.selectFrom('users').selectAll().where('login', '=', login).executeTakeFirst()
  return row && toUser(row)
}

/** Adds a user; undefined when there is one of this login. */
export async function insertUser(
  { db }: Metadata,
  user: NewUser,
  nowMs: number,
): Promise<User | undefined> {
  const { passwordHash, disabled, ...texts } = user
  const row = await db
    .insertInto('users')
    .values({
      ...texts,
      password_hash: passwordHash ?? null,
      disabled: disabled ? 1 : 0,
      created_ms: nowMs,
      updated_ms: nowMs,
      last_seen_ms: null,
    })
    .onConflict((conflict) => conflict.column('login').doNothing())
    .returningAll()
    .executeTakeFirst()
  return row && toUser(row)
}

/**
 * Changes a user. `'missing'` when there is none; `'last-admin'` when nobody would be left who may change users, in which case
 * nothing is changed; `'taken'` when another user has the new login.
 */
export async function updateUser(
  { db, kind }: Metadata,
  id: number,
  change: UserChange,
  nowMs: number,
): Promise<User | 'missing' | 'last-admin' | 'taken'> {
  return db.transaction().execute(async (transaction) => {
    const before = await transaction
      .selectFrom('users')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    if (before === undefined) return 'missing'
    if (change.login !== undefined && change.login !== before.login) {
      const other = await transaction
        .selectFrom('users')
        .select('id')
        .where('login', '=', change.login)
        .executeTakeFirst()
      if (other !== undefined) return 'taken'
    }
    const loses = (change.role ?? 'admin') !== 'admin' || change.disabled === true
    if (loses && (await isLastAdmin(transaction, kind, before))) return 'last-admin'
    const row = await transaction
      .updateTable('users')
      .set(toColumns(change, nowMs))
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
    return toUser(row)
  })
}

/** Removes a user with their sign-ins and tokens. */
export async function deleteUser(
  { db, kind }: Metadata,
  id: number,
): Promise<'deleted' | 'missing' | 'last-admin'> {
  return db.transaction().execute(async (transaction) => {
    const user = await transaction
      .selectFrom('users')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
    if (user === undefined) return 'missing'
    if (await isLastAdmin(transaction, kind, user)) return 'last-admin'
    await transaction.deleteFrom('users').where('id', '=', id).execute()
    return 'deleted'
  })
}

/** Notes that a user was there. */
export async function touchUser({ db }: Metadata, id: number, nowMs: number): Promise<void> {
  await db.updateTable('users').set({ last_seen_ms: nowMs }).where('id', '=', id).execute()
}

async function isLastAdmin(
  db: Metadata['db'],
  kind: DatabaseKind,
  user: Pick<Selectable<UserTable>, 'role' | 'disabled' | 'kind'>,
): Promise<boolean> {
  if (user.role !== 'admin' || user.disabled !== 0 || user.kind !== 'person') return false
  const admins = await db
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('disabled', '=', 0)
    .where('kind', '=', 'person')
    // Two that go at the same moment must see each other; SQLite's transactions do anyway.
    .$if(kind === 'postgres', (query) => query.forUpdate())
    .execute()
  return admins.length <= 1
}

function toColumns(change: UserChange, nowMs: number): Updateable<UserTable> {
  const { passwordHash, disabled, ...texts } = change
  return {
    ...texts,
    ...('passwordHash' in change ? { password_hash: passwordHash ?? null } : {}),
    ...(disabled === undefined ? {} : { disabled: disabled ? 1 : 0 }),
    updated_ms: nowMs,
  }
}

function toUser(row: Selectable<UserTable>): User {
  return {
    id: row.id,
    login: row.login,
    name: row.name,
    email: row.email,
    kind: row.kind === 'service' ? 'service' : 'person',
    role: toRole(row.role),
    passwordHash: row.password_hash ?? undefined,
    disabled: row.disabled !== 0,
    createdMs: row.created_ms,
    updatedMs: row.updated_ms,
    lastSeenMs: row.last_seen_ms ?? undefined,
  }
}

/** What this program does not know may do the least. */
function toRole(text: string): Role {
  return text === 'admin' || text === 'editor' ? text : 'viewer'
}
