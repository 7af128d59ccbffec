import type { Generated } from 'kysely'
import { required, withSerialId } from './columns.ts'
import type { DatabaseKind } from './metadata.ts'
import type { FeatureMigrations, Migration } from './migrate.ts'

export interface AlertingTables {
  silences: SilenceTable
  notification_log: NotificationLogTable
  active_alerts: ActiveAlertTable
  acknowledgements: AcknowledgementTable
  alert_history: AlertHistoryTable
}

export interface SilenceTable {
  /** A UUID. */
  id: string
  /** JSON: `[{name, op, value}]`. */
  matchers: string
  starts_ms: number
  ends_ms: number
  updated_ms: number
  created_by: string
  comment: string
  /** JSON: an object of texts. */
  annotations: string
}

/** What each entry of a receiver was last told about each group. */
export interface NotificationLogTable {
  group_key: string
  receiver: string
  /** `slack[0]`: the kind and its place among the receiver's entries of that kind. */
  integration: string
  at_ms: number
  /** Fingerprints of 16 hexadecimal digits, one behind the other. */
  firing: string
  resolved: string
  /** JSON: what the integration remembers about its message. */
  remembered: string
  expires_ms: number
}

/** Alerts that fire, so that none that was accepted is lost when the program ends. */
export interface ActiveAlertTable {
  fingerprint: string
  /** JSON: `[name, value, …]`. */
  labels: string
  annotations: string
  starts_ms: number
  ends_ms: number
  updated_ms: number
  is_timeout: number
  generator_url: string
  /** The transaction of PostgreSQL that wrote the row: by it others find what is new. 0 in SQLite, which has no others. */
  changed: number
}

/** Who takes care of an alert. Kept after the alert is over, for `alert why`. */
export interface AcknowledgementTable {
  id: Generated<number>
  fingerprint: string
  labels: string
  created_by: string
  /** Who works on it; '' for nobody in particular. */
  assignee: string
  comment: string
  created_ms: number
  /** Null while it holds. */
  ended_ms: number | null
}

/** What happened on the way from an alert to people. */
export interface AlertHistoryTable {
  id: Generated<number>
  at_ms: number
  kind: string
  group_key: string
  receiver: string
  /** Fingerprints of 16 hexadecimal digits, one behind the other. */
  fingerprints: string
  /** JSON, by kind. */
  detail: string
}

async function createTables(db: Parameters<Migration['up']>[0], kind: DatabaseKind): Promise<void> {
  await createState(db)
  await createAcknowledgements(db, kind)
  await createHistory(db, kind)
}

async function createState(db: Parameters<Migration['up']>[0]): Promise<void> {
  await db.schema
    .createTable('silences')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('matchers', 'text', required)
    .addColumn('starts_ms', 'bigint', required)
    .addColumn('ends_ms', 'bigint', required)
    .addColumn('updated_ms', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('comment', 'text', required)
    .addColumn('annotations', 'text', required)
    .execute()
  await db.schema
    .createTable('notification_log')
    .addColumn('group_key', 'text', required)
    .addColumn('receiver', 'text', required)
    .addColumn('integration', 'text', required)
    .addColumn('at_ms', 'bigint', required)
    .addColumn('firing', 'text', required)
    .addColumn('resolved', 'text', required)
    .addColumn('remembered', 'text', required)
    .addColumn('expires_ms', 'bigint', required)
    .addPrimaryKeyConstraint('notification_log_key', ['group_key', 'receiver', 'integration'])
    .execute()
  await db.schema
    .createTable('active_alerts')
    .addColumn('fingerprint', 'text', (column) => column.primaryKey())
    .addColumn('labels', 'text', required)
    .addColumn('annotations', 'text', required)
    .addColumn('starts_ms', 'bigint', required)
    .addColumn('ends_ms', 'bigint', required)
    .addColumn('updated_ms', 'bigint', required)
    .addColumn('is_timeout', 'integer', required)
    .addColumn('generator_url', 'text', required)
    .execute()
}

async function createAcknowledgements(
  db: Parameters<Migration['up']>[0],
  kind: DatabaseKind,
): Promise<void> {
  await withSerialId(db.schema.createTable('acknowledgements'), kind)
    .addColumn('fingerprint', 'text', required)
    .addColumn('labels', 'text', required)
    .addColumn('created_by', 'text', required)
    .addColumn('assignee', 'text', required)
    .addColumn('comment', 'text', required)
    .addColumn('created_ms', 'bigint', required)
    .addColumn('ended_ms', 'bigint')
    .execute()
  await db.schema
    .createIndex('acknowledgements_fingerprint')
    .on('acknowledgements')
    .column('fingerprint')
    .execute()
}

async function createHistory(
  db: Parameters<Migration['up']>[0],
  kind: DatabaseKind,
): Promise<void> {
  await withSerialId(db.schema.createTable('alert_history'), kind)
    .addColumn('at_ms', 'bigint', required)
    .addColumn('kind', 'text', required)
    .addColumn('group_key', 'text', required)
    .addColumn('receiver', 'text', required)
    .addColumn('fingerprints', 'text', required)
    .addColumn('detail', 'text', required)
    .execute()
  await db.schema
    .createIndex('alert_history_group')
    .on('alert_history')
    .columns(['group_key', 'at_ms'])
    .execute()
  await db.schema.createIndex('alert_history_at').on('alert_history').column('at_ms').execute()
}

export const ALERTING_MIGRATIONS: FeatureMigrations = {
  feature: 'alerting',
  migrations: [
    { version: 1, up: createTables },
    {
      version: 2,
      up: (db) =>
        db.schema
          .alterTable('active_alerts')
          .addColumn('changed', 'bigint', (column) => column.notNull().defaultTo(0))
          .execute(),
    },
  ],
}
