import { shapeOf, type BuiltInQuery } from './built-in-query.ts'
import { readSettings } from './settings.ts'

/** The server as a whole: its settings, its write-ahead log, and the processes that write to disk. */
export const SERVER: readonly BuiltInQuery[] = [
  {
    collector: 'settings',
    hasServer: true,
    shape: shapeOf('pg_settings', {}),
    // What this session has set for itself says nothing of the server.
    sql: () => `
      SELECT name, CASE source WHEN 'session' THEN reset_val ELSE setting END, coalesce(unit, ''), coalesce(short_desc, ''), vartype
      FROM pg_catalog.pg_settings
      WHERE vartype IN ('bool', 'integer', 'real') AND name <> 'sync_commit_cancel_wait'`,
    read: ({ rows }, fixed) => readSettings(rows, fixed),
  },
  {
    collector: 'stat_archiver',
    hasServer: true,
    shape: shapeOf(
      'pg_stat_archiver',
      {
        counters: {
          archived_count: 'Files of the write-ahead log that were archived.',
          failed_count: 'Attempts to archive that failed.',
        },
        gauges: { last_archive_age: 'Seconds since a file was archived.' },
      },
      { keepsNulls: true },
    ),
    sql: () => `
      SELECT archived_count, failed_count, extract(epoch FROM now() - last_archived_time) AS last_archive_age
      FROM pg_catalog.pg_stat_archiver`,
  },
  {
    collector: 'bgwriter',
    hasServer: true,
    shape: shapeOf('pg_stat_bgwriter', {
      counters: {
        checkpoints_timed_total: 'Checkpoints that were due.',
        checkpoints_req_total: 'Checkpoints that were asked for.',
        checkpoint_write_time_total: 'Milliseconds that checkpoints spent writing files.',
        checkpoint_sync_time_total: 'Milliseconds that checkpoints spent synchronising files.',
        buffers_checkpoint_total: 'Buffers that checkpoints wrote.',
        buffers_clean_total: 'Buffers that the background writer wrote.',
        maxwritten_clean_total:
          'Times that the background writer stopped because it had written too many buffers.',
        buffers_backend_total: 'Buffers that backends wrote themselves.',
        buffers_backend_fsync_total: 'Times that a backend had to call fsync itself.',
        buffers_alloc_total: 'Buffers allocated.',
        stats_reset_total: 'When these figures were reset.',
      },
    }),
    // Version 17 moved the checkpoints to a view of their own and the writes of backends to pg_stat_io.
    sql: ({ version }) => `
      SELECT buffers_clean AS buffers_clean_total, maxwritten_clean AS maxwritten_clean_total,
        buffers_alloc AS buffers_alloc_total, stats_reset AS stats_reset_total
        ${version < 170_000 ? CHECKPOINTS : ''}
      FROM pg_catalog.pg_stat_bgwriter`,
  },
  {
    collector: 'stat_checkpointer',
    shape: shapeOf('pg_stat_checkpointer', {
      counters: {
        num_timed_total: 'Checkpoints that were due.',
        num_requested_total: 'Checkpoints that were asked for.',
        restartpoints_timed_total: 'Restartpoints that were due.',
        restartpoints_req_total: 'Restartpoints that were asked for.',
        restartpoints_done_total: 'Restartpoints that were done.',
        write_time_total: 'Milliseconds spent writing files.',
        sync_time_total: 'Milliseconds spent synchronising files.',
        buffers_written_total: 'Buffers written.',
        stats_reset_total: 'When these figures were reset.',
      },
    }),
    sql: ({ version }) => (version >= 170_000 ? CHECKPOINTER : undefined),
  },
  {
    collector: 'wal',
    shape: shapeOf('pg_wal', {
      gauges: {
        segments: 'Files of the write-ahead log.',
        size_bytes: 'Disk space of the write-ahead log.',
      },
    }),
    sql: () => `
      SELECT count(*) AS segments, coalesce(sum(size), 0) AS size_bytes
      FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'`,
  },
  {
    collector: 'postmaster',
    shape: shapeOf('pg_postmaster', {
      gauges: { start_time_seconds: 'When the server was started.' },
    }),
    sql: () => 'SELECT extract(epoch FROM pg_postmaster_start_time()) AS start_time_seconds',
  },
  {
    collector: 'buffercache_summary',
    isOff: true,
    extension: 'pg_buffercache',
    shape: shapeOf('pg_buffercache_summary', {
      gauges: {
        buffers_used: 'Shared buffers in use.',
        buffers_unused: 'Shared buffers that are free.',
        buffers_dirty: 'Shared buffers that are not written yet.',
        buffers_pinned: 'Shared buffers that are pinned.',
        usagecount_avg: 'Average usage count of the buffers in use.',
      },
    }),
    sql: ({ version, extensions }) =>
      version < 160_000
        ? undefined
        : `SELECT buffers_used, buffers_unused, buffers_dirty, buffers_pinned, usagecount_avg
           FROM ${extensions.get('pg_buffercache') ?? 'public'}.pg_buffercache_summary()`,
  },
]

const CHECKPOINTS = `,
  checkpoints_timed AS checkpoints_timed_total, checkpoints_req AS checkpoints_req_total,
  checkpoint_write_time AS checkpoint_write_time_total, checkpoint_sync_time AS checkpoint_sync_time_total,
  buffers_checkpoint AS buffers_checkpoint_total, buffers_backend AS buffers_backend_total,
  buffers_backend_fsync AS buffers_backend_fsync_total`

const CHECKPOINTER = `
  SELECT num_timed AS num_timed_total, num_requested AS num_requested_total,
    restartpoints_timed AS restartpoints_timed_total, restartpoints_req AS restartpoints_req_total,
    restartpoints_done AS restartpoints_done_total, write_time AS write_time_total,
    sync_time AS sync_time_total, buffers_written AS buffers_written_total,
    stats_reset AS stats_reset_total
  FROM pg_catalog.pg_stat_checkpointer`
