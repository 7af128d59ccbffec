import type { ClusterJson, ClusterMemberJson } from '../contract/cluster.ts'
import { age } from './age.ts'
import { callIfKnown, type ApiClient } from './api-client.ts'
import { printable } from './printable.ts'

/** Who shares the work with a server; null where nobody does, and of a server that cannot say. */
export function readClusterStatus(client: ApiClient): Promise<ClusterJson | null> {
  return callIfKnown<ClusterJson>(client, '/api/v1/status/cluster')
}

/** A line for each member, under a heading; nothing where there are none. */
export function clusterRows(cluster: ClusterJson | null): readonly (readonly string[])[] {
  if (cluster === null) return []
  const rows = cluster.members.map((member) => [
    `${printable(member.name)}${member.id === cluster.self ? ' (this one)' : ''}`,
    printable(member.version),
    printable(member.url === '' ? '-' : member.url),
    `${member.shards}/${cluster.shards}`,
    member.newestShardMs === null ? '-' : `${age(member.newestShardMs)} ago`,
    stateOf(member),
  ])
  return [['member', 'version', 'at', 'work', 'last change', 'state'], ...rows]
}

/** What is wrong with the cluster as a whole, a sentence each. */
export function clusterFaults(cluster: ClusterJson | null): readonly string[] {
  if (cluster === null) return []
  const { members, isWorking, freeShards, shards } = cluster
  const alive = members.filter(({ isAlive }) => isAlive)
  const names = new Set(alive.map(({ name }) => name))
  return [
    ...(isWorking
      ? []
      : ['this member does nothing of the shared work: it cannot reach the metadata in time']),
    ...(freeShards === 0 ? [] : [`nobody does ${freeShards} of ${shards} parts of the work`]),
    ...(names.size === alive.length
      ? []
      : ['several members have one name: set cluster.name, which tells their machines apart']),
  ]
}

function stateOf(member: ClusterMemberJson): string {
  const parts = [
    member.isAlive ? '' : `no sign of life for ${age(member.silentMs)}`,
    member.sendsNotifications ? 'sends notifications' : '',
    member.hasSameVersion ? '' : 'other version',
    member.hasSameConfig ? '' : 'other configuration',
  ]
  const said = parts.filter((part) => part !== '')
  return said.length === 0 ? 'ok' : said.join(', ')
}
