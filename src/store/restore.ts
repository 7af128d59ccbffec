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

/** Reads back what the engine knows of series and metadata, and fills the hot window with the last minutes. Rejects as the client does. */
export async function restore(parts: RestoredParts): Promise<void> {
  const { client, index, classes, admission, metadata } = parts
  await loadSeries(client, (labels, low, high, firstMs, lastMs, last) => {
    const ref = index.restore(labels, low, high, firstMs, lastMs)
    classes.assign(ref, index.labelsOf(ref))
    // Under another retention now, its labels are not stored where its samples will be.
    const isSame = classes.keepSecondsOf(ref) === last.keepSeconds
    if (isSame) index.setStoredDay(ref, last.day)
    admission.noteRestored(ref)
  })
  for (const entry of await loadMetadata(client)) metadata.note(entry)
  await fillHot(parts)
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
