import { expect, it } from 'vitest'
import { ClusterTables } from './cluster-tables.ts'

const sharded = new ClusterTables({
  name: 'main',
  isReplicated: true,
  isSharded: true,
  quorum: undefined,
})
const replicated = new ClusterTables({
  name: 'main',
  isReplicated: true,
  isSharded: false,
  quorum: 'auto',
})

it.each([
  ['CREATE DATABASE IF NOT EXISTS {db}', ["CREATE DATABASE IF NOT EXISTS {db} ON CLUSTER 'main'"]],
  [
    'CREATE TABLE IF NOT EXISTS {db}.spans (trace FixedString(16)) ENGINE = ReplacingMergeTree ORDER BY trace SETTINGS non_replicated_deduplication_window = 1000',
    [
      "CREATE TABLE IF NOT EXISTS {db}.spans_local ON CLUSTER 'main' (trace FixedString(16)) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}') ORDER BY trace SETTINGS replicated_deduplication_window = 1000",
      "CREATE OR REPLACE TABLE {db}.spans ON CLUSTER 'main' AS {db}.spans_local ENGINE = Distributed('main', {db_name}, 'spans_local', sipHash64(trace))",
    ],
  ],
  [
    'CREATE TABLE {db}.m (family String, seen DateTime) ENGINE = ReplacingMergeTree(seen) ORDER BY family',
    [
      "CREATE TABLE {db}.m_local ON CLUSTER 'main' (family String, seen DateTime) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', seen) ORDER BY family",
      "CREATE OR REPLACE TABLE {db}.m ON CLUSTER 'main' AS {db}.m_local ENGINE = Distributed('main', {db_name}, 'm_local', cityHash64(family))",
    ],
  ],
  [
    'ALTER TABLE {db}.lines ADD COLUMN IF NOT EXISTS seq UInt16 AFTER ts',
    [
      "ALTER TABLE {db}.lines_local ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS seq UInt16 AFTER ts",
      "CREATE OR REPLACE TABLE {db}.lines ON CLUSTER 'main' AS {db}.lines_local ENGINE = Distributed('main', {db_name}, 'lines_local', id)",
    ],
  ],
  [
    "ALTER TABLE {db}.lines DROP PARTITION ID '20260501'",
    ["ALTER TABLE {db}.lines_local ON CLUSTER 'main' DROP PARTITION ID '20260501'"],
  ],
  [
    'DELETE FROM {db}.lines WHERE id IN (SELECT id FROM {db}.doomed_lines)',
    [
      "DELETE FROM {db}.lines_local ON CLUSTER 'main' WHERE id IN (SELECT id FROM {db}.doomed_lines)",
    ],
  ],
  [
    'EXCHANGE TABLES {db}.spans_fine AND {db}.spans',
    ["EXCHANGE TABLES {db}.spans_fine_local AND {db}.spans_local ON CLUSTER 'main'"],
  ],
  [
    'DROP TABLE {db}.spans_fine SYNC',
    [
      "DROP TABLE IF EXISTS {db}.spans_fine ON CLUSTER 'main' SYNC",
      "DROP TABLE {db}.spans_fine_local ON CLUSTER 'main' SYNC",
    ],
  ],
  ['INSERT INTO {db}.schema_version (version) SELECT 3', undefined],
])('of several shards: %s', (statement, expected) => {
  expect(sharded.statements(statement)).toEqual(expected ?? [statement])
})

it('leaves the names as they are where there is one shard', () => {
  expect(
    replicated.statements('CREATE TABLE {db}.samples (id UInt64) ENGINE = MergeTree ORDER BY id'),
  ).toEqual([
    "CREATE TABLE {db}.samples ON CLUSTER 'main' (id UInt64) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}') ORDER BY id",
  ])
  expect(replicated.statements('DELETE FROM {db}.samples WHERE id = 1')).toEqual([
    "DELETE FROM {db}.samples ON CLUSTER 'main' WHERE id = 1",
  ])
})

it('writes to as many replicas as are asked for, and never acknowledges what is not sent yet', () => {
  expect(replicated.insertSettings).toMatchObject({
    insert_distributed_sync: 1,
    insert_quorum: 'auto',
    insert_quorum_parallel: 1,
  })
  expect(sharded.insertSettings).not.toHaveProperty('insert_quorum')
})

it('refuses statements of a form that it does not know', () => {
  expect(() => sharded.statements('OPTIMIZE TABLE {db}.samples')).toThrow(/no way is known/)
  const name = "x'; DROP"
  expect(
    () => new ClusterTables({ name, isReplicated: true, isSharded: false, quorum: undefined }),
  ).toThrow('is not')
})
