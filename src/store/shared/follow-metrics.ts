import type { RestoredParts } from '../restore.ts'
import { restoreMetadata, restoreSeries } from '../restore.ts'
import { PartsFollower } from './parts-follower.ts'

/** What keeps the series and the metadata in memory up to date with what others write into the same store. */
export function followMetrics(parts: RestoredParts): readonly PartsFollower[] {
  const { client } = parts
  if (!client.isShared) return []
  return [
    new PartsFollower({
      client,
      table: 'series_days',
      read: (where) => restoreSeries(parts, where),
    }),
    new PartsFollower({
      client,
      table: 'metric_metadata',
      read: (where) => restoreMetadata(parts, where),
    }),
  ]
}
