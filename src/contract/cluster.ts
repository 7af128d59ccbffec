/** `/api/v1/status/cluster`: who shares the work with this server; `null` in its place when nobody does. */
export interface ClusterJson {
  /** Id of the member that answers. */
  readonly self: string
  /** Whether this member knows from the database what it may do; if not, it does nothing of the shared work. */
  readonly isWorking: boolean
  readonly shards: number
  /** Shards that nobody has at the moment. */
  readonly freeShards: number
  /** By name. */
  readonly members: readonly ClusterMemberJson[]
}

export interface ClusterMemberJson {
  readonly id: string
  readonly name: string
  readonly version: string
  /** Where it answers the Prometheus API; '' when it does not. */
  readonly url: string
  readonly startedMs: number
  /** How long ago it gave a sign of life, by the clock of the database. */
  readonly silentMs: number
  readonly isAlive: boolean
  /** How many shards it has, and how long ago it got the last of them; null when it has none. */
  readonly shards: number
  readonly newestShardMs: number | null
  /** Whether it sends the notifications. */
  readonly sendsNotifications: boolean
  /** Whether its version, and what it is told about shared work, are those of the member that answers. */
  readonly hasSameVersion: boolean
  readonly hasSameConfig: boolean
}
