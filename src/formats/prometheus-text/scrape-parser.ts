import { checkOpenMetricsPage } from '../openmetrics/check.ts'
import { readOpenMetricsPage } from '../openmetrics/decode.ts'
import { MAX_SCHEMA } from '../../model/histograms/bucket-bounds.ts'
import { Problem } from '../../model/problem.ts'
import { ProtoPageReader, type ProtoPageOptions } from '../prometheus-proto/read-page.ts'
import type { HistogramChoice } from '../prometheus-proto/read-metric.ts'
import { checkTextPage } from './check.ts'
import { choosePageFormat, type ScrapeProtocol } from './content-type.ts'
import { readTextPage } from './decode.ts'
import { ScrapePage } from './page.ts'
import { describeFault, PageFault } from './page-fault.ts'
import { ReadContext } from './read-context.ts'
import type { SeriesCache } from './series-cache.ts'

export interface ScrapeParserOptions {
  /** `fallback_scrape_protocol`: what a page without a usable Content-Type is read as. */
  readonly fallback?: ScrapeProtocol
  /**
   * Hold pages to the formats' own specifications, as a linter does, where Prometheus is more lenient. Off for scrapes: a
   * target that Prometheus can scrape must stay up.
   */
  readonly strict?: boolean
  /** Of pages in protobuf; without it only classic histograms are taken. */
  readonly histograms?: HistogramChoice
}

const ONLY_CLASSIC: HistogramChoice = {
  ...{ takesNative: false, keepsClassic: true, maxBuckets: 0, maxSchema: MAX_SCHEMA },
}

export interface ScrapeParser {
  /**
   * Reads a page. Never throws for its content: `page.fault` says what is wrong. The page belongs to the parser and holds until
   * the next call; a page of text refers to `bytes`.
   *
   * Rows without a timestamp, and all rows when `honorTimestamps` is false, are given `defaultTimestampMs`. With a cache, a row
   * whose series it knows has its number in `page.ids`; the others are to be made with `page.labelsOf(row)` and put into the
   * cache with `insert(page.bytes, page.seriesStarts[row], page.seriesEnds[row], page.hashes[row], id)`.
   */
  parse(
    bytes: Uint8Array,
    contentType: string,
    defaultTimestampMs: number,
    honorTimestamps: boolean,
    cache?: SeriesCache,
  ): ScrapePage
}

export function createScrapeParser(options: ScrapeParserOptions = {}): ScrapeParser {
  const page = new ScrapePage()
  let protoReader: ProtoPageReader | undefined
  return {
    parse(bytes, contentType, defaultTimestampMs, honorTimestamps, cache) {
      const choice = choosePageFormat(contentType, options.fallback)
      page.begin(bytes, choice.format === 'openmetrics')
      if (choice.format === undefined) {
        page.fault = { line: 0, message: choice.message }
        return page
      }
      page.warning = choice.warning
      if (choice.format === 'protobuf') {
        protoReader ??= new ProtoPageReader(options.histograms ?? ONLY_CLASSIC)
        readProtoPage(protoReader, page, { defaultTimestampMs, honorTimestamps, cache })
        return page
      }
      const isText = choice.format === 'text'
      const context = new ReadContext(
        page,
        choice.format,
        defaultTimestampMs,
        honorTimestamps,
        cache,
      )
      try {
        if (isText) readTextPage(context)
        else readOpenMetricsPage(context)
        if (options.strict === true) (isText ? checkTextPage : checkOpenMetricsPage)(page)
        page.finish()
      } catch (thrown) {
        if (!(thrown instanceof PageFault)) throw thrown
        page.fault = describeFault(bytes, thrown)
        cache?.rewind()
      }
      return page
    },
  }
}

function readProtoPage(reader: ProtoPageReader, page: ScrapePage, options: ProtoPageOptions): void {
  try {
    reader.read(page.bytes, page, options)
    page.finish()
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    page.fault = { line: 0, message: thrown.message }
    options.cache?.rewind()
  }
}
