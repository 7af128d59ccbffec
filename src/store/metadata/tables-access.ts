import type { Generated } from 'kysely'
import { required, withSerialId } from './columns.ts'
import type { DatabaseKind } from './metadata.ts'
import type { FeatureMigrations, Migration } from './migrate.ts'
import type { AuditTable } from './audit.ts'

export interface AccessTables {
  users: UserTable
  sign_ins: SignInTable
  tokens: TokenTable
  audit: AuditTable
}

export interface UserTable {
  id: Generated<number>
  /** Lower case; what the person signs in with. */
  login: string
  name: string
  email: string
  /** `person` signs in with a password, `service` only has tokens (Grafana's service accounts). */
  kind: string
  role: string
  /** A PHC string of argon2id, or null for who cannot sign in with a password. */
  password_hash: string | null
  disabled: number
  created_ms: number
  updated_ms: number
  last_seen_ms: number | null
}

/** Browsers that are signed in. */
export interface SignInTable {
  /** SHA-256 in hex of the id that the cookie holds: who reads the database cannot use it. */
  id_hash: string
  user_id: number
  created_ms: number
  last_seen_ms: number
  address: string
  user_agent: string
}

export interface TokenTable {
  id: Generated<number>
  name: string
  /** SHA-256 in hex of the token. It has 256 random bits, so a slow hash would add nothing. */
  secret_hash: string
  /** The first characters of the token, to recognise it by. */
  hint: string
  /** Separated by spaces. */
  scopes: string
  /** The service account that it belongs to, whose role then bounds it; null for a token of its own. */
  user_id: number | null
  created_by: string
  created_ms: number
  expires_ms: number | null
  last_used_ms: number | null
  last_used_address: string
}

async function createTables(db: Parameters<Migration['up']>[0], kind: DatabaseKind): Promise<void> {
  await withSerialId(db.schema.createTable('users'), kind)
    .addColumn('login', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', required)
    .addColumn('email', 'text', required)
    .addColumn('kind', 'text', required)
    .addColumn('role', 'text', required)
    .addColumn('password_hash', 'text')
    .addColumn('disabled', 'integer', required)
    .addColumn('created_ms', 'bigint', required)
    .addColumn('updated_ms', 'bigint', required)
    .addColumn('last_seen_ms', 'bigint')
    .execute()
  await db.schema
    .createTable('sign_ins')
    .addColumn('id_hash', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'bigint', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('created_ms', 'bigint', required)
    .addColumn('last_seen_ms', 'bigint', required)
    .addColumn('address', 'text', required)
    .addColumn('user_agent', 'text', required)
    .execute()
  await db.schema.createIndex('sign_ins_user').on('sign_ins').column('user_id').execute()
  await withSerialId(db.schema.createTable('tokens'), kind)
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('secret_hash', 'text', (column) => column.notNull().unique())
    .addColumn('hint', 'text', required)
    .addColumn('scopes', 'text', required)
    .addColumn('user_id', 'bigint', (column) => column.references('users.id').onDelete('cascade'))
    .addColumn('created_by', 'text', required)
    .addColumn('created_ms', 'bigint', required)
    .addColumn('expires_ms', 'bigint')
    .addColumn('last_used_ms', 'bigint')
    .addColumn('last_used_address', 'text', required)
    .execute()
  await createAudit(db, kind)
}

async function createAudit(db: Parameters<Migration['up']>[0], kind: DatabaseKind): Promise<void> {
  await withSerialId(db.schema.createTable('audit'), kind)
    .addColumn('at_ms', 'bigint', required)
    .addColumn('actor', 'text', required)
    .addColumn('address', 'text', required)
    .addColumn('action', 'text', required)
    .addColumn('target', 'text', required)
    .addColumn('failed', 'integer', required)
    .addColumn('details', 'text', required)
    .execute()
  await db.schema.createIndex('audit_at').on('audit').column('at_ms').execute()
}

export const ACCESS_MIGRATIONS: FeatureMigrations = {
  feature: 'access',
  migrations: [{ version: 1, up: createTables }],
}
