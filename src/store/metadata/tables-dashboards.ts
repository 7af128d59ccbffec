import type { Generated } from 'kysely'
import { required, withSerialId } from './columns.ts'
import type { DatabaseKind } from './metadata.ts'
import type { FeatureMigrations, Migration } from './migrate.ts'

export interface DashboardsTables {
  folders: FolderTable
  dashboards: DashboardTable
  dashboard_versions: DashboardVersionTable
  stars: StarTable
  preferences: PreferencesTable
  annotations: AnnotationTable
  annotation_tags: AnnotationTagTable
}

export interface FolderTable {
  id: Generated<number>
  uid: string
  /** '' at the top. */
  parent_uid: string
  title: string
  description: string
  version: number
  created_ms: number
  created_by: string
  updated_ms: number
  updated_by: string
}

export interface DashboardTable {
  id: Generated<number>
  uid: string
  /** '' for none (Grafana's "General"). */
  folder_uid: string
  title: string
  /** JSON: a list of texts. */
  tags: string
  version: number
  /** The dashboard as it was saved. */
  json: string
  /** SHA-256 of the file that this one stands in front of; '' for one without a file. */
  file_hash: string
  created_ms: number
  created_by: string
  updated_ms: number
  updated_by: string
}

/** What a dashboard was, the newest included. */
export interface DashboardVersionTable {
  id: Generated<number>
  dashboard_uid: string
  version: number
  parent_version: number
  /** 0 for a version that was not restored. */
  restored_from: number
  created_ms: number
  created_by: string
  message: string
  json: string
}

export interface StarTable {
  user_id: number
  dashboard_uid: string
}

export interface PreferencesTable {
  /** `user:ID`, or `org` for everybody. */
  owner: string
  /** JSON: an object of Grafana's names. */
  settings: string
}

export interface AnnotationTable {
  id: Generated<number>
  /** '' for one that every dashboard may show. */
  dashboard_uid: string
  /** 0 for none. */
  panel_id: number
  /** Inclusive; equal to `time_end_ms` for a moment. */
  time_ms: number
  time_end_ms: number
  text: string
  created_by: string
  user_id: number
  created_ms: number
  updated_ms: number
}

export interface AnnotationTagTable {
  annotation_id: number
  tag: string
}

async function createTables(db: Parameters<Migration['up']>[0], kind: DatabaseKind): Promise<void> {
  await withSerialId(db.schema.createTable('folders'), kind)
    .addColumn('uid', 'text', (column) => column.notNull().unique())
    .addColumn('parent_uid', 'text', required)
    .addColumn('title', 'text', required)
    .addColumn('description', 'text', required)
    .addColumn('version', 'integer', required)
    .addColumn('created_ms', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('updated_ms', 'bigint', required)
    .addColumn('updated_by', 'text', required)
    .execute()
  await withSerialId(db.schema.createTable('dashboards'), kind)
    .addColumn('uid', 'text', (column) => column.notNull().unique())
    .addColumn('folder_uid', 'text', required)
    .addColumn('title', 'text', required)
    .addColumn('tags', 'text', required)
    .addColumn('version', 'integer', required)
    .addColumn('json', 'text', required)
    .addColumn('file_hash', 'text', required)
    .addColumn('created_ms', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('updated_ms', 'bigint', required)
    .addColumn('updated_by', 'text', required)
    .execute()
  await withSerialId(db.schema.createTable('dashboard_versions'), kind)
    .addColumn('dashboard_uid', 'text', required)
    .addColumn('version', 'integer', required)
    .addColumn('parent_version', 'integer', required)
    .addColumn('restored_from', 'integer', required)
    .addColumn('created_ms', 'bigint', required)
    .addColumn('created_by', 'text', required)
    .addColumn('message', 'text', required)
    .addColumn('json', 'text', required)
    .addUniqueConstraint('dashboard_versions_key', ['dashboard_uid', 'version'])
    .execute()
  await db.schema
    .createTable('stars')
    .addColumn('user_id', 'bigint', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('dashboard_uid', 'text', required)
    .addPrimaryKeyConstraint('stars_key', ['user_id', 'dashboard_uid'])
    .execute()
  await db.schema
    .createTable('preferences')
    .addColumn('owner', 'text', (column) => column.primaryKey())
    .addColumn('settings', 'text', required)
    .execute()
  await createAnnotations(db, kind)
}

async function createAnnotations(
  db: Parameters<Migration['up']>[0],
  kind: DatabaseKind,
): Promise<void> {
  await withSerialId(db.schema.createTable('annotations'), kind)
    .addColumn('dashboard_uid', 'text', required)
    .addColumn('panel_id', 'bigint', required)
    .addColumn('time_ms', 'bigint', required)
    .addColumn('time_end_ms', 'bigint', required)
    .addColumn('text', 'text', required)
    .addColumn('created_by', 'text', required)
    .addColumn('user_id', 'bigint', required)
    .addColumn('created_ms', 'bigint', required)
    .addColumn('updated_ms', 'bigint', required)
    .execute()
  await db.schema
    .createIndex('annotations_time')
    .on('annotations')
    .columns(['time_ms', 'time_end_ms'])
    .execute()
  await db.schema
    .createTable('annotation_tags')
    .addColumn('annotation_id', 'bigint', (column) =>
      column.notNull().references('annotations.id').onDelete('cascade'),
    )
    .addColumn('tag', 'text', required)
    .addPrimaryKeyConstraint('annotation_tags_key', ['annotation_id', 'tag'])
    .execute()
  await db.schema.createIndex('annotation_tags_tag').on('annotation_tags').column('tag').execute()
}

export const DASHBOARDS_MIGRATIONS: FeatureMigrations = {
  feature: 'dashboards',
  migrations: [{ version: 1, up: createTables }],
}
