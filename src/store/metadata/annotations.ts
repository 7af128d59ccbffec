import { sql, type Selectable } from 'kysely'
import type { Metadata } from './metadata.ts'
import type { AnnotationTable } from './tables-dashboards.ts'

/** A note at a moment or a span of time, which panels show. */
export interface StoredAnnotation {
  readonly id: number
  /** '' for one that every dashboard may show. */
  readonly dashboardUid: string
  /** 0 for none. */
  readonly panelId: number
  /** Both inclusive, and equal for a moment. */
  readonly timeMs: number
  readonly timeEndMs: number
  readonly text: string
  readonly tags: readonly string[]
  readonly createdBy: string
  /** 0 for one that no user made. */
  readonly userId: number
  readonly createdMs: number
  readonly updatedMs: number
}

export type NewAnnotation = Omit<StoredAnnotation, 'id' | 'createdMs' | 'updatedMs'>

export interface AnnotationQuery {
  /** Those that overlap this range. */
  readonly fromMs?: number
  readonly toMs?: number
  readonly dashboardUid?: string
  readonly panelId?: number
  readonly userId?: number
  readonly tags?: readonly string[]
  /** One of the tags is enough; otherwise all are needed. */
  readonly matchAny?: boolean
  readonly limit: number
}

/** Those that fit, the newest first. */
export async function selectAnnotations(
  { db }: Metadata,
  query: AnnotationQuery,
): Promise<readonly StoredAnnotation[]> {
  const { fromMs, toMs, dashboardUid, panelId, userId, tags = [], matchAny = false } = query
  const wanted = [...new Set(tags)]
  let rows = db.selectFrom('annotations').selectAll()
  if (fromMs !== undefined) rows = rows.where('time_end_ms', '>=', fromMs)
  if (toMs !== undefined) rows = rows.where('time_ms', '<=', toMs)
  if (dashboardUid !== undefined) rows = rows.where('dashboard_uid', '=', dashboardUid)
  if (panelId !== undefined) rows = rows.where('panel_id', '=', panelId)
  if (userId !== undefined) rows = rows.where('user_id', '=', userId)
  if (wanted.length > 0) {
    rows = rows.where('id', 'in', (from) =>
      from
        .selectFrom('annotation_tags')
        .select('annotation_id')
        .where('tag', 'in', wanted)
        .groupBy('annotation_id')
        .having((each) => each.fn.countAll(), '>=', matchAny ? 1 : wanted.length),
    )
  }
  const found = await rows
    .orderBy('time_end_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit)
    .execute()
  const tagsOf = await findTags(
    { db },
    found.map(({ id }) => id),
  )
  return found.map((row) => toAnnotation(row, tagsOf.get(row.id) ?? []))
}

/** The annotation of an id. */
export async function findAnnotation(
  { db }: Metadata,
  id: number,
): Promise<StoredAnnotation | undefined> {
  const row = await db.selectFrom('annotations').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return undefined
  return toAnnotation(row, (await findTags({ db }, [id])).get(id) ?? [])
}

/** Adds an annotation; resolves to its id. */
export async function insertAnnotation(
  { db }: Metadata,
  annotation: NewAnnotation,
  nowMs: number,
): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const { id } = await transaction
      .insertInto('annotations')
      .values({
        dashboard_uid: annotation.dashboardUid,
        panel_id: annotation.panelId,
        time_ms: annotation.timeMs,
        time_end_ms: annotation.timeEndMs,
        text: annotation.text,
        created_by: annotation.createdBy,
        user_id: annotation.userId,
        created_ms: nowMs,
        updated_ms: nowMs,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await insertTags({ db: transaction }, id, annotation.tags)
    return id
  })
}

/** Changes what can be changed of an annotation; false when it is gone. */
export async function updateAnnotation(
  { db }: Metadata,
  id: number,
  change: Pick<StoredAnnotation, 'timeMs' | 'timeEndMs' | 'text' | 'tags'>,
  nowMs: number,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable('annotations')
      .set({
        ...{ time_ms: change.timeMs, time_end_ms: change.timeEndMs },
        ...{ text: change.text, updated_ms: nowMs },
      })
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    if (row === undefined) return false
    await transaction.deleteFrom('annotation_tags').where('annotation_id', '=', id).execute()
    await insertTags({ db: transaction }, id, change.tags)
    return true
  })
}

/** Removes an annotation; false when it is gone. */
export async function deleteAnnotation({ db }: Metadata, id: number): Promise<boolean> {
  const row = await db
    .deleteFrom('annotations')
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Removes those of one panel; resolves to how many there were. */
export async function deleteAnnotationsOf(
  { db }: Metadata,
  dashboardUid: string,
  panelId: number,
): Promise<number> {
  const rows = await db
    .deleteFrom('annotations')
    .where('dashboard_uid', '=', dashboardUid)
    .where('panel_id', '=', panelId)
    .returning('id')
    .execute()
  return rows.length
}

/** The tags that annotations have, with how many have each, the most frequent first. */
export async function countTags(
  { db }: Metadata,
  { contains, limit }: { readonly contains: string; readonly limit: number },
): Promise<readonly { readonly tag: string; readonly count: number }[]> {
  const rows = await db
    .selectFrom('annotation_tags')
    .select((each) => ['tag', each.fn.countAll().as('count')])
    .where(sql<string>`lower(tag)`, 'like', `%${escapeLike(contains.toLowerCase())}%`)
    .groupBy('tag')
    .orderBy('count', 'desc')
    .orderBy('tag')
    .limit(limit)
    .execute()
  return rows.map(({ tag, count }) => ({ tag, count: Number(count) }))
}

/** Only letters, digits and what means nothing to `like` stay as they are; the rest stands for any one character. */
function escapeLike(text: string): string {
  return text.replaceAll(/[%\\]/g, '_')
}

type Db = Pick<Metadata, 'db'>

async function findTags(
  { db }: Db,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('annotation_tags')
    .selectAll()
    .where('annotation_id', 'in', ids)
    .execute()
  const byId = new Map<number, string[]>()
  for (const { annotation_id: id, tag } of rows) {
    const tags = byId.get(id)
    if (tags === undefined) byId.set(id, [tag])
    else tags.push(tag)
  }
  return byId
}

async function insertTags({ db }: Db, id: number, tags: readonly string[]): Promise<void> {
  const rows = [...new Set(tags)].map((tag) => ({ annotation_id: id, tag }))
  if (rows.length > 0) await db.insertInto('annotation_tags').values(rows).execute()
}

function toAnnotation(row: Selectable<AnnotationTable>, tags: readonly string[]): StoredAnnotation {
  return {
    id: row.id,
    dashboardUid: row.dashboard_uid,
    panelId: row.panel_id,
    timeMs: row.time_ms,
    timeEndMs: row.time_end_ms,
    text: row.text,
    tags: tags.toSorted(),
    createdBy: row.created_by,
    userId: row.user_id,
    createdMs: row.created_ms,
    updatedMs: row.updated_ms,
  }
}
