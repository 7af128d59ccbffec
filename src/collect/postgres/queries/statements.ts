import { shapeOf, type BuiltInQuery } from './built-in-query.ts'

/**
 * The statements that took most time, from pg_stat_statements without their texts. A statement that ran at the top and inside of a
 * function has two rows there and one here.
 */
export const STATEMENTS: readonly BuiltInQuery[] = [
  {
    collector: 'stat_statements',
    extension: 'pg_stat_statements',
    shape: shapeOf('pg_stat_statements', {
      labels: ['user', 'datname', 'queryid'],
      counters: {
        calls_total: 'Times that the statement ran.',
        seconds_total: 'Time spent in the statement.',
        rows_total: 'Rows that the statement returned or changed.',
        block_read_seconds_total: 'Time spent reading blocks, where track_io_timing is on.',
        block_write_seconds_total: 'Time spent writing blocks, where track_io_timing is on.',
      },
      gauges: {
        mean_time_seconds: 'Time that the statement takes on average.',
        mean_exec_time_seconds: 'The same, by another name that rules ask for.',
        max_time_seconds: 'Longest time that the statement took.',
      },
    }),
    sql: ({ version, extensions, limits }) => {
      const time = version >= 130_000 ? 'exec_time' : 'time'
      const block = version >= 170_000 ? 'shared_blk' : 'blk'
      const mean = `sum(s.total_${time}) / greatest(sum(s.calls), 1) / 1000`
      return `
        SELECT coalesce(a.rolname, s.userid::text) AS "user", coalesce(d.datname, s.dbid::text) AS datname,
          s.queryid, sum(s.calls) AS calls_total, sum(s.total_${time}) / 1000 AS seconds_total,
          sum(s.rows) AS rows_total, sum(s.${block}_read_time) / 1000 AS block_read_seconds_total,
          sum(s.${block}_write_time) / 1000 AS block_write_seconds_total,
          ${mean} AS mean_time_seconds, ${mean} AS mean_exec_time_seconds,
          max(s.max_${time}) / 1000 AS max_time_seconds
        FROM ${extensions.get('pg_stat_statements') ?? 'public'}.pg_stat_statements(false) s
        LEFT JOIN pg_catalog.pg_roles a ON a.oid = s.userid
        LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid
        WHERE s.queryid IS NOT NULL
        GROUP BY 1, 2, 3 ORDER BY sum(s.total_${time}) DESC LIMIT ${limits.statements}`
    },
  },
]
