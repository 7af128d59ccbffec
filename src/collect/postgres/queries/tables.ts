import { shapeOf, type BuiltInQuery, type ServerFacts } from './built-in-query.ts'

/** The largest tables, by rows, of the database that is asked. */
const largest = (columns: string, view: string, { limits }: ServerFacts): string => `
  SELECT current_database() AS datname, v.schemaname, v.relname, ${columns}
  FROM pg_catalog.${view} v
  ORDER BY (SELECT c.relpages FROM pg_catalog.pg_class c WHERE c.oid = v.relid) DESC NULLS LAST
  LIMIT ${limits.tables}`

const seconds = (column: string): string =>
  `coalesce(floor(extract(epoch FROM v.${column})), 0) AS ${column}`

const LABELS = ['datname', 'schemaname', 'relname']

/** Tables and indexes of users, in each database. */
export const TABLES: readonly BuiltInQuery[] = [
  {
    collector: 'stat_user_tables',
    isPerDatabase: true,
    shape: shapeOf('pg_stat_user_tables', {
      labels: LABELS,
      counters: {
        seq_scan: 'Scans of the whole table.',
        seq_tup_read: 'Live rows that scans of the whole table read.',
        idx_scan: 'Scans of indexes.',
        idx_tup_fetch: 'Live rows that scans of indexes fetched.',
        n_tup_ins: 'Rows inserted.',
        n_tup_upd: 'Rows updated.',
        n_tup_del: 'Rows deleted.',
        n_tup_hot_upd: 'Rows updated without an entry in an index.',
        vacuum_count: 'Times that the table was vacuumed by hand.',
        autovacuum_count: 'Times that autovacuum vacuumed the table.',
        analyze_count: 'Times that the table was analysed by hand.',
        autoanalyze_count: 'Times that autovacuum analysed the table.',
      },
      gauges: {
        n_live_tup: 'Estimated live rows.',
        n_dead_tup: 'Estimated dead rows.',
        n_mod_since_analyze: 'Estimated rows changed since the table was analysed.',
        last_vacuum: 'When the table was last vacuumed by hand; 0 is never.',
        last_autovacuum: 'When autovacuum last vacuumed the table; 0 is never.',
        last_analyze: 'When the table was last analysed by hand; 0 is never.',
        last_autoanalyze: 'When autovacuum last analysed the table; 0 is never.',
      },
    }),
    sql: (facts) =>
      largest(
        `coalesce(v.seq_scan, 0) AS seq_scan, coalesce(v.seq_tup_read, 0) AS seq_tup_read,
         coalesce(v.idx_scan, 0) AS idx_scan, coalesce(v.idx_tup_fetch, 0) AS idx_tup_fetch,
         v.n_tup_ins, v.n_tup_upd, v.n_tup_del, v.n_tup_hot_upd, v.n_live_tup, v.n_dead_tup,
         v.n_mod_since_analyze, ${[
           'last_vacuum',
           'last_autovacuum',
           'last_analyze',
           'last_autoanalyze',
         ]
           .map(seconds)
           .join(', ')},
         v.vacuum_count, v.autovacuum_count, v.analyze_count, v.autoanalyze_count`,
        'pg_stat_user_tables',
        facts,
      ),
  },
  {
    collector: 'table_size',
    isCostly: true,
    isPerDatabase: true,
    shape: shapeOf('pg_stat_user_tables', {
      labels: LABELS,
      gauges: {
        size_bytes: 'Disk space of the table with its indexes and long values.',
        table_size_bytes: 'Disk space of the table without its indexes.',
        index_size_bytes: 'Disk space of the indexes of the table.',
      },
    }),
    // The size of a table waits for whoever holds the table exclusively; such a table is left out until it is free.
    sql: (facts) => `
      SELECT datname, schemaname, relname, table_size_bytes, index_size_bytes,
        table_size_bytes + index_size_bytes AS size_bytes
      FROM (${largest(
        'pg_table_size(v.relid) AS table_size_bytes, pg_indexes_size(v.relid) AS index_size_bytes',
        `pg_stat_user_tables`,
        facts,
      ).replace(
        'ORDER BY',
        `WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.relation = v.relid
           AND l.mode = 'AccessExclusiveLock' AND l.database = (
             SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()))
         ORDER BY`,
      )}) sizes`,
  },
  {
    collector: 'statio_user_tables',
    isPerDatabase: true,
    shape: shapeOf('pg_statio_user_tables', {
      labels: LABELS,
      counters: {
        heap_blocks_read: 'Blocks of the table read from the operating system.',
        heap_blocks_hit: 'Blocks of the table found in the shared buffers.',
        idx_blocks_read: 'Blocks of its indexes read from the operating system.',
        idx_blocks_hit: 'Blocks of its indexes found in the shared buffers.',
        toast_blocks_read: 'Blocks of its long values read from the operating system.',
        toast_blocks_hit: 'Blocks of its long values found in the shared buffers.',
        tidx_blocks_read: 'Blocks of the index of its long values read from the operating system.',
        tidx_blocks_hit: 'Blocks of the index of its long values found in the shared buffers.',
      },
    }),
    sql: (facts) =>
      largest(
        ['heap', 'idx', 'toast', 'tidx']
          .flatMap((part) =>
            ['read', 'hit'].map(
              (way) => `coalesce(v.${part}_blks_${way}, 0) AS ${part}_blocks_${way}`,
            ),
          )
          .join(', '),
        'pg_statio_user_tables',
        facts,
      ),
  },
  {
    collector: 'statio_user_indexes',
    isPerDatabase: true,
    isOff: true,
    shape: shapeOf('pg_statio_user_indexes', {
      labels: [...LABELS, 'indexrelname'],
      counters: {
        idx_blks_read_total: 'Blocks of the index read from the operating system.',
        idx_blks_hit_total: 'Blocks of the index found in the shared buffers.',
      },
    }),
    sql: (facts) =>
      largest(
        'v.indexrelname, v.idx_blks_read AS idx_blks_read_total, v.idx_blks_hit AS idx_blks_hit_total',
        'pg_statio_user_indexes',
        facts,
      ),
  },
  {
    collector: 'stat_progress_vacuum',
    shape: shapeOf('pg_stat_progress_vacuum', {
      labels: ['datname', 'relname'],
      gauges: {
        heap_blks: 'Blocks of the table that is being vacuumed.',
        heap_blks_scanned: 'Blocks that were scanned.',
        heap_blks_vacuumed: 'Blocks that were vacuumed.',
        index_vacuums: 'Rounds through the indexes that are done.',
      },
    }),
    sql: () => `
      SELECT datname,
        CASE WHEN datname = current_database() THEN relid::regclass::text ELSE relid::text END AS relname,
        heap_blks_total AS heap_blks, heap_blks_scanned, heap_blks_vacuumed,
        index_vacuum_count AS index_vacuums
      FROM pg_catalog.pg_stat_progress_vacuum`,
  },
]
