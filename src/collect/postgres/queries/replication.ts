import { shapeOf, type BuiltInQuery } from './built-in-query.ts'

/** Where the write-ahead log of a server is: what it has written, or received from its primary. */
const OWN_LSN =
  'CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END'

/** postgres_exporter keeps positions within what a double holds exactly. */
const exact = (lsn: string): string => `(${lsn} - '0/0') % (2^52)::bigint`

/** Primaries and replicas, and what stands between them. */
export const REPLICATION: readonly BuiltInQuery[] = [
  {
    collector: 'stat_replication',
    hasServer: true,
    shape: shapeOf(
      'pg_stat_replication',
      {
        labels: ['application_name', 'client_addr', 'state', 'slot_name'],
        gauges: {
          pg_current_wal_lsn_bytes: 'Position of the write-ahead log.',
          pg_wal_lsn_diff: 'Bytes of the write-ahead log that the replica has not replayed.',
        },
        untyped: { reply_time: 'When the replica last replied.' },
      },
      { keepsNulls: true },
    ),
    sql: () => `
      SELECT r.application_name, r.client_addr, r.state, s.slot_name, r.reply_time,
        CASE WHEN pg_is_in_recovery() THEN NULL
          ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') END::float8 AS pg_current_wal_lsn_bytes,
        CASE WHEN pg_is_in_recovery() THEN NULL
          ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn) END::float8 AS pg_wal_lsn_diff
      FROM pg_catalog.pg_stat_replication r
      LEFT JOIN pg_catalog.pg_replication_slots s ON s.active_pid = r.pid`,
  },
  {
    collector: 'replication_slots',
    hasServer: true,
    shape: shapeOf(
      'pg_replication_slots',
      {
        labels: ['slot_name', 'database'],
        gauges: {
          active: 'Whether somebody reads the slot.',
          pg_wal_lsn_diff: 'Bytes of the write-ahead log that the slot keeps.',
        },
      },
      { keepsNulls: true },
    ),
    sql: () => `
      SELECT slot_name, database, active,
        pg_wal_lsn_diff(${OWN_LSN}, restart_lsn) AS pg_wal_lsn_diff
      FROM pg_catalog.pg_replication_slots`,
  },
  {
    collector: 'replication_slot',
    shape: shapeOf('pg_replication_slot', {
      labels: ['slot_name'],
      gauges: {
        slot_current_wal_lsn: 'Position of the write-ahead log.',
        slot_confirmed_flush_lsn:
          'Position up to which the reader of an active slot has confirmed.',
        slot_is_active: 'Whether somebody reads the slot.',
        safe_wal_size_bytes:
          'Bytes that may be written before the slot is in danger of being lost.',
      },
    }),
    sql: ({ version }) => `
      SELECT slot_name, ${OWN_LSN} - '0/0' AS slot_current_wal_lsn,
        CASE WHEN active THEN coalesce(confirmed_flush_lsn, '0/0') - '0/0' END AS slot_confirmed_flush_lsn,
        active AS slot_is_active
        ${version >= 130_000 ? ', safe_wal_size AS safe_wal_size_bytes' : ''}
      FROM pg_catalog.pg_replication_slots`,
  },
  {
    collector: 'replication_slot',
    shape: shapeOf('pg_replication_slot', {
      labels: ['slot_name', 'wal_status'],
      gauges: {
        wal_status:
          'Whether the log that the slot needs is there: reserved, extended, unreserved, lost.',
      },
    }),
    sql: ({ version }) => (version >= 130_000 ? SLOT_STATUS : undefined),
    read: ({ rows }, fixed) => [
      {
        name: 'pg_replication_slot_wal_status',
        help: 'Whether the log that the slot needs is there: reserved, extended, unreserved, lost.',
        type: 'gauge',
        metrics: rows.map(([slot, status]) => ({
          labels: [...fixed, 'slot_name', slot ?? '', 'wal_status', status ?? ''],
          value: 1,
        })),
      },
    ],
  },
  {
    collector: 'replication',
    shape: shapeOf('pg_replication', {
      gauges: {
        lag_seconds:
          'How far a replica is behind; 0 on a primary and where nothing waits for replay.',
        is_replica: 'Whether the server is a replica.',
        last_replay_seconds: 'Age of the last transaction that a replica replayed.',
      },
    }),
    sql: () => `
      SELECT
        CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
          ELSE greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp())) END AS lag_seconds,
        pg_is_in_recovery() AS is_replica,
        greatest(0, extract(epoch FROM now() - pg_last_xact_replay_timestamp())) AS last_replay_seconds`,
  },
  {
    collector: 'stat_wal_receiver',
    shape: shapeOf('pg_stat_wal_receiver', {
      labels: ['upstream_host', 'slot_name', 'status'],
      counters: {
        receive_start_lsn: 'Position at which the receiver was started.',
        flushed_lsn: 'Position up to which the log has been received and flushed.',
        last_msg_send_time: 'When the last message of the primary was sent.',
        last_msg_receipt_time: 'When the last message of the primary was received.',
        latest_end_lsn: 'Position that was last reported to the primary.',
        latest_end_time: 'When a position was last reported to the primary.',
      },
      gauges: {
        receive_start_tli: 'Timeline at which the receiver was started.',
        received_tli: 'Timeline of the log that was last received.',
        upstream_node: 'Number of the node in the name of a slot of repmgr.',
      },
    }),
    sql: ({ version }) => `
      SELECT coalesce(sender_host, '') AS upstream_host, slot_name, status,
        ${exact('receive_start_lsn')} AS receive_start_lsn, receive_start_tli,
        ${exact(version >= 130_000 ? 'flushed_lsn' : 'received_lsn')} AS flushed_lsn, received_tli,
        extract(epoch FROM last_msg_send_time) AS last_msg_send_time,
        extract(epoch FROM last_msg_receipt_time) AS last_msg_receipt_time,
        ${exact('latest_end_lsn')} AS latest_end_lsn,
        extract(epoch FROM latest_end_time) AS latest_end_time,
        substring(slot_name FROM 'repmgr_slot_([0-9]+)') AS upstream_node
      FROM pg_catalog.pg_stat_wal_receiver`,
  },
]

const SLOT_STATUS =
  'SELECT slot_name, wal_status FROM pg_catalog.pg_replication_slots WHERE wal_status IS NOT NULL'
