import type { DeletedRange } from '../delete.ts'
import type { Retention } from '../limits.ts'
import type { QueryBounds, SelectRequest } from '../metrics-source.ts'
import type { SampleEstimate } from '../select/sample-estimate.ts'
import type { RestoredParts } from '../restore.ts'
import type { BucketedColumns, BucketPlan, BucketUse } from './bucket-columns.ts'
import { Downsampler, type DownsamplerOptions } from './downsampler.ts'
import { type BucketReaderOptions, readBuckets } from './read-buckets.ts'
import { restoreBucketSeries } from './restore-series.ts'

/** Reading fewer raw samples takes milliseconds. */
const LEAST_SAMPLES = 100_000
/** A bucket costs as much as some samples: it has more columns, and they are laid out one by one. */
const SAMPLES_PER_BUCKET = 8

export interface StoreBucketsOptions extends BucketReaderOptions, DownsamplerOptions {
  readonly estimate: SampleEstimate
  /** Raw samples of a selection from which on buckets may be read in their place; 0: always. */
  readonly leastSamplesForBuckets?: number
}

/** What a store of metrics has to do with buckets of old samples: they are kept in step with it, and answer where they can. */
export class StoreBuckets {
  readonly downsampler: Downsampler
  readonly #options: StoreBucketsOptions

  constructor(options: StoreBucketsOptions) {
    this.#options = options
    this.downsampler = new Downsampler(options)
  }

  /** Reads what is made, and the series that only buckets have samples of. Rejects as the client does. */
  async restore(parts: RestoredParts): Promise<void> {
    await this.downsampler.open()
    await restoreBucketSeries(parts)
  }

  /**
   * What of a selection buckets answer: what raw samples are gone of, and what they answer as exactly and at clearly lower cost. Undefined
   * where raw samples alone answer.
   */
  plan(request: SelectRequest, use: BucketUse): BucketPlan | undefined {
    const { estimate, leastSamplesForBuckets = LEAST_SAMPLES } = this.#options
    let isMuch: boolean | undefined
    return this.downsampler.plan(request, use, (resolutionMs) => {
      if (leastSamplesForBuckets === 0) return true
      isMuch ??= estimate.samplesOf(request) >= leastSamplesForBuckets
      return isMuch && estimate.densityPerMs * resolutionMs >= SAMPLES_PER_BUCKET
    })
  }

  /** The answer to a selection that was planned just now. Rejects with `limit` past the bounds. */
  read(request: SelectRequest, plan: BucketPlan, bounds: QueryBounds): Promise<BucketedColumns> {
    return readBuckets(this.#options, request, plan, bounds)
  }

  /** A retention that does not drop for its age what is to be downsampled first. */
  holdBack(retention: Retention): Retention {
    return { ...retention, isAwaited: (keep, day) => this.downsampler.isAwaited(keep, day) }
  }

  /** Deletes samples by `work`, and then what buckets have of them. */
  async deleteWith(range: DeletedRange, work: () => Promise<void>): Promise<void> {
    await this.downsampler.beforeDeletion(range)
    await work()
    await this.downsampler.deleteSeries(this.#options.index, range)
  }
}
