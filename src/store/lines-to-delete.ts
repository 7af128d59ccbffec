import type { Labels } from '../model/labels.ts'
import type { Matcher } from '../model/matcher.ts'
import { Problem } from '../model/problem.ts'
import type { LinePattern, Needle } from './lines-source.ts'
import { LINE_BUCKET_NS } from './schema.ts'
import { needleCondition } from './select/needle-sql.ts'
import { decimalId } from './select/read-samples.ts'
import type { SeriesIndex, SeriesRef } from './series/series-index.ts'

/** Of statements that name streams. */
export const DELETION_SETTINGS = { max_query_size: 4_000_000, max_ast_elements: 1_000_000 }

/** Says of a line whether it is to be deleted. `timestampNs` is Unix nanoseconds. */
export type JudgeLine = (
  text: string,
  stream: Labels,
  metadata: Labels,
  timestampNs: bigint,
) => boolean

/** Lines of the streams that the matchers accept, in [startNs, endNs). */
export interface LinesToDelete {
  readonly matchers: readonly Matcher[]
  readonly startNs: bigint
  readonly endNs: bigint
  /** Only lines that hold these. */
  readonly needles: readonly Needle[]
  /**
   * Only lines in which these are found, or are not: each must mean the same to the engine. It decides about lines that are valid UTF-8, the judge about
   * the others.
   */
  readonly patterns?: readonly LinePattern[]
  /**
   * Only lines that this says yes to, where no patterns are given. Without it the needles decide, all of which the engine must be able to
   * decide then.
   */
  readonly judge: JudgeLine | undefined
}

export interface DeletionRange {
  readonly startNs: bigint
  readonly endNs: bigint
}

export function whereAll(
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  { startNs, endNs }: DeletionRange,
  needles: readonly Needle[],
): string {
  const conditions = needles.map(needleCondition).filter((condition) => condition !== undefined)
  return [
    `intDiv(toUnixTimestamp64Nano(ts), ${LINE_BUCKET_NS}) BETWEEN ${startNs / LINE_BUCKET_NS} AND ${(endNs - 1n) / LINE_BUCKET_NS}`,
    `ts >= fromUnixTimestamp64Nano(toInt64(${startNs}), 'UTC')`,
    `ts < fromUnixTimestamp64Nano(toInt64(${endNs}), 'UTC')`,
    // Always by id: a stream that comes meanwhile is not meant.
    `id IN (${refs.map((ref) => decimalId(index, ref)).join(',')})`,
    ...conditions,
  ].join(' AND ')
}

/** Whether the engine had no memory for a statement, or its answer is too large. */
export function isTooLarge(thrown: unknown): boolean {
  return thrown instanceof Problem && thrown.code === 'limit'
}
