/** What a signal takes of the disk. */
export interface DiskSignalJson {
  readonly signal: 'metrics' | 'logs' | 'traces'
  readonly bytes: number
  /** Of the budget, from 0 to 1, when all signals want more; null without a budget. */
  readonly share: number | null
  /** What the last hours brought, packed. */
  readonly bytesPerSecond: number
  /** Of the oldest data on the disk; null where there is none. */
  readonly oldestMs: number | null
  /** How far back it will reach when the budget is full, or in the end; null where that is not known, and for ever. */
  readonly reachMs: number | null
  /** Dropped for the budget since the start. */
  readonly droppedBytes: number
  readonly droppedAtMs: number | null
}

/** What there is of downsampled metrics in one resolution; it is part of what metrics take. */
export interface AggregatesJson {
  /** `5m` or `1h`. */
  readonly resolution: string
  readonly count: number
  readonly bytes: number
  /** Days that are due and not made yet. */
  readonly waitingDays: number
  /** The end of the newest day made; null while none is. */
  readonly untilMs: number | null
}

/** What of a signal lies in the archive. */
export interface ArchivedJson {
  readonly signal: 'metrics' | 'logs' | 'traces'
  /** From the beginning of the first day to the end of the last. */
  readonly fromMs: number
  readonly toMs: number
  /** Null while the archive has not been looked at since the start, as when it is away. */
  readonly rows: number | null
  readonly bytes: number | null
}

/** The second disk, where old days go (docs/archive.md). */
export interface ArchiveJson {
  /** Without secrets. */
  readonly place: string
  /** Days that ended so long ago go there; null where the configuration has no archive any more. */
  readonly afterMs: number | null
  /** Why it cannot be used now; null while it can. */
  readonly away: string | null
  readonly awaySinceMs: number | null
  readonly signals: readonly ArchivedJson[]
  /** When something was moved there last; null for never. */
  readonly movedMs: number | null
  /** Since the start. */
  readonly movedBytes: number
  /** Nothing is moved as long as the backup of an upgrade is kept. */
  readonly isHeld: boolean
  /** Why the last move failed; null when it did not. */
  readonly fault: { readonly reason: string; readonly atMs: number } | null
  /** Parts that cannot be read: their objects are gone, or refused. */
  readonly unreadableParts: number
}

/** `GET /api/v1/status/disk`: what the data directory takes, and what becomes of it. */
export interface DiskJson {
  /** Null without a budget. */
  readonly budgetBytes: number | null
  readonly usedBytes: number
  /** Of that: what merges have replaced and what they are making. It goes by itself. */
  readonly passingBytes: number
  /** Of that: metadata, queues, and what else lies in the data directory. */
  readonly otherBytes: number
  /** Of that: dropped, but held by a backup that is under way. */
  readonly heldBytes: number
  /** In the order in which they give way. */
  readonly signals: readonly DiskSignalJson[]
  /** Absent where metrics are not downsampled. */
  readonly aggregates?: readonly AggregatesJson[]
  /** Absent where there never was an archive. */
  readonly archive?: ArchiveJson
  /** When the budget will be full, or the disk where that is sooner; null for never. */
  readonly fullAtMs: number | null
  /** Which of the two `fullAtMs` means. */
  readonly fullIs: 'budget' | 'disk'
  /** Why pushes are refused for the budget; null while they are not. */
  readonly refusal: string | null
}
