import type { SeriesColumns } from '../metrics-source.ts'

/**
 * What a query wants to know of the samples in a bucket. `last` to `mean` are one number, which stands for them as if it were a sample
 * (at the time of the first for `first`, else of the last); `last` is followed by the staleness marker that ended the series. The others
 * need columns beside the last value: `ranges` the first sample, the count and what a counter lost in resets, `pairs` the sample before
 * the last.
 */
export type BucketReading =
  | 'last'
  | 'first'
  | 'min'
  | 'max'
  | 'mean'
  | 'counts'
  | 'sums'
  | 'ranges'
  | 'resets'
  | 'changes'
  | 'pairs'

/** How a query looks at samples: at which resolutions each of its windows consists of whole buckets, the longest first. */
export interface BucketUse {
  readonly reading: BucketReading
  readonly exactMs: readonly number[]
}

/** Samples after `afterMs` up to and with `untilMs`, and what they are answered from. */
export interface BucketZone {
  readonly afterMs: number
  readonly untilMs: number
  /** 0: raw samples. */
  readonly resolutionMs: number
  /** Whether the answer is what raw samples would give; sums may differ in the last bits. */
  readonly isExact: boolean
  /** Raw samples of these times were dropped. */
  readonly isRawGone: boolean
  /** Raw samples of other retention classes are there and belong to the answer. */
  readonly hasRaw: boolean
  /** Which makings of buckets count. */
  readonly makings: readonly number[]
}

/** How the store answers a selection in part or as a whole from buckets. Zones are ascending and leave no gap. */
export interface BucketPlan {
  readonly reading: BucketReading
  readonly zones: readonly BucketZone[]
}

export type BucketColumn =
  | 'counts'
  | 'sums'
  | 'firstTimesMs'
  | 'firsts'
  | 'lost'
  | 'resets'
  | 'changes'
  | 'beforeTimesMs'
  | 'befores'

/**
 * Buckets, and raw samples as buckets of one: `timestampsMs` and `values` are the last sample of each. `beforeTimesMs` is 0 where a
 * bucket has a single sample.
 */
export interface BucketedColumns extends SeriesColumns {
  readonly zones: readonly BucketZone[]
  /** Those that the reading needs, each as long as `values`. */
  readonly extra: Partial<Readonly<Record<BucketColumn, Float64Array>>>
}
