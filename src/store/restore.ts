import type { StoreClient } from './client.ts'
import type { HotCoverage } from './hot/hot-coverage.ts'
import type { HotWindow } from './hot/hot-window.ts'
import type { Admission } from './insert/admit.ts'
import type { StoreLimits } from './limits.ts'
import { loadMetadata, loadRecentSamples, loadSeries } from './load.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { RetentionClasses } from './series/retention-classes.ts'
import type { SeriesIndex } from './series/series-index.ts'

/** The parts of a store that live in memory, empty yet. */
export interface RestoredParts {
  readonly client: StoreClient
  readonly index: SeriesIndex
  readonly classes: RetentionClasses
  readonly admission: Admission
  readonly metadata: MetadataCache
  readonly hot: HotWindow
  readonly cover: HotCoverage
  readonly limits: StoreLimits
  readonly nowMs: number
}

/**
 * Reads back what the engine knows of series and metadata, and fills the hot window with the last minutes. Rejects as the client does.
 * In a store that is shared the window begins empty: it cannot know what others write, and is not asked for what is stored.
 */
export async function restore(parts: RestoredParts): Promise<void> {
  await restoreSeries(parts, '1')
  await restoreMetadata(parts, '1')
  await parts.index.histograms.restore(parts.client, '1')
  if (parts.client.isShared) parts.cover.begin(parts.nowMs - parts.limits.hotWindowMs)
  else await fillHot(parts)
}

/** Reads the labels of the rows that fulfil a condition of SQL. */
export async function restoreSeries(
  { client, index, classes, admission }: RestoredParts,
  where: string,
): Promise<void> {
  const add: Parameters<typeof loadSeries>[1] = (labels, low, high, firstMs, lastMs, last) => {
    const known = index.findById(low, high)
    const stamp = known < 0 ? 0 : index.stampOf(known)
    const ref = index.restore(labels, low, high, firstMs, lastMs)
    if (ref < 0) return
    if (ref !== known || stamp !== index.stampOf(ref)) {
      classes.assign(ref, index.labelsOf(ref))
      admission.noteRestored(ref)
    }
    // Under another retention now, its labels are not stored where its samples will be.
    const isSame = classes.keepSecondsOf(ref) === last.keepSeconds
    if (isSame && last.day > index.storedDayOf(ref)) index.setStoredDay(ref, last.day)
  }
  await loadSeries(client, add, 'series_days', where)
}

/** Reads what is said of metric families, of the rows that fulfil a condition of SQL. */
export async function restoreMetadata(
  { client, metadata }: Pick<RestoredParts, 'client' | 'metadata'>,
  where: string,
): Promise<void> {
  for (const entry of await loadMetadata(client, where)) metadata.note(entry)
}

async function fillHot({ client, index, hot, cover, limits, nowMs }: RestoredParts): Promise<void> {
  const startMs = await loadRecentSamples(client, {
    fromMs: nowMs - limits.hotWindowMs,
    untilMs: nowMs,
    maxRows: Math.min(limits.hotRestoreSamples, Math.floor(limits.hotBytes / 32)),
    refOf: (low, high) => index.findById(low, high),
    add: (ref, timestampMs, low, high) => {
      hot.add(ref, timestampMs, low, high)
    },
  })
  cover.begin(startMs)
}
