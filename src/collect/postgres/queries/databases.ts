import { shapeOf, type BuiltInQuery } from './built-in-query.ts'

/** What is known of each database of a server. */
export const DATABASES: readonly BuiltInQuery[] = [
  {
    collector: 'stat_database',
    hasServer: true,
    shape: shapeOf(
      'pg_stat_database',
      {
        labels: ['datid', 'datname'],
        gauges: { numbackends: 'Connections to this database.' },
        counters: {
          xact_commit: 'Transactions that were committed.',
          xact_rollback: 'Transactions that were rolled back.',
          blks_read: 'Blocks read from the operating system.',
          blks_hit: 'Blocks found in the shared buffers.',
          tup_returned: 'Rows that queries read.',
          tup_fetched: 'Rows that queries fetched by an index.',
          tup_inserted: 'Rows inserted.',
          tup_updated: 'Rows updated.',
          tup_deleted: 'Rows deleted.',
          conflicts: 'Queries of a replica that were cancelled because of recovery.',
          temp_files: 'Temporary files that queries wrote.',
          temp_bytes: 'Bytes of temporary files that queries wrote.',
          deadlocks: 'Deadlocks.',
          blk_read_time: 'Milliseconds spent reading blocks, where track_io_timing is on.',
          blk_write_time: 'Milliseconds spent writing blocks, where track_io_timing is on.',
          stats_reset: 'When these figures were reset.',
        },
      },
      { isOpen: true, keepsNulls: true },
    ),
    sql: () => 'SELECT * FROM pg_catalog.pg_stat_database',
  },
  {
    collector: 'stat_database_conflicts',
    hasServer: true,
    shape: shapeOf(
      'pg_stat_database_conflicts',
      {
        labels: ['datid', 'datname'],
        counters: {
          confl_tablespace: 'Queries cancelled because a tablespace was dropped.',
          confl_lock: 'Queries cancelled because a lock was not given in time.',
          confl_snapshot: 'Queries cancelled because their snapshot was too old.',
          confl_bufferpin: 'Queries cancelled because of pinned buffers.',
          confl_deadlock: 'Queries cancelled because of deadlocks.',
        },
      },
      { isOpen: true, keepsNulls: true },
    ),
    sql: () => 'SELECT * FROM pg_catalog.pg_stat_database_conflicts',
  },
  {
    collector: 'database',
    isCostly: true,
    hasServer: true,
    shape: shapeOf('pg_database', {
      labels: ['datname'],
      gauges: {
        size_bytes: 'Disk space of the database.',
        connection_limit: 'Most connections that the database takes; -1 is no limit.',
      },
    }),
    // The size of a database that the role may neither connect to nor read statistics of is an error for the whole query.
    sql: () => `
      SELECT datname, datconnlimit AS connection_limit,
        CASE WHEN has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
          THEN pg_database_size(oid) END AS size_bytes
      FROM pg_catalog.pg_database`,
  },
  {
    collector: 'database_wraparound',
    isCostly: true,
    shape: shapeOf('pg_database_wraparound', {
      labels: ['datname'],
      gauges: {
        age_datfrozenxid_seconds: 'Transactions since the oldest row that is not frozen.',
        age_datminmxid_seconds: 'Multixacts since the oldest that is still in use.',
      },
    }),
    sql: () => `
      SELECT datname, age(datfrozenxid) AS age_datfrozenxid_seconds,
        mxid_age(datminmxid) AS age_datminmxid_seconds
      FROM pg_catalog.pg_database WHERE datallowconn`,
  },
  {
    collector: 'roles',
    isCostly: true,
    shape: shapeOf('pg_roles', {
      labels: ['rolname'],
      gauges: { connection_limit: 'Most connections that the role may have; -1 is no limit.' },
    }),
    sql: () => `
      SELECT rolname, rolconnlimit AS connection_limit
      FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' ORDER BY rolcanlogin DESC, rolname LIMIT 500`,
  },
]
