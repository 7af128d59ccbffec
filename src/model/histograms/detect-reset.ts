import { areSameBounds, exponentialBound } from './bucket-bounds.ts'
import type { DraftBuckets } from './draft-buckets.ts'
import type { HistogramDraft } from './histogram-draft.ts'
import { HINT_NO_RESET, HINT_RESET, type HistogramTable } from './histogram-table.ts'

/** The rows of some buckets. */
interface BucketRange {
  readonly indexes: Int32Array
  readonly counts: Float64Array
  readonly from: number
  readonly to: number
}

/**
 * Whether a counter was reset between a histogram and the one before it (float_histogram.go, DetectReset): any count fell, or the layout
 * changed in a way that only a reset explains. The drafts are scratch memory.
 */
export function isReset(
  table: HistogramTable,
  row: number,
  before: number,
  drafts: readonly [HistogramDraft, HistogramDraft],
): boolean {
  const hint = table.hints[row]
  if (hint === HINT_RESET) return true
  if (hint === HINT_NO_RESET) return false
  if ((table.totals[row] as number) < (table.totals[before] as number)) return true
  if (table.isCustom(row)) {
    if (!table.isCustom(before)) return true
    if (!areSameBounds(table.boundsOf(row), table.boundsOf(before))) {
      return hasFallenBetweenSharedBounds(table, row, before, drafts)
    }
  }
  const schema = table.schemas[row] as number
  const threshold = table.zeroThresholds[row] as number
  if (schema > (table.schemas[before] as number)) return true
  if (threshold < (table.zeroThresholds[before] as number)) return true
  const isSameLayout =
    schema === table.schemas[before] && threshold === table.zeroThresholds[before]
  if (isSameLayout) {
    if ((table.zeroCounts[row] as number) < (table.zeroCounts[before] as number)) return true
    return (
      hasFallen(rangeOf(table, row, 'positive'), rangeOf(table, before, 'positive')) ||
      hasFallen(rangeOf(table, row, 'negative'), rangeOf(table, before, 'negative'))
    )
  }
  const [earlier] = drafts
  earlier.load(table, before)
  if (threshold !== earlier.zeroThreshold) earlier.widenZero(threshold)
  // The border of the zero bucket was within a populated bucket.
  if (earlier.zeroThreshold !== threshold) return true
  if ((table.zeroCounts[row] as number) < earlier.zeroCount) return true
  earlier.coarsenTo(schema)
  return (
    hasFallen(outsideZero(table, row, 'positive'), all(earlier.positive)) ||
    hasFallen(outsideZero(table, row, 'negative'), all(earlier.negative))
  )
}

function rangeOf(table: HistogramTable, row: number, part: 'positive' | 'negative'): BucketRange {
  const { indexes, counts } = table
  const middle = table.positiveFrom[row] as number
  return part === 'negative'
    ? { indexes, counts, from: table.negativeFrom[row] as number, to: middle }
    : { indexes, counts, from: middle, to: table.ends[row] as number }
}

function outsideZero(
  table: HistogramTable,
  row: number,
  part: 'positive' | 'negative',
): BucketRange {
  const range = rangeOf(table, row, part)
  const schema = table.schemas[row] as number
  const threshold = table.zeroThresholds[row] as number
  let { from } = range
  while (from < range.to && exponentialBound(range.indexes[from] as number, schema) <= threshold) {
    from++
  }
  return { ...range, from }
}

function all({ indexes, counts, length }: DraftBuckets): BucketRange {
  return { indexes, counts, from: 0, to: length }
}

/** Whether any bucket has less than it had, or is gone. */
function hasFallen(now: BucketRange, before: BucketRange): boolean {
  let at = now.from
  for (let i = before.from; i < before.to; i++) {
    const index = before.indexes[i] as number
    while (at < now.to && (now.indexes[at] as number) < index) at++
    const count = at < now.to && now.indexes[at] === index ? (now.counts[at] as number) : 0
    if (count < (before.counts[i] as number)) return true
    if (count === 0 && before.counts[i] !== 0) return true
  }
  return false
}

function hasFallenBetweenSharedBounds(
  table: HistogramTable,
  row: number,
  before: number,
  [now, earlier]: readonly [HistogramDraft, HistogramDraft],
): boolean {
  now.load(table, row)
  earlier.load(table, before)
  now.shareBounds(earlier)
  return hasFallen(all(now.positive), all(earlier.positive))
}
