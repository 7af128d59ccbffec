import {
  beatMember,
  claimLeases,
  forgetMember,
  leaveCluster,
  readCluster,
  releaseLeases,
  renewLeases,
  type ClusterMember,
  type SeenCluster,
  type SeenLease,
  type SeenMember,
} from '../store/metadata/cluster-leases.ts'
import type { Metadata } from '../store/metadata/metadata.ts'

/** Where members and leases stand, as cluster-leases.ts says; tests have one in memory. */
export interface LeaseTable {
  beat(member: ClusterMember): Promise<void>
  renew(holder: string): Promise<readonly SeenLease[]>
  read(): Promise<SeenCluster>
  claim(holder: string, seen: readonly SeenLease[]): Promise<readonly SeenLease[]>
  release(seen: readonly SeenLease[]): Promise<void>
  leave(member: string): Promise<void>
  forget(member: SeenMember): Promise<void>
}

/** In the metadata, once it is open. */
export function leaseTableIn(metadata: () => Metadata): LeaseTable {
  return {
    beat: async (member) => beatMember(metadata(), member),
    renew: async (holder) => renewLeases(metadata(), holder),
    read: async () => readCluster(metadata()),
    claim: async (holder, seen) => claimLeases(metadata(), holder, seen),
    release: async (seen) => releaseLeases(metadata(), seen),
    leave: async (member) => leaveCluster(metadata(), member),
    forget: async (member) => forgetMember(metadata(), member),
  }
}
