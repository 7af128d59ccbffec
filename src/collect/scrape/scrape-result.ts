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
  readonly isBucketLimitHit: boolean
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
  isBucketLimitHit: false,
}

/** What the store refused, by kind. Where a sink does not count by reason, refusals that are not shown count as the last of them. */
export function tallyRefusals(
  result: AppendResult,
): Pick<ScrapeCounts, 'duplicates' | 'outOfBounds' | 'refused' | 'refusal'> {
  const counts = { duplicates: 0, outOfBounds: 0, refused: 0, refusal: '' }
  for (const [reason, count] of result.rejectedByReason ?? countShown(result)) {
    if (reason === 'duplicate_timestamp') counts.duplicates += count
    else if (reason === 'out_of_bounds') counts.outOfBounds += count
    else counts.refused += count
  }
  if (counts.refused === 0) return counts
  const shown = result.rejected.find(({ reason }) => isOther(reason))
  // Only the first refusals are shown; others may have filled the list.
  const unshown = Array.from(result.rejectedByReason?.keys() ?? []).find(isOther)
  return { ...counts, refusal: shown?.message ?? unshown ?? '' }
}

function isOther(reason: RejectReason): boolean {
  return reason !== 'duplicate_timestamp' && reason !== 'out_of_bounds'
}

function countShown({ rejected, rejectedCount }: AppendResult): Map<RejectReason, number> {
  const counts = new Map<RejectReason, number>()
  const add = (reason: RejectReason, by: number): void =>
    void counts.set(reason, (counts.get(reason) ?? 0) + by)
  for (const { reason } of rejected) add(reason, 1)
  const last = rejected.at(-1)
  const unshown = rejectedCount - rejected.length
  if (last !== undefined && unshown > 0) add(last.reason, unshown)
  return counts
}
