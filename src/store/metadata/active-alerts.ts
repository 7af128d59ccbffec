import { sql, type Selectable } from 'kysely'
import { Labels } from '../../model/labels.ts'
import { textListColumn } from './json-columns.ts'
import type { DatabaseKind, Metadata } from './metadata.ts'
import type { ActiveAlertTable } from './tables-alerting.ts'

/** An alert that was accepted and is not over yet. */
export interface StoredAlert {
  /** 16 hexadecimal digits. */
  readonly fingerprint: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly startsAtMs: number
  readonly endsAtMs: number
  readonly updatedAtMs: number
  /** Nobody said when it ends: `endsAtMs` is when it does unless it is sent again. */
  readonly isTimeout: boolean
  readonly generatorUrl: string
}

export async function listActiveAlerts({ db }: Metadata): Promise<readonly StoredAlert[]> {
  return (await db.selectFrom('active_alerts').selectAll().execute()).map(toAlert)
}

/**
 * Alerts that were written since a moment, as `readAlertingVersions` told it, and perhaps a few of before. Only in PostgreSQL, where
 * others write too.
 */
export async function listAlertsChangedSince(
  { db }: Metadata,
  horizon: number,
): Promise<readonly StoredAlert[]> {
  const rows = await db
    .selectFrom('active_alerts')
    .selectAll()
    .where('changed', '>=', horizon)
    .execute()
  return rows.map(toAlert)
}

/** SQLite takes at most 32,766 values in a statement; PostgreSQL 65,535. */
const ROWS_PER_STATEMENT = 500

/** Adds or replaces some alerts and forgets others, all or none. */
export async function saveActiveAlerts(
  { db, kind }: Metadata,
  alerts: readonly StoredAlert[],
  forgotten: readonly string[],
): Promise<void> {
  // In one order, so that members of a cluster that write the same alerts wait for each other and not in a circle.
  const ordered = alerts.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
  await db.transaction().execute(async (transaction) => {
    for (let i = 0; i < ordered.length; i += ROWS_PER_STATEMENT) {
      await transaction
        .insertInto('active_alerts')
        .values(ordered.slice(i, i + ROWS_PER_STATEMENT).map((alert) => toRow(alert, kind)))
        .onConflict((conflict) =>
          conflict.column('fingerprint').doUpdateSet((excluded) => ({
            labels: excluded.ref('excluded.labels'),
            annotations: excluded.ref('excluded.annotations'),
            starts_ms: excluded.ref('excluded.starts_ms'),
            ends_ms: excluded.ref('excluded.ends_ms'),
            updated_ms: excluded.ref('excluded.updated_ms'),
            is_timeout: excluded.ref('excluded.is_timeout'),
            generator_url: excluded.ref('excluded.generator_url'),
            changed: excluded.ref('excluded.changed'),
          })),
        )
        .execute()
    }
    for (let i = 0; i < forgotten.length; i += ROWS_PER_STATEMENT) {
      await transaction
        .deleteFrom('active_alerts')
        .where('fingerprint', 'in', forgotten.slice(i, i + ROWS_PER_STATEMENT))
        .execute()
    }
  })
}

function toAlert(row: Selectable<ActiveAlertTable>): StoredAlert {
  return {
    fingerprint: row.fingerprint,
    labels: toLabels(row.labels),
    annotations: toLabels(row.annotations),
    startsAtMs: row.starts_ms,
    endsAtMs: row.ends_ms,
    updatedAtMs: row.updated_ms,
    isTimeout: row.is_timeout !== 0,
    generatorUrl: row.generator_url,
  }
}

function toRow(alert: StoredAlert, kind: DatabaseKind) {
  return {
    fingerprint: alert.fingerprint,
    labels: JSON.stringify(alert.labels.flat),
    annotations: JSON.stringify(alert.annotations.flat),
    starts_ms: alert.startsAtMs,
    ends_ms: alert.endsAtMs,
    updated_ms: alert.updatedAtMs,
    is_timeout: alert.isTimeout ? 1 : 0,
    generator_url: alert.generatorUrl,
    changed: kind === 'postgres' ? sql<number>`txid_current()` : 0,
  }
}

function toLabels(text: string): Labels {
  return Labels.fromSortedFlat(textListColumn(text))
}
