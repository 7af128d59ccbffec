import { decodeBlocks } from '../../formats/clickhouse-native/decode.ts'
import { Labels } from '../../model/labels.ts'
import type { RestoredParts } from '../restore.ts'
import { DAY_MS } from './day-ledger.ts'

/**
 * Adds the series that only buckets have samples of, and stretches the times of the others. Series that several retention classes had
 * come once for each.
 */
export async function restoreBucketSeries({
  client,
  index,
  classes,
  admission,
}: Pick<RestoredParts, 'client' | 'index' | 'classes' | 'admission'>): Promise<void> {
  if (client.isShared) return
  const bytes = await client.native(
    `SELECT id, any(labels) AS labels, toUInt32(min(first_day)) AS first_day, toUInt32(max(last_day)) AS last_day
     FROM {db}.bucket_series_days GROUP BY id`,
  )
  for (const block of decodeBlocks(bytes)) {
    const id = block.uint64Words('id')
    const first = block.uint32('first_day')
    const last = block.uint32('last_day')
    const { offsets, keys, values } = block.stringMap('labels')
    for (let row = 0; row < block.rows; row++) {
      const low = id[row * 2] as number
      const high = id[row * 2 + 1] as number
      const isNew = index.findById(low, high) < 0
      const pairs: [string, string][] = []
      for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++) {
        pairs.push([keys[i] as string, values[i] as string])
      }
      const firstMs = (first[row] as number) * DAY_MS
      // The last bucket of a day ends with the midnight after it.
      const lastMs = ((last[row] as number) + 1) * DAY_MS
      const ref = index.restore(Labels.fromPairs(pairs), low, high, firstMs, lastMs)
      if (ref < 0 || !isNew) continue
      classes.assign(ref, index.labelsOf(ref))
      admission.noteRestored(ref)
    }
  }
}
