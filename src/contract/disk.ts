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
  /** When the budget will be full, or the disk where that is sooner; null for never. */
  readonly fullAtMs: number | null
  /** Which of the two `fullAtMs` means. */
  readonly fullIs: 'budget' | 'disk'
  /** Why pushes are refused for the budget; null while they are not. */
  readonly refusal: string | null
}
