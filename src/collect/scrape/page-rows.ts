import type { PageHistogram, ScrapePage } from '../../formats/prometheus-text/page.ts'
import type { Labels } from '../../model/labels.ts'
import { messageOf } from '../../model/problem.ts'
import { DROPPED, NOT_REMEMBERED, SeriesFault, type SeriesResolver } from './series-resolver.ts'

const MIN_CAPACITY = 64

export interface PageRowsOptions {
  readonly resolver: SeriesResolver
  /** 0 is no limit. */
  readonly sampleLimit: number
  /** Series with timestamps of their own end too when they are gone. */
  readonly trackTimestampsStaleness: boolean
}

/**
 * Which rows of a page become samples, and of which series. Counts as Prometheus does (scrape.go, scrapeLoopAppender.append). What
 * it holds is valid until the next page; marks in arrays by series number stand for sets, so that nothing is made per row.
 */
export class PageRows {
  /** Rows read, up to the fault where there is one. */
  scraped = 0
  /** Rows that relabelling kept, duplicates included. */
  kept = 0
  /** Rows without a timestamp whose series stood in the page before: the first wins. */
  duplicates = 0
  /** Why nothing of the page may be taken; '' when all is well. */
  fault = ''
  isSampleLimitHit = false
  isLabelLimitHit = false
  isBucketLimitHit = false
  /** Number of rows to take that are no histograms. */
  taken = 0
  /** By taken row: the row of the page. */
  rowOf = new Uint32Array(MIN_CAPACITY)
  /** By taken row: the place in `series`. New for each page. */
  seriesIndex = new Uint32Array(0)
  /** The series of the taken rows, each once. New for each page. */
  series: Labels[] = []
  /** The native histograms to take, and the numbers of their series. */
  readonly histograms: PageHistogram[] = []
  readonly histogramNumbers: number[] = []
  /**
   * The numbers of the series that end when they are missing from the next page; in `[0, trackedCount)`. May be exchanged for
   * another array between pages.
   */
  tracked = new Uint32Array(MIN_CAPACITY)
  trackedCount = 0

  readonly #options: PageRowsOptions
  #pass = 0
  /** The first of the page's histograms whose row is not read yet. */
  #nextHistogram = 0
  /** By series number: the last page that had it, and its place there. */
  #seenIn = new Uint32Array(MIN_CAPACITY)
  #place = new Uint32Array(MIN_CAPACITY)
  #trackedIn = new Uint32Array(MIN_CAPACITY)

  constructor(options: PageRowsOptions) {
    this.#options = options
  }

  /** Whether a series is among the tracked ones. */
  isTracked(number: number): boolean {
    return this.#trackedIn[number] === this.#pass
  }

  /** The place of a series in `series`, where it is put when it is not there. */
  placeOf(number: number): number {
    if (this.#seenIn[number] === this.#pass) return this.#place[number] as number
    this.#seenIn[number] = this.#pass
    const place = this.series.length
    this.#place[number] = place
    this.series.push(this.#options.resolver.table.labelsOf(number))
    return place
  }

  read(page: ScrapePage): void {
    this.#begin(page.rows)
    try {
      for (let row = 0; row < page.rows; row++) {
        this.scraped++
        this.#readRow(page, row)
      }
      if (page.fault !== undefined) {
        const { line, message } = page.fault
        this.fault = line > 0 ? `line ${line}: ${message}` : message
      } else if (this.isSampleLimitHit) this.fault = 'sample limit exceeded'
      else if (this.isBucketLimitHit) this.fault = 'histogram bucket limit exceeded'
    } catch (thrown) {
      this.fault = messageOf(thrown)
      this.isLabelLimitHit = thrown instanceof SeriesFault && thrown.isLabelLimit
    }
  }

  #readRow(page: ScrapePage, row: number): void {
    const { resolver, sampleLimit, trackTimestampsStaleness } = this.#options
    const histogram = this.#histogramOf(page, row)
    const isFull = sampleLimit > 0 && this.taken + this.histograms.length === sampleLimit
    // Past the limit rows are only counted; new series are not worth remembering.
    const number = resolver.resolve(page, row, !isFull)
    if (number === DROPPED) return
    this.kept++
    if (number === NOT_REMEMBERED) {
      this.isSampleLimitHit = true
      return
    }
    if (number >= this.#seenIn.length) this.#growSeries(resolver.table.capacity)
    const hasTimestamp = page.hasTimestamp[row] === 1
    if (!hasTimestamp && this.#seenIn[number] === this.#pass) {
      this.duplicates++
      return
    }
    if (histogram?.isOverLimit === true) {
      this.isBucketLimitHit = true
      return
    }
    if (isFull) {
      this.isSampleLimitHit = true
      return
    }
    if (histogram === undefined) {
      this.rowOf[this.taken] = row
      this.seriesIndex[this.taken++] = this.placeOf(number)
    } else {
      if (histogram.fault !== '') throw new SeriesFault(histogram.fault)
      this.placeOf(number)
      this.histograms.push(histogram)
      this.histogramNumbers.push(number)
    }
    if (hasTimestamp && !trackTimestampsStaleness) return
    if (this.#trackedIn[number] === this.#pass) return
    this.#trackedIn[number] = this.#pass
    this.tracked[this.trackedCount++] = number
  }

  #histogramOf(page: ScrapePage, row: number): PageHistogram | undefined {
    const next = page.histograms[this.#nextHistogram]
    if (next?.row !== row) return undefined
    this.#nextHistogram++
    return next
  }

  #begin(rows: number): void {
    this.#pass++
    this.scraped = 0
    this.kept = 0
    this.duplicates = 0
    this.fault = ''
    this.isSampleLimitHit = false
    this.isLabelLimitHit = false
    this.isBucketLimitHit = false
    this.#nextHistogram = 0
    this.histograms.length = 0
    this.histogramNumbers.length = 0
    this.taken = 0
    this.trackedCount = 0
    this.series = []
    this.seriesIndex = new Uint32Array(rows)
    if (rows > this.rowOf.length) this.rowOf = new Uint32Array(rows)
    if (rows > this.tracked.length) this.tracked = new Uint32Array(rows)
  }

  #growSeries(needed: number): void {
    const count = Math.max(needed, this.#seenIn.length * 2)
    this.#seenIn = grown(this.#seenIn, count)
    this.#place = grown(this.#place, count)
    this.#trackedIn = grown(this.#trackedIn, count)
  }
}

function grown(from: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(length)
  to.set(from)
  return to
}
