import { shapeOf, type BuiltInQuery } from './built-in-query.ts'

const LOCK_MODES = [
  'accesssharelock',
  'rowsharelock',
  'rowexclusivelock',
  'shareupdateexclusivelock',
  'sharelock',
  'sharerowexclusivelock',
  'exclusivelock',
  'accessexclusivelock',
  'sireadlock',
]

const STATES = [
  'active',
  'idle',
  'idle in transaction',
  'idle in transaction (aborted)',
  'fastpath function call',
  'disabled',
]

const listed = (words: readonly string[]): string => words.map((word) => `('${word}')`).join(', ')

/** Names of applications are chosen by clients, so there could be any number of them. */
const MOST_APPLICATIONS = 50

/** What sessions do: who is connected, in which state, since when, and what they lock. */
export const ACTIVITY: readonly BuiltInQuery[] = [
  {
    collector: 'stat_activity',
    hasServer: true,
    shape: shapeOf('pg_stat_activity', {
      labels: ['datname', 'state'],
      gauges: {
        count: 'Connections in this state.',
        max_tx_duration: 'Seconds for which the oldest transaction in this state has been open.',
      },
    }),
    sql: () => `
      SELECT d.datname, s.state, coalesce(a.count, 0) AS count,
        coalesce(a.max_tx_duration, 0) AS max_tx_duration
      FROM pg_catalog.pg_database d
      CROSS JOIN (VALUES ${listed(STATES)}) AS s (state)
      LEFT JOIN (
        SELECT datname, state, count(*) AS count,
          max(extract(epoch FROM now() - xact_start))::float8 AS max_tx_duration
        FROM pg_catalog.pg_stat_activity GROUP BY datname, state
      ) a ON a.datname = d.datname AND a.state = s.state`,
  },
  {
    collector: 'locks',
    hasServer: true,
    shape: shapeOf('pg_locks', {
      labels: ['datname', 'mode'],
      gauges: { count: 'Locks of this mode.' },
    }),
    sql: () => `
      SELECT d.datname, m.mode, coalesce(l.count, 0) AS count
      FROM pg_catalog.pg_database d
      CROSS JOIN (VALUES ${listed(LOCK_MODES)}) AS m (mode)
      LEFT JOIN (
        SELECT database, lower(mode) AS mode, count(*) AS count
        FROM pg_catalog.pg_locks WHERE database IS NOT NULL GROUP BY database, lower(mode)
      ) l ON l.database = d.oid AND l.mode = m.mode`,
  },
  {
    collector: 'long_running_transactions',
    shape: {
      ...shapeOf('pg_long_running_transactions', {
        gauges: {
          oldest_timestamp_seconds: 'Seconds for which the oldest transaction has been open.',
        },
      }),
      columns: new Map([
        [
          'transactions',
          {
            use: 'value' as const,
            type: 'gauge' as const,
            name: 'pg_long_running_transactions',
            help: 'Sessions with an open transaction.',
          },
        ],
        [
          'oldest_timestamp_seconds',
          {
            use: 'value' as const,
            type: 'gauge' as const,
            help: 'Seconds for which the oldest transaction has been open.',
          },
        ],
      ]),
    },
    sql: () => `
      SELECT count(*) AS transactions,
        coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::float8 AS oldest_timestamp_seconds
      FROM pg_catalog.pg_stat_activity
      WHERE state IS DISTINCT FROM 'idle' AND query NOT LIKE 'autovacuum:%'
        AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`,
  },
  {
    collector: 'process_idle',
    shape: shapeOf('pg_process_idle', {
      labels: ['state', 'application_name'],
      histograms: { seconds: 'How long idle sessions have been idle.' },
    }),
    sql: () => `
      SELECT state, application_name, sum(idle)::float8 AS seconds_sum, count(*) AS seconds_count,
        ARRAY[1, 2, 5, 15, 30, 60, 90, 120, 300] AS seconds,
        ARRAY[
          count(*) FILTER (WHERE idle <= 1), count(*) FILTER (WHERE idle <= 2),
          count(*) FILTER (WHERE idle <= 5), count(*) FILTER (WHERE idle <= 15),
          count(*) FILTER (WHERE idle <= 30), count(*) FILTER (WHERE idle <= 60),
          count(*) FILTER (WHERE idle <= 90), count(*) FILTER (WHERE idle <= 120),
          count(*) FILTER (WHERE idle <= 300)
        ] AS seconds_bucket
      FROM (
        SELECT state, application_name, trunc(extract(epoch FROM now() - state_change)) AS idle
        FROM pg_catalog.pg_stat_activity WHERE state LIKE 'idle%'
      ) a
      GROUP BY state, application_name ORDER BY count(*) DESC LIMIT ${MOST_APPLICATIONS}`,
  },
  {
    collector: 'stat_activity_autovacuum',
    shape: shapeOf('pg_stat_activity_autovacuum', {
      labels: ['relname'],
      gauges: { timestamp_seconds: 'When autovacuum began with this table.' },
    }),
    sql: () => `
      SELECT split_part(query, '.', 2) AS relname, min(extract(epoch FROM xact_start)) AS timestamp_seconds
      FROM pg_catalog.pg_stat_activity WHERE query LIKE 'autovacuum:%' GROUP BY 1`,
  },
]
