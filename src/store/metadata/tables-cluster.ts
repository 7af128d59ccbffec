import { required } from './columns.ts'
import type { FeatureMigrations, Migration } from './migrate.ts'

/** Into so many pieces the work of a cluster is divided. Stored with the leases: it never changes. */
export const SHARD_COUNT = 64

export interface ClusterTables {
  cluster_members: ClusterMemberTable
  cluster_leases: ClusterLeaseTable
  cluster_reports: ClusterReportTable
}

/** The running Vedettes that share this database. */
export interface ClusterMemberTable {
  /** A UUID of the process. */
  id: string
  name: string
  version: string
  /** Where it answers the Prometheus API; '' when it does not. */
  url: string
  /** Of what the configuration says about shared work. */
  config_hash: string
  started_ms: number
  /** Counts up with each sign of life: others see by it, on clocks of their own, whether it lives. */
  beat: number
  /** By the database's clock; for people. */
  seen_ms: number
}

/** Who does which piece of the work. */
export interface ClusterLeaseTable {
  shard: number
  /** A member; '' for nobody. */
  holder: string
  /** Counts up each time the shard goes to somebody. */
  fence: number
  /** Counts up each time the holder renews it or it changes hands. */
  beat: number
  /** Since when the holder has it, and when it was last renewed or given back; by the database's clock, for people and for hints. */
  since_ms: number
  touched_ms: number
}

/** What members tell each other of their share of the work, so that each can show the whole. */
export interface ClusterReportTable {
  member: string
  /** JSON. */
  body: string
}

async function createTables(db: Parameters<Migration['up']>[0]): Promise<void> {
  await db.schema
    .createTable('cluster_members')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', required)
    .addColumn('version', 'text', required)
    .addColumn('url', 'text', required)
    .addColumn('config_hash', 'text', required)
    .addColumn('started_ms', 'bigint', required)
    .addColumn('beat', 'bigint', required)
    .addColumn('seen_ms', 'bigint', required)
    .execute()
  await db.schema
    .createTable('cluster_leases')
    .addColumn('shard', 'integer', (column) => column.primaryKey())
    .addColumn('holder', 'text', required)
    .addColumn('fence', 'bigint', required)
    .addColumn('beat', 'bigint', required)
    .addColumn('since_ms', 'bigint', required)
    .addColumn('touched_ms', 'bigint', required)
    .execute()
  const free = { holder: '', fence: 0, beat: 0, since_ms: 0, touched_ms: 0 }
  await db
    .insertInto('cluster_leases')
    .values(Array.from({ length: SHARD_COUNT }, (_, shard) => ({ shard, ...free })))
    .execute()
}

async function createReports(db: Parameters<Migration['up']>[0]): Promise<void> {
  await db.schema
    .createTable('cluster_reports')
    .addColumn('member', 'text', (column) => column.primaryKey())
    .addColumn('body', 'text', required)
    .execute()
}

export const CLUSTER_MIGRATIONS: FeatureMigrations = {
  feature: 'cluster',
  migrations: [
    { version: 1, up: createTables },
    { version: 2, up: createReports },
  ],
}
