import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'
import { seriesDaysBlock } from './blocks.ts'
import { later, type Insert } from './inserts.ts'
import { DAYS, type StoredDays } from './stored-days.ts'

/** The bytes of a larger insert take too long to make. */
const LABELS_PER_INSERT = 5000

export interface LabelContext {
  readonly index: SeriesIndex
  readonly keepOf: (ref: SeriesRef) => number
  readonly storedDays: StoredDays
}

/**
 * The inserts of the labels that are not stored yet for a partition, if there are any. `partition` is the retention class times
 * `DAYS` plus the day.
 */
export function planLabels(
  table: 'series_days' | 'stream_days' | 'resource_days',
  refs: readonly SeriesRef[],
  partition: number,
  context: LabelContext,
): Insert[] {
  const day = partition % DAYS
  const keepSeconds = Math.floor(partition / DAYS)
  const fresh = [...new Set(refs)].filter((ref) => !context.storedDays.has(ref, day))
  const inserts: Insert[] = []
  for (let from = 0; from < fresh.length; from += LABELS_PER_INSERT) {
    const part = fresh.slice(from, from + LABELS_PER_INSERT)
    inserts.push({
      ...later(table, () => seriesDaysBlock(context.index, part, keepSeconds, day)),
      onDone: () => {
        for (const ref of part) {
          // With another retention meanwhile, they are not stored where its rows will be.
          if (context.keepOf(ref) === keepSeconds) context.storedDays.add(ref, day)
        }
      },
    })
  }
  return inserts
}
