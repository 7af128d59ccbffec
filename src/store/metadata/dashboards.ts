import type { Selectable, Transaction } from 'kysely'
import type { Change } from './folders.ts'
import type { Metadata } from './metadata.ts'
import type { DashboardTable, DashboardVersionTable } from './tables-dashboards.ts'
import type { MetadataTables } from './tables.ts'

/** What lists and searches show of a dashboard. */
export interface StoredDashboardHead {
  /** Grafana's number, which older clients use. */
  readonly id: number
  readonly uid: string
  /** '' for none. */
  readonly folderUid: string
  readonly title: string
  readonly tags: readonly string[]
  /** Counts up with each change, from 1. */
  readonly version: number
  /** SHA-256 of the file that this one stands in front of; '' for one without a file. */
  readonly fileHash: string
  readonly createdMs: number
  readonly createdBy: string
  readonly updatedMs: number
  readonly updatedBy: string
}

export interface StoredDashboard extends StoredDashboardHead {
  /** The JSON, as it was saved. */
  readonly json: string
}

/** One version of a dashboard, without its JSON. */
export interface StoredVersionHead {
  readonly id: number
  readonly version: number
  readonly parentVersion: number
  /** 0 for one that was not restored. */
  readonly restoredFrom: number
  readonly createdMs: number
  readonly createdBy: string
  readonly message: string
}

export interface StoredVersion extends StoredVersionHead {
  readonly json: string
}

export interface DashboardWrite {
  readonly uid: string
  readonly folderUid: string
  readonly title: string
  readonly tags: readonly string[]
  readonly json: string
  readonly fileHash: string
  readonly message: string
  /** 0 for what was not restored from an older version. */
  readonly restoredFrom: number
}

/** As Grafana's `versions_to_keep`. */
const KEPT_VERSIONS = 20

const HEAD_COLUMNS = [
  ...(['id', 'uid', 'folder_uid', 'title', 'tags', 'version', 'file_hash'] as const),
  ...(['created_ms', 'created_by', 'updated_ms', 'updated_by'] as const),
] as const

/** Every dashboard, in the order in which they were made. */
export async function listDashboards({ db }: Metadata): Promise<readonly StoredDashboardHead[]> {
  const rows = await db.selectFrom('dashboards').select(HEAD_COLUMNS).orderBy('id').execute()
  return rows.map(toHead)
}

/** The dashboard of a uid. */
export async function findDashboard(
  { db }: Metadata,
  uid: string,
): Promise<StoredDashboard | undefined> {
  const row = await db
    .selectFrom('dashboards')
    .selectAll()
    .where('uid', '=', uid)
    .executeTakeFirst()
  return row && { ...toHead(row), json: row.json }
}

/**
 * Adds a dashboard with its first version, which is number 1, or one more than that of the file that it stands in front of;
 * undefined when there is one of this uid.
 */
export async function insertDashboard(
  { db }: Metadata,
  write: DashboardWrite,
  { by, atMs }: Change,
  parentVersion = 0,
): Promise<StoredDashboardHead | undefined> {
  const version = parentVersion + 1
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .insertInto('dashboards')
      .values({
        ...toColumns(write),
        ...{ uid: write.uid, version },
        ...{ created_ms: atMs, created_by: by, updated_ms: atMs, updated_by: by },
      })
      .onConflict((conflict) => conflict.column('uid').doNothing())
      .returning(HEAD_COLUMNS)
      .executeTakeFirst()
    if (row === undefined) return undefined
    await insertVersion(transaction, write, { version, parentVersion }, { by, atMs })
    return toHead(row)
  })
}

/**
 * Changes a dashboard that still has this version, and keeps what it is now as one more version; undefined, and nothing happens,
 * when it has another version or is gone. A new `uid` takes its history along.
 */
export async function updateDashboard(
  { db }: Metadata,
  dashboard: Pick<StoredDashboardHead, 'uid' | 'version'>,
  write: DashboardWrite,
  { by, atMs }: Change,
): Promise<StoredDashboardHead | undefined> {
  const version = dashboard.version + 1
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable('dashboards')
      .set({
        ...toColumns(write),
        ...{ uid: write.uid, version, updated_ms: atMs, updated_by: by },
      })
      .where('uid', '=', dashboard.uid)
      .where('version', '=', dashboard.version)
      .returning(HEAD_COLUMNS)
      .executeTakeFirst()
    if (row === undefined) return undefined
    if (write.uid !== dashboard.uid) await rename(transaction, dashboard.uid, write.uid)
    const numbers = { version, parentVersion: dashboard.version }
    await insertVersion(transaction, write, numbers, { by, atMs })
    await transaction
      .deleteFrom('dashboard_versions')
      .where('dashboard_uid', '=', write.uid)
      .where('version', '<=', version - KEPT_VERSIONS)
      .execute()
    return toHead(row)
  })
}

/** Removes a dashboard with its versions, and its stars and annotations unless they are to be kept. */
export async function deleteDashboard(
  { db }: Metadata,
  uid: string,
  options: { readonly keepsMarks: boolean },
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .deleteFrom('dashboards')
      .where('uid', '=', uid)
      .returning('uid')
      .executeTakeFirst()
    if (row === undefined) return false
    await transaction.deleteFrom('dashboard_versions').where('dashboard_uid', '=', uid).execute()
    if (options.keepsMarks) return true
    await transaction.deleteFrom('stars').where('dashboard_uid', '=', uid).execute()
    await transaction.deleteFrom('annotations').where('dashboard_uid', '=', uid).execute()
    return true
  })
}

/** The versions of a dashboard, the newest first. */
export async function listVersions(
  { db }: Metadata,
  uid: string,
): Promise<readonly StoredVersionHead[]> {
  const rows = await db
    .selectFrom('dashboard_versions')
    .select(['id', 'version', 'parent_version', 'restored_from'])
    .select(['created_ms', 'created_by', 'message'])
    .where('dashboard_uid', '=', uid)
    .orderBy('version', 'desc')
    .execute()
  return rows.map(toVersionHead)
}

/** One version of a dashboard. */
export async function findVersion(
  { db }: Metadata,
  uid: string,
  version: number,
): Promise<StoredVersion | undefined> {
  const row = await db
    .selectFrom('dashboard_versions')
    .selectAll()
    .where('dashboard_uid', '=', uid)
    .where('version', '=', version)
    .executeTakeFirst()
  return row && { ...toVersionHead(row), json: row.json }
}

/** The uids of what a user has starred. */
export async function listStars({ db }: Metadata, userId: number): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('stars')
    .select('dashboard_uid')
    .where('user_id', '=', userId)
    .execute()
  return new Set(rows.map((row) => row.dashboard_uid))
}

/** Stars a dashboard, or takes the star away. */
export async function setStar(
  { db }: Metadata,
  userId: number,
  uid: string,
  isStarred: boolean,
): Promise<void> {
  if (!isStarred) {
    await db
      .deleteFrom('stars')
      .where('user_id', '=', userId)
      .where('dashboard_uid', '=', uid)
      .execute()
    return
  }
  await db
    .insertInto('stars')
    .values({ user_id: userId, dashboard_uid: uid })
    .onConflict((conflict) => conflict.columns(['user_id', 'dashboard_uid']).doNothing())
    .execute()
}

/** The settings of a user or of everybody, as JSON; undefined when there are none. */
export async function findPreferences(
  { db }: Metadata,
  owner: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('preferences')
    .select('settings')
    .where('owner', '=', owner)
    .executeTakeFirst()
  return row?.settings
}

export async function savePreferences(
  { db }: Metadata,
  owner: string,
  settings: string,
): Promise<void> {
  await db
    .insertInto('preferences')
    .values({ owner, settings })
    .onConflict((conflict) => conflict.column('owner').doUpdateSet({ settings }))
    .execute()
}

type Db = Transaction<MetadataTables>

async function insertVersion(
  db: Db,
  write: DashboardWrite,
  { version, parentVersion }: { readonly version: number; readonly parentVersion: number },
  { by, atMs }: Change,
): Promise<void> {
  await db
    .insertInto('dashboard_versions')
    .values({
      ...{ dashboard_uid: write.uid, version, parent_version: parentVersion },
      ...{ restored_from: write.restoredFrom, created_ms: atMs, created_by: by },
      ...{ message: write.message, json: write.json },
    })
    .execute()
}

async function rename(db: Db, from: string, to: string): Promise<void> {
  const renamed = { dashboard_uid: to }
  for (const table of ['dashboard_versions', 'stars', 'annotations'] as const) {
    await db.updateTable(table).set(renamed).where('dashboard_uid', '=', from).execute()
  }
}

function toColumns(write: DashboardWrite) {
  return {
    folder_uid: write.folderUid,
    title: write.title,
    tags: JSON.stringify(write.tags),
    json: write.json,
    file_hash: write.fileHash,
  }
}

function toHead(
  row: Pick<Selectable<DashboardTable>, (typeof HEAD_COLUMNS)[number]>,
): StoredDashboardHead {
  const tags: unknown = JSON.parse(row.tags)
  return {
    id: row.id,
    uid: row.uid,
    folderUid: row.folder_uid,
    title: row.title,
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
    version: row.version,
    fileHash: row.file_hash,
    createdMs: row.created_ms,
    createdBy: row.created_by,
    updatedMs: row.updated_ms,
    updatedBy: row.updated_by,
  }
}

function toVersionHead(
  row: Omit<Selectable<DashboardVersionTable>, 'json' | 'dashboard_uid'>,
): StoredVersionHead {
  return {
    id: row.id,
    version: row.version,
    parentVersion: row.parent_version,
    restoredFrom: row.restored_from,
    createdMs: row.created_ms,
    createdBy: row.created_by,
    message: row.message,
  }
}
