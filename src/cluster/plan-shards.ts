import type { SeenLease } from '../store/metadata/cluster-leases.ts'

/** A lease, and whether somebody may take it. */
export interface JudgedLease {
  readonly lease: SeenLease
  /** Nobody holds it, or its holder gave no sign of life for so long that it has stopped working on it. */
  readonly isFree: boolean
}

/** What a member is to do about its share. */
export interface ShardPlan {
  readonly claim: readonly SeenLease[]
  readonly release: readonly SeenLease[]
}

/**
 * The way to an even division: every member that lives has the same number of shards, or one more. Each member looks only at its
 * own share, gives back what is too much and takes of what is free as much as it lacks, so that shards move no more than they must.
 * `members` are the ids of those that live, this one among them.
 */
export function planShards(
  me: string,
  members: readonly string[],
  leases: readonly JudgedLease[],
): ShardPlan {
  const order = [...new Set([...members, me])].sort()
  const rank = order.indexOf(me)
  const quota = shareOf(leases.length, order.length, rank)
  const mine = leases.filter(({ lease }) => lease.holder === me).map(({ lease }) => lease)
  if (mine.length > quota) return { claim: [], release: mine.slice(quota) }
  const free = leases.filter(({ lease, isFree }) => isFree && lease.holder !== me)
  // Members that take at the same time begin at different places, so that few reach for the same one.
  const from = Math.floor((free.length * rank) / order.length)
  const inTurn = [...free.slice(from), ...free.slice(0, from)]
  return { claim: inTurn.slice(0, quota - mine.length).map(({ lease }) => lease), release: [] }
}

function shareOf(shards: number, members: number, rank: number): number {
  return Math.floor(shards / members) + (rank < shards % members ? 1 : 0)
}
