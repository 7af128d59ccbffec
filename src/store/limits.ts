import type { Matcher } from '../model/matcher.ts'

/** Samples outside of these times cannot be stored: their day would not be a valid partition. */
export const EARLIEST_MS = 0
export const LATEST_MS = Date.UTC(2100, 0, 1) - 1

/**
 * How far a sender's clock may run ahead of ours: Prometheus's `maxAheadTime`, of pushes and scrapes alike. Without it one wrong
 * clock would fill days that no retention drops for years.
 */
export const MAX_AHEAD_MS = 10 * 60_000

/** How long and how much the store keeps. */
export interface Retention {
  /** Samples older than this are dropped by whole UTC days. */
  readonly timeMs: number
  /** 0: no bound by size. */
  readonly sizeBytes: number
  /** The first rule whose matchers accept a series decides; without one `timeMs` holds. */
  readonly rules: readonly { readonly matchers: readonly Matcher[]; readonly timeMs: number }[]
  /** What this says of a retention class and UTC day is not dropped for its age yet. */
  readonly isAwaited?: (keepSeconds: number, day: number) => boolean
}

/** Bounds of what the store holds in memory. */
export interface StoreLimits {
  /** Series known at once (`--storage.max-series`); of those that ended, `ENDED_SHARE` count. */
  readonly maxSeries: number
  /** Rows accepted but not yet durable, in bytes (`--storage.max-pending-bytes`). */
  readonly maxPendingBytes: number
  /** The hot window is shortened when it would need more than this. */
  readonly hotBytes: number
  /** The hot window reaches back this far, where `hotBytes` allows it. */
  readonly hotWindowMs: number
  /** At most so many samples of it are read back at a start; it grows to its length from there. */
  readonly hotRestoreSamples: number
  /** A push waits this long for its commit before it is told to try again. */
  readonly commitTimeoutMs: number
}

/**
 * What a series costs in this process at its beginning, when it is pushed: half of it is its place in the hot window, the rest is
 * the index, and what the decoder of pushes remembers. Measured with 200,000 of them.
 */
const SERIES_BYTES = 1536

/** So many series take a third of the memory budget (`--memory.budget`): the default of `--storage.max-series`. */
export function defaultMaxSeries(budgetBytes: number): number {
  return Math.max(1000, Math.floor(budgetBytes / 3 / SERIES_BYTES / 1000) * 1000)
}

/** A series has ended when it brought nothing for so long: then neither the hot window nor the decoder keeps room for it. */
export const ENDED_AFTER_MS = 3_600_000

/** What is left of a series that ended is its place in the index, until its days are dropped: a third of the whole. */
export const ENDED_SHARE = 1 / 3

export const DEFAULT_LIMITS: StoreLimits = {
  maxSeries: 100_000,
  maxPendingBytes: 64 * 1024 * 1024,
  hotBytes: 96 * 1024 * 1024,
  hotWindowMs: 4 * 3_600_000,
  hotRestoreSamples: 1_500_000,
  commitTimeoutMs: 30_000,
}
