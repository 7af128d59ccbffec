import type { ClusterJson, ClusterMemberJson } from '../contract/cluster.ts'
import type { ClusterMember, SeenCluster, SeenMember } from '../store/metadata/cluster-leases.ts'
import type { Leases } from './leases.ts'

/** What a cluster looks like from one of its members; undefined before that one has looked. */
export function describeCluster(
  leases: Leases,
  me: ClusterMember,
  notificationsKey: string,
): ClusterJson | undefined {
  const { seen, living } = leases
  if (seen === undefined) return undefined
  const known = new Set(seen.members.map(({ id }) => id))
  const teller = seen.leases[leases.shardOf(notificationsKey)]?.holder
  const members = seen.members.map((member): ClusterMemberJson => {
    const { id, name, version, url, startedMs, configHash } = member
    return {
      ...{ id, name, version, url, startedMs },
      silentMs: Math.max(0, seen.nowMs - member.seenMs),
      isAlive: living.includes(id),
      ...sharesOf(seen, member),
      sendsNotifications: id === teller,
      hasSameVersion: version === me.version,
      hasSameConfig: configHash === me.configHash,
    }
  })
  return {
    self: me.id,
    isWorking: leases.heldCount > 0,
    shards: seen.leases.length,
    freeShards: seen.leases.filter(({ holder }) => !known.has(holder)).length,
    members: members.toSorted((a, b) => compare(`${a.name} ${a.id}`, `${b.name} ${b.id}`)),
  }
}

function sharesOf(
  { leases, nowMs }: SeenCluster,
  { id }: SeenMember,
): Pick<ClusterMemberJson, 'shards' | 'newestShardMs'> {
  const held = leases.filter(({ holder }) => holder === id)
  const newestMs = Math.max(...held.map(({ sinceMs }) => sinceMs))
  return {
    shards: held.length,
    newestShardMs: held.length === 0 ? null : Math.max(0, nowMs - newestMs),
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
