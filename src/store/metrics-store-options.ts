import type { Problem } from '../model/problem.ts'
import type { StoreClient } from './client.ts'
import type { DownsamplingLevel } from './downsample/levels.ts'
import type { Retention, StoreLimits } from './limits.ts'

/** What the store tells about itself; each is called often and must not block. */
export interface StoreEvents {
  /** An insert failed and will be repeated. */
  readonly onWriteFailure?: (problem: Problem, attempt: number) => void
  /** The backlog is full (true) or has room again (false). */
  readonly onBacklog?: (full: boolean) => void
}

export interface MetricsStoreOptions {
  readonly client: StoreClient
  readonly retention: Retention
  readonly limits?: Partial<StoreLimits>
  readonly nowMs?: () => number
  /** False while the engine is known to be away: pushes are then refused at once, to be retried. */
  readonly isEngineReady?: () => boolean
  /** Why pushes are refused although the engine is there; undefined while they are taken. */
  readonly refusal?: () => string | undefined
  readonly events?: StoreEvents
  /**
   * Large range functions are evaluated where the samples are. Right for a cluster, which has more processors and a network before
   * it; measured on one machine, the engine's functions cost 300 ns a sample and reading it costs 130.
   */
  readonly evaluatesInEngine?: boolean
  /** What old samples are made into. */
  readonly downsampling?: readonly DownsamplingLevel[]
  /** For tests: raw samples that one statement makes into buckets, and from how many on buckets are read in their place. */
  readonly samplesPerSlice?: number
  readonly leastSamplesForBuckets?: number
}

export interface StoreStats {
  readonly series: number
  /** The same as `StoreLimits.maxSeries` counts them. */
  readonly countedSeries: number
  readonly hotSamples: number
  readonly hotBytes: number
  readonly pendingRows: number
  readonly appendedSamples: number
  /** Accepted while the backlog was full: queried from memory, never stored. */
  readonly unstoredSamples: number
  readonly rejectedSamples: ReadonlyMap<string, number>
  readonly oldestMs: number
  readonly newestMs: number
}
