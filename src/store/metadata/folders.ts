import type { Selectable } from 'kysely'
import type { Metadata } from './metadata.ts'
import type { FolderTable } from './tables-dashboards.ts'

/** A folder of dashboards. */
export interface StoredFolder {
  /** Grafana's number, which older clients use. */
  readonly id: number
  readonly uid: string
  /** '' at the top. */
  readonly parentUid: string
  readonly title: string
  readonly description: string
  /** Counts up with each change, from 1. */
  readonly version: number
  readonly createdMs: number
  readonly createdBy: string
  readonly updatedMs: number
  readonly updatedBy: string
}

export type NewFolder = Pick<StoredFolder, 'uid' | 'parentUid' | 'title' | 'description'>

/** Who changes something, and when. */
export interface Change {
  readonly by: string
  readonly atMs: number
}

/** Every folder, in the order in which they were made. */
export async function listFolders({ db }: Metadata): Promise<readonly StoredFolder[]> {
  return (await db.selectFrom('folders').selectAll().orderBy('id').execute()).map(toFolder)
}

/** Adds a folder; undefined when there is one of this uid. */
export async function insertFolder(
  { db }: Metadata,
  folder: NewFolder,
  { by, atMs }: Change,
): Promise<StoredFolder | undefined> {
  const { uid, parentUid, title, description } = folder
  const row = await db
    .insertInto('folders')
    .values({
      ...{ uid, title, description, parent_uid: parentUid, version: 1 },
      ...{ created_ms: atMs, created_by: by, updated_ms: atMs, updated_by: by },
    })
    .onConflict((conflict) => conflict.column('uid').doNothing())
    .returningAll()
    .executeTakeFirst()
  return row && toFolder(row)
}

/** Changes a folder that still has this version; undefined, and nothing happens, when it has another or is gone. */
export async function updateFolder(
  { db }: Metadata,
  folder: Pick<StoredFolder, 'uid' | 'version'>,
  change: Pick<NewFolder, 'parentUid' | 'title' | 'description'>,
  { by, atMs }: Change,
): Promise<StoredFolder | undefined> {
  const { parentUid, title, description } = change
  const row = await db
    .updateTable('folders')
    .set({
      ...{ title, description, parent_uid: parentUid, version: folder.version + 1 },
      ...{ updated_ms: atMs, updated_by: by },
    })
    .where('uid', '=', folder.uid)
    .where('version', '=', folder.version)
    .returningAll()
    .executeTakeFirst()
  return row && toFolder(row)
}

/** Removes folders with the dashboards in them, all or none. */
export async function deleteFolders({ db }: Metadata, uids: readonly string[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const dashboards = await transaction
      .deleteFrom('dashboards')
      .where('folder_uid', 'in', uids)
      .returning('uid')
      .execute()
    for (const { uid } of dashboards) {
      await transaction.deleteFrom('dashboard_versions').where('dashboard_uid', '=', uid).execute()
      await transaction.deleteFrom('stars').where('dashboard_uid', '=', uid).execute()
      await transaction.deleteFrom('annotations').where('dashboard_uid', '=', uid).execute()
    }
    await transaction.deleteFrom('folders').where('uid', 'in', uids).execute()
  })
}

function toFolder(row: Selectable<FolderTable>): StoredFolder {
  return {
    id: row.id,
    uid: row.uid,
    parentUid: row.parent_uid,
    title: row.title,
    description: row.description,
    version: row.version,
    createdMs: row.created_ms,
    createdBy: row.created_by,
    updatedMs: row.updated_ms,
    updatedBy: row.updated_by,
  }
}
