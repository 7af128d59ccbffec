import type { Labels } from '../../model/labels.ts'
import type {
  Exemplar,
  MetricMetadata,
  NativeHistogramSample,
  SampleBatch,
} from '../../model/samples.ts'
import { wordsOf, writeStale } from '../../model/stale.ts'
import { Problem } from '../../model/problem.ts'

/** A histogram is as many samples as it has buckets. */
const MAX_SAMPLES = 500_000
const MIN_ROWS = 256

/** Gathers the samples that data points become. Throws a `Problem` of code `limit` when they are too many. */
export class SeriesRows {
  readonly #series: Labels[] = []
  readonly #places = new Map<Labels, number>()
  #seriesIndex = new Uint32Array(MIN_ROWS)
  #timestampsMs = new Float64Array(MIN_ROWS)
  #values = new Float64Array(MIN_ROWS)
  #points = new Uint32Array(MIN_ROWS)
  #length = 0
  /** The data point whose samples come. */
  #point = 0
  readonly #exemplars: Exemplar[] = []
  readonly #histograms: NativeHistogramSample[] = []
  readonly #histogramPoints: number[] = []
  readonly #metadata: MetricMetadata[] = []

  /** The samples that follow are of this data point. */
  begin(point: number): void {
    this.#point = point
  }

  add(series: Labels, timestampMs: number, value: number): void {
    const row = this.#row(series, timestampMs)
    this.#values[row] = value
  }

  /** A sample that says that its series ended. */
  addStale(series: Labels, timestampMs: number): void {
    const row = this.#row(series, timestampMs)
    writeStale(wordsOf(this.#values), row)
  }

  addExemplar(exemplar: Exemplar): void {
    this.#exemplars.push(exemplar)
  }

  addHistogram(histogram: NativeHistogramSample): void {
    // Without a row it stands in the table of series all the same, which is what limits look at.
    this.#placeOf(histogram.series)
    this.#histograms.push(histogram)
    this.#histogramPoints.push(this.#point)
  }

  addMetadata(metadata: MetricMetadata): void {
    this.#metadata.push(metadata)
  }

  finish(): TranslatedSamples {
    const rows = this.#length
    return {
      samples: {
        series: this.#series,
        seriesIndex: this.#seriesIndex.subarray(0, rows),
        timestampsMs: this.#timestampsMs.subarray(0, rows),
        values: this.#values.subarray(0, rows),
        ...(this.#exemplars.length > 0 ? { exemplars: this.#exemplars } : {}),
        ...(this.#histograms.length > 0 ? { histograms: this.#histograms } : {}),
        ...(this.#metadata.length > 0 ? { metadata: this.#metadata } : {}),
      },
      rowPoints: this.#points.subarray(0, rows),
      histogramPoints: this.#histogramPoints,
    }
  }

  #row(series: Labels, timestampMs: number): number {
    const row = this.#length
    if (row >= MAX_SAMPLES) {
      throw new Problem('limit', `a request may become at most ${MAX_SAMPLES} samples`)
    }
    if (row === this.#seriesIndex.length) this.#grow(row * 2)
    this.#seriesIndex[row] = this.#placeOf(series)
    this.#timestampsMs[row] = timestampMs
    this.#points[row] = this.#point
    this.#length = row + 1
    return row
  }

  #placeOf(series: Labels): number {
    const known = this.#places.get(series)
    if (known !== undefined) return known
    const place = this.#series.push(series) - 1
    this.#places.set(series, place)
    return place
  }

  #grow(rows: number): void {
    const { seriesIndex, timestampsMs, values, points } = {
      seriesIndex: new Uint32Array(rows),
      timestampsMs: new Float64Array(rows),
      values: new Float64Array(rows),
      points: new Uint32Array(rows),
    }
    seriesIndex.set(this.#seriesIndex)
    timestampsMs.set(this.#timestampsMs)
    values.set(this.#values)
    points.set(this.#points)
    this.#seriesIndex = seriesIndex
    this.#timestampsMs = timestampsMs
    this.#values = values
    this.#points = points
  }
}

/** Samples, and the data points that they come from. */
export interface TranslatedSamples {
  readonly samples: SampleBatch
  /** Of each row of `samples`, its data point; that of `target_info` is `NO_POINT`. */
  readonly rowPoints: Uint32Array
  /** The same of each of its native histograms. */
  readonly histogramPoints: readonly number[]
}

/** What is made of a whole resource comes from no data point. */
export const NO_POINT = 0xffffffff
