import { expect, it } from 'vitest'
import type { ClusterJson, ClusterMemberJson } from '../contract/cluster.ts'
import { clusterFaults, clusterRows } from './status-cluster.ts'

const member = (id: string, more: Partial<ClusterMemberJson> = {}): ClusterMemberJson => ({
  ...{ id, name: id, version: '1.0.0', url: `http://${id}:9090`, startedMs: 0, silentMs: 900 },
  ...{ isAlive: true, shards: 32, newestShardMs: 300_000, sendsNotifications: false },
  ...{ hasSameVersion: true, hasSameConfig: true, ...more },
})
const cluster = (...members: readonly ClusterMemberJson[]): ClusterJson => ({
  ...{ self: 'a', isWorking: true, shards: 64, freeShards: 0, members },
})

it('shows who does what, and what is not as it should be', () => {
  const rows = clusterRows(
    cluster(
      member('a', { sendsNotifications: true }),
      member('b', { isAlive: false, silentMs: 61_000, hasSameConfig: false, newestShardMs: null }),
    ),
  )
  expect(rows.slice(1)).toEqual([
    ['a (this one)', '1.0.0', 'http://a:9090', '32/64', '5 min ago', 'sends notifications'],
    [
      ...['b', '1.0.0', 'http://b:9090', '32/64', '-'],
      'no sign of life for 61 s, other configuration',
    ],
  ])
  expect(clusterRows(null)).toEqual([])
})

it('says what is wrong with the whole', () => {
  expect(clusterFaults(cluster(member('a'), member('b')))).toEqual([])
  const faults = clusterFaults({
    ...cluster(member('a'), member('b', { name: 'a' })),
    ...{ isWorking: false, freeShards: 3 },
  })
  expect(faults).toEqual([
    'this member does nothing of the shared work: it cannot reach the metadata in time',
    'nobody does 3 of 64 parts of the work',
    'several members have one name: set cluster.name, which tells their machines apart',
  ])
})
