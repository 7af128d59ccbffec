import { restoreMetadata, restoreSeries, type RestoredParts } from '../restore.ts'
import { PartsFollowers } from './parts-follower.ts'

/** What keeps the series and the metadata in memory up to date with what others write into the same store. */
export function followMetrics(parts: RestoredParts): PartsFollowers {
  const { client } = parts
  return new PartsFollowers([
    { client, table: 'series_days', read: (where) => restoreSeries(parts, where) },
    {
      client,
      table: 'histograms',
      read: (where) => parts.index.histograms.restore(client, where),
    },
    { client, table: 'metric_metadata', read: (where) => restoreMetadata(parts, where) },
  ])
}
