import type { Selectable } from 'kysely'
import type { MatchOp } from '../../model/matcher.ts'
import { listColumn, textsColumn } from './json-columns.ts'
import type { Metadata } from './metadata.ts'
import type { SilenceTable } from './tables-alerting.ts'

/** A silence as it is kept. */
export interface StoredSilence {
  readonly id: string
  readonly matchers: readonly StoredMatcher[]
  readonly startsAtMs: number
  readonly endsAtMs: number
  readonly updatedAtMs: number
  readonly createdBy: string
  readonly comment: string
  readonly annotations: Readonly<Record<string, string>>
}

export interface StoredMatcher {
  readonly name: string
  readonly op: MatchOp
  readonly value: string
}

export async function listSilences({ db }: Metadata): Promise<readonly StoredSilence[]> {
  return (await db.selectFrom('silences').selectAll().execute()).map(toSilence)
}

/** Adds silences, or changes those that are there, all or none. */
export async function saveSilences(
  { db }: Metadata,
  silences: readonly StoredSilence[],
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const silence of silences) {
      const { id, ...changed } = toRow(silence)
      await transaction
        .insertInto('silences')
        .values({ id, ...changed })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(changed))
        .execute()
    }
  })
}

/** Forgets the silences that ended before a time. */
export async function deleteSilencesBefore({ db }: Metadata, endedMs: number): Promise<void> {
  await db.deleteFrom('silences').where('ends_ms', '<', endedMs).execute()
}

function toRow(silence: StoredSilence): SilenceTable {
  return {
    id: silence.id,
    matchers: JSON.stringify(silence.matchers),
    starts_ms: silence.startsAtMs,
    ends_ms: silence.endsAtMs,
    updated_ms: silence.updatedAtMs,
    created_by: silence.createdBy,
    comment: silence.comment,
    annotations: JSON.stringify(silence.annotations),
  }
}

function toSilence(row: Selectable<SilenceTable>): StoredSilence {
  return {
    id: row.id,
    matchers: listColumn(row.matchers).map(toMatcher),
    startsAtMs: row.starts_ms,
    endsAtMs: row.ends_ms,
    updatedAtMs: row.updated_ms,
    createdBy: row.created_by,
    comment: row.comment,
    annotations: textsColumn(row.annotations),
  }
}

function toMatcher(json: unknown): StoredMatcher {
  const { name = '', op = '', value = '' } = textsColumn(JSON.stringify(json))
  return { name, op: op === '!=' || op === '=~' || op === '!~' ? op : '=', value }
}
