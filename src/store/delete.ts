import type { StoreClient } from './client.ts'
import { whereSelection } from './select/read-samples.ts'
import type { SeriesIndex, SeriesRef } from './series/series-index.ts'

const TABLES = ['samples', 'histograms', 'exemplars']
const REFS_PER_STATEMENT = 5000

/** Deletes the samples of series in [startMs, endMs] from the engine. What is deleted is gone from answers at once. */
export async function deleteSamples(
  client: StoreClient,
  index: SeriesIndex,
  refs: readonly SeriesRef[],
  startMs: number,
  endMs: number,
): Promise<void> {
  for (let from = 0; from < refs.length; from += REFS_PER_STATEMENT) {
    const part = refs.slice(from, from + REFS_PER_STATEMENT)
    const where = whereSelection(index, { refs: part, startMs, endMs }, 'always-by-id')
    for (const table of TABLES) {
      await client.command(`DELETE FROM {db}.${table} WHERE ${where}`, {
        lightweight_deletes_sync: 2,
      })
    }
  }
}
