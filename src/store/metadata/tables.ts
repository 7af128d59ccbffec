import { ACCESS_MIGRATIONS, type AccessTables } from './tables-access.ts'
import { ALERTING_MIGRATIONS, type AlertingTables } from './tables-alerting.ts'
import { CLUSTER_MIGRATIONS, type ClusterTables } from './tables-cluster.ts'
import { DASHBOARDS_MIGRATIONS, type DashboardsTables } from './tables-dashboards.ts'
import { LINE_DELETIONS_MIGRATIONS, type LineDeletionsTables } from './tables-line-deletions.ts'
import type { FeatureMigrations } from './migrate.ts'

/** Every table of the metadata database, from the features that own them. */
export interface MetadataTables
  extends AccessTables, AlertingTables, ClusterTables, DashboardsTables, LineDeletionsTables {
  schema_versions: SchemaVersionRow
}

export interface SchemaVersionRow {
  feature: string
  version: number
  applied_ms: number
}

/** The migrations of every feature, in the order in which tables may refer to each other. */
export const FEATURES: readonly FeatureMigrations[] = [
  ACCESS_MIGRATIONS,
  ALERTING_MIGRATIONS,
  DASHBOARDS_MIGRATIONS,
  LINE_DELETIONS_MIGRATIONS,
  CLUSTER_MIGRATIONS,
]
