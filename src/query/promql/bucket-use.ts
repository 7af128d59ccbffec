import type { BucketReading, BucketUse } from '../../store/downsample/bucket-columns.ts'
import { RESOLUTIONS_MS } from '../../store/downsample/levels.ts'
import type { LookTimes } from './times.ts'

/** How a selector is looked at over a grid. */
export interface BucketLook {
  readonly times: LookTimes
  readonly steps: number
  /** 0 for an instant selector. */
  readonly rangeMs: number
  /** The function of the range. */
  readonly func?: string
  /** `anchored` or `smoothed`. */
  readonly isExtended: boolean
}

/** What a function of a range needs to know of a bucket to be exact where its windows consist of whole ones. */
const EXACT: Readonly<Record<string, BucketReading>> = {
  absent_over_time: 'last',
  avg_over_time: 'sums',
  changes: 'changes',
  count_over_time: 'counts',
  delta: 'ranges',
  first_over_time: 'first',
  idelta: 'pairs',
  increase: 'ranges',
  irate: 'pairs',
  last_over_time: 'last',
  max_over_time: 'max',
  min_over_time: 'min',
  present_over_time: 'last',
  rate: 'ranges',
  resets: 'resets',
  sum_over_time: 'sums',
  ts_of_first_over_time: 'first',
  ts_of_last_over_time: 'last',
}

/** What comes nearest for the functions that look at every sample. */
const NEAREST: Readonly<Record<string, BucketReading>> = {
  mad_over_time: 'mean',
  quantile_over_time: 'mean',
  stddev_over_time: 'mean',
  stdvar_over_time: 'mean',
  ts_of_max_over_time: 'max',
  ts_of_min_over_time: 'min',
}

/**
 * What is asked of buckets, and where they answer exactly: windows, which are open at their start as buckets are, have to begin and end on
 * borders. The newest sample before a time is the last one of a bucket when that time is on a border, whatever the lookback. The range
 * of the query at the top, and `anchored` and `smoothed`, want the samples themselves.
 */
export function useOf({ times, steps, rangeMs, func, isExtended }: BucketLook): BucketUse {
  const isInstant = rangeMs === 0
  const exact = isInstant ? 'last' : func === undefined ? undefined : EXACT[func]
  if (isExtended || exact === undefined) {
    const nearest = func === undefined ? undefined : NEAREST[func]
    return { reading: nearest ?? 'last', exactMs: [] }
  }
  const exactMs = RESOLUTIONS_MS.filter(
    (ms) =>
      times.firstMs % ms === 0 && (steps <= 1 || times.stepMs % ms === 0) && rangeMs % ms === 0,
  )
  return { reading: exact, exactMs }
}
