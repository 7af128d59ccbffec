import type { HotCoverage } from '../hot/hot-coverage.ts'
import type { SelectRequest } from '../metrics-source.ts'
import type { SeriesIndex } from '../series/series-index.ts'

const LEAST_DENSITY_PER_MS = 1 / 60_000

/** How many samples a selection has, about: from the times of its series, and from how often samples come now. */
export class SampleEstimate {
  readonly #index: SeriesIndex
  readonly #cover: HotCoverage

  constructor({ index, cover }: { readonly index: SeriesIndex; readonly cover: HotCoverage }) {
    this.#index = index
    this.#cover = cover
  }

  /** Samples of a series in a millisecond. */
  get densityPerMs(): number {
    return Math.max(this.#cover.densityOf(this.#index.size), LEAST_DENSITY_PER_MS)
  }

  samplesOf(request: SelectRequest): number {
    let spanMs = 0
    for (const ref of this.#index.match(request.matchers)) {
      const fromMs = Math.max(request.startMs, this.#index.firstMsOf(ref))
      spanMs += Math.max(0, Math.min(request.endMs, this.#index.lastMsOf(ref)) - fromMs)
    }
    return Math.round(spanMs * this.densityPerMs)
  }

  samplesPerSeries(request: SelectRequest): number {
    return this.samplesOf(request) / Math.max(1, this.#index.match(request.matchers).length)
  }
}
