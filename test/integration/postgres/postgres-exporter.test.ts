import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresCollector } from '../../../src/collect/postgres/collect.ts'
import { readPostgres } from '../../../src/collect/postgres/postgres-section.ts'
import { encodeText } from '../../../src/formats/prometheus-text/encode.ts'
import { FaultList } from '../../../src/yaml/fault.ts'
import { Cluster, findPostgres } from './cluster.ts'
import { comparePages, parsePage, type ParsedPage } from './compare-pages.ts'
import { hasExporter, startExporter } from './exporter.ts'

const programs = findPostgres()
const canRun = programs !== undefined && hasExporter()
if (!canRun)
  console.log(
    'skipped: PostgreSQL and prometheus-postgres-exporter of Debian are not both installed',
  )

/** What we do differently on purpose, or have not. */
const KNOWN: ReadonlySet<string> = new Set([
  // The program itself.
  'postgres_exporter_build_info',
  // Its driver changes this in its own session.
  'pg_settings_extra_float_digits',
  // It writes the process id where the name of the slot belongs.
  'pg_stat_replication_pg_current_wal_lsn_bytes',
  'pg_stat_replication_pg_wal_lsn_diff',
  'pg_stat_replication_reply_time',
])

describe.skipIf(!canRun)('the metrics of PostgreSQL beside those of postgres_exporter', () => {
  let primary: Cluster
  let replica: Cluster
  beforeAll(async () => {
    if (programs === undefined) return
    primary = await Cluster.start(programs, ["shared_preload_libraries = 'pg_stat_statements'"])
    primary.sql('CREATE EXTENSION pg_stat_statements')
    primary.sql('CREATE DATABASE shop')
    const rows = 'SELECT g, repeat(md5(g::text), 20) FROM generate_series(1, 2000) g'
    primary.sql(`CREATE TABLE orders (id int PRIMARY KEY, note text); INSERT INTO orders ${rows}`)
    replica = await Cluster.replicate(primary, programs)
    primary.sql('UPDATE orders SET note = NULL WHERE id < 500; ANALYZE orders')
  }, 120_000)
  afterAll(async () => {
    await replica?.stop()
    await primary?.stop()
  })

  /** Their page, ours, and theirs again, each program having asked before. */
  async function readBoth(
    cluster: Cluster,
    env: Readonly<Record<string, string>> = {},
  ): Promise<readonly [ParsedPage, ParsedPage, ParsedPage]> {
    const faults = new FaultList()
    const settings = readPostgres({
      ...{ node: undefined, isPresent: false, faults },
      env: { DATA_SOURCE_NAME: cluster.dsn(), ...env },
    })
    if (settings === undefined) throw new Error('the environment names no server')
    const collector = createPostgresCollector({ settings: () => settings, tell: () => {} })
    const own = async (): Promise<string> =>
      encodeText(await collector.collect(new AbortController().signal))
    const exporter = await startExporter(cluster.dsn(), env)
    try {
      await exporter.page()
      await own()
      const pages = [await exporter.page(), await own(), await exporter.page()] as const
      return [parsePage(pages[0]), parsePage(pages[1]), parsePage(pages[2])]
    } finally {
      await exporter.stop()
      await collector.stop()
    }
  }

  function expectAgreement(pages: readonly [ParsedPage, ParsedPage, ParsedPage]): void {
    const compared = comparePages(...pages)
    const differing = [...compared].filter(([, difference]) => difference !== '')
    const share = 1 - differing.length / compared.size
    expect(compared.size).toBeGreaterThan(250)
    expect(differing.filter(([name]) => !KNOWN.has(name))).toEqual([])
    expect(share).toBeGreaterThan(0.97)
  }

  it('agree on a primary', async () => {
    expectAgreement(await readBoth(primary))
  }, 60_000)

  it('agree on a replica', async () => {
    expectAgreement(await readBoth(replica))
  }, 60_000)

  it('agree in custom queries, with labels and a prefix of their own', async () => {
    const file = join(primary.folder, 'queries.yaml')
    writeFileSync(file, CUSTOM)
    const pages = await readBoth(primary, {
      PG_EXPORTER_EXTEND_QUERY_PATH: file,
      PG_EXPORTER_CONSTANT_LABELS: 'region=north',
      PG_EXPORTER_DISABLE_SETTINGS_METRICS: 'true',
    })
    const compared = [...comparePages(...pages)].filter(([name]) =>
      /^(?:shop|pg_replication)/.test(name),
    )
    expect(compared.length).toBeGreaterThan(8)
    expect(compared.filter(([, difference]) => difference !== '')).toEqual([])
    expect([...(pages[1].series.get('shop_orders_rows') ?? [])]).toEqual([
      [`kind=all, region=north, server=${primary.folder}:5432`, 2000],
    ])
  }, 60_000)

  it('have the collectors of 0.15 under their own names', async () => {
    const [, own] = await readBoth(primary)
    const [, ofReplica] = await readBoth(replica)
    for (const name of LATER) expect([...own.series.keys()]).toContain(name)
    expect(own.series.get('pg_replication_is_replica')?.get('')).toBe(0)
    expect(ofReplica.series.get('pg_replication_is_replica')?.get('')).toBe(1)
    expect([...(ofReplica.series.get('pg_stat_wal_receiver_flushed_lsn') ?? [])]).toHaveLength(1)
    const statements = own.series.get('pg_stat_statements_calls_total') ?? new Map<string, number>()
    expect(Math.max(...statements.values())).toBeGreaterThan(0)
    const table = 'datname=postgres, relname=orders, schemaname=public'
    expect(own.series.get('pg_stat_user_tables_n_tup_ins')?.get(table)).toBe(2000)
    expect(own.series.get('pg_stat_user_tables_size_bytes')?.get(table)).toBeGreaterThan(1e6)
  }, 60_000)
})

const CUSTOM = `
pg_replication:
  query: "SELECT 0.5 AS lag"
  master: true
  metrics:
    - lag: {usage: "GAUGE", description: "Lag"}
shop_orders:
  query: "SELECT 'all' AS kind, count(*) AS rows, count(note) AS noted, 7 AS hidden, 3 AS unnamed, true AS flag, NULL::int AS absent, 'text' AS words FROM orders"
  cache_seconds: 30
  metrics:
    - kind: {usage: "LABEL", description: "Kind"}
    - rows: {usage: "GAUGE", description: "Rows"}
    - noted: {usage: "COUNTER", description: "Rows with a note"}
    - hidden: {usage: "DISCARD", description: "Nothing"}
    - flag: {usage: "GAUGE", description: "A flag"}
    - absent: {usage: "GAUGE", description: "NULL"}
shop_wait:
  query: "SELECT ARRAY[1, 5, 10] AS seconds, ARRAY[2, 3, 3] AS seconds_bucket, 12.5::float8 AS seconds_sum, 4 AS seconds_count"
  metrics:
    - seconds: {usage: "HISTOGRAM", description: "How long orders wait"}
`

/** One family of each of its collectors that a primary on this version has something for. */
const LATER = [
  'pg_database_size_bytes',
  'pg_database_wraparound_age_datfrozenxid_seconds',
  'pg_locks_count',
  'pg_long_running_transactions',
  'pg_long_running_transactions_oldest_timestamp_seconds',
  'pg_postmaster_start_time_seconds',
  'pg_process_idle_seconds_bucket',
  'pg_replication_lag_seconds',
  'pg_replication_slot_slot_current_wal_lsn',
  'pg_replication_slot_slot_is_active',
  'pg_roles_connection_limit',
  'pg_stat_bgwriter_buffers_alloc_total',
  'pg_stat_database_xact_commit',
  'pg_stat_statements_calls_total',
  'pg_stat_statements_seconds_total',
  'pg_stat_statements_rows_total',
  'pg_stat_statements_block_read_seconds_total',
  'pg_stat_statements_block_write_seconds_total',
  'pg_stat_statements_mean_time_seconds',
  'pg_stat_user_tables_n_live_tup',
  'pg_stat_user_tables_size_bytes',
  'pg_statio_user_tables_heap_blocks_hit',
  'pg_wal_segments',
  'pg_wal_size_bytes',
]
