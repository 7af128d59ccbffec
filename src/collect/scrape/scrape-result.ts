import { messageOf } from '../../model/problem.ts'
import type { AppendResult, RejectReason } from '../../model/samples.ts'

/** What a page held, and what became of it. */
export interface ScrapeCounts {
  /** Why nothing was taken; undefined for a good page. */
  readonly fault: Error | undefined
  readonly samplesScraped: number
  /** After `metric_relabel_configs`. */
  readonly samplesKept: number
  /** Series that the page before did not have. */
  readonly seriesAdded: number
  /** Samples dropped because their series has another value at the same time. */
  readonly duplicates: number
  /** Samples too far in the past or the future. */
  readonly outOfBounds: number
  /** Samples refused for any other reason, and the first such reason in words. */
  readonly refused: number
  readonly refusal: string
  readonly isSampleLimitHit: boolean
  readonly isLabelLimitHit: boolean
}

/** A page that could not be read for a mistake in this program, and not in the page. `cause` is what was thrown. */
export class ScrapeDefect extends Error {
  override readonly name = 'ScrapeDefect'

  constructor(cause: unknown) {
    super(`this page met a defect of Vedette: ${messageOf(cause)}`, { cause })
  }
}

/** What became of one scrape. */
export interface ScrapeResult extends ScrapeCounts {
  readonly up: boolean
  readonly durationMs: number
  /** What was remembered of failed pages had grown too large and was forgotten. */
  readonly isCacheFlushed: boolean
}

/** A page without a line. */
export const NO_SAMPLES: ScrapeCounts = {
  fault: undefined,
  samplesScraped: 0,
  samplesKept: 0,
  seriesAdded: 0,
  duplicates: 0,
  outOfBounds: 0,
  refused: 0,
  refusal: '',
  isSampleLimitHit: false,
  isLabelLimitHit: false,
}

/** What the store refused, by kind. Only the first refusals are known one by one; the rest count as the last of them. */
export function tallyRefusals(
  result: AppendResult,
): Pick<ScrapeCounts, 'duplicates' | 'outOfBounds' | 'refused' | 'refusal'> {
  const counts = { duplicates: 0, outOfBounds: 0, refused: 0, refusal: '' }
  const add = (reason: RejectReason, message: string, by: number): void => {
    if (reason === 'duplicate_timestamp') counts.duplicates += by
    else if (reason === 'out_of_bounds') counts.outOfBounds += by
    else {
      counts.refused += by
      counts.refusal ||= message
    }
  }
  for (const { reason, message } of result.rejected) add(reason, message, 1)
  const last = result.rejected.at(-1)
  const unknown = result.rejectedCount - result.rejected.length
  if (last !== undefined && unknown > 0) add(last.reason, last.message, unknown)
  return counts
}
