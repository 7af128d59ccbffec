import { SHARD_COUNT } from '../../store/metadata/tables-cluster.ts'
import type {
  ClusterMember,
  SeenCluster,
  SeenLease,
  SeenMember,
} from '../../store/metadata/cluster-leases.ts'

/** What cluster-leases.ts does, each verb at one moment, in memory. */
export class MemoryTable {
  readonly #members = new Map<string, SeenMember>()
  #leases: SeenLease[] = Array.from({ length: SHARD_COUNT }, (_, shard) => ({
    ...{ shard, holder: '', fence: 0, beat: 0, sinceMs: 0, touchedMs: 0 },
  }))

  get leases(): readonly SeenLease[] {
    return this.#leases
  }

  beat(member: ClusterMember, nowMs: number): void {
    const beat = (this.#members.get(member.id)?.beat ?? 0) + 1
    this.#members.set(member.id, { ...member, beat, seenMs: nowMs })
  }

  renew(holder: string, nowMs: number): readonly SeenLease[] {
    return this.#change(
      (lease) => lease.holder === holder,
      (lease) => ({ ...lease, beat: lease.beat + 1, touchedMs: nowMs }),
    )
  }

  read(nowMs: number): SeenCluster {
    return { members: [...this.#members.values()], leases: [...this.#leases], nowMs }
  }

  claim(holder: string, seen: readonly SeenLease[], nowMs: number): readonly SeenLease[] {
    return this.#change(isAmong(seen), (lease) => ({
      ...lease,
      ...{ holder, fence: lease.fence + 1, beat: lease.beat + 1, sinceMs: nowMs, touchedMs: nowMs },
    }))
  }

  release(seen: readonly SeenLease[], nowMs: number): void {
    this.#change(isAmong(seen), (lease) => free(lease, nowMs))
  }

  leave(member: string, nowMs: number): void {
    this.#change(
      ({ holder }) => holder === member,
      (lease) => free(lease, nowMs),
    )
    this.#members.delete(member)
  }

  forget({ id, beat }: SeenMember): void {
    if (this.#members.get(id)?.beat === beat) this.#members.delete(id)
  }

  #change(
    isMeant: (lease: SeenLease) => boolean,
    to: (lease: SeenLease) => SeenLease,
  ): readonly SeenLease[] {
    const changed: SeenLease[] = []
    this.#leases = this.#leases.map((lease) => {
      if (!isMeant(lease)) return lease
      const next = to(lease)
      changed.push(next)
      return next
    })
    return changed
  }
}

function isAmong(seen: readonly SeenLease[]): (lease: SeenLease) => boolean {
  return (lease) =>
    seen.some(
      ({ shard, fence, beat }) =>
        shard === lease.shard && fence === lease.fence && beat === lease.beat,
    )
}

function free(lease: SeenLease, nowMs: number): SeenLease {
  return { ...lease, holder: '', beat: lease.beat + 1, sinceMs: nowMs, touchedMs: nowMs }
}
