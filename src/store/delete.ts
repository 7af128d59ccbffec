import { Problem } from '../model/problem.ts'
import type { StoreClient } from './client.ts'
import type { HotWindow, RemovedSamples } from './hot/hot-window.ts'
import { whereSelection } from './select/read-samples.ts'
import type { SeriesIndex, SeriesRef } from './series/series-index.ts'

const TABLES = ['samples', 'histograms', 'exemplars']
const REFS_PER_STATEMENT = 5000

/**
 * Deletes the samples of series in [startMs, endMs] from memory and from the engine; they are gone from answers when it
 * resolves. Samples that come meanwhile stay. When the engine fails, what it was not told to delete is as it was.
 */
export async function deleteSamples(
  client: StoreClient,
  index: SeriesIndex,
  hot: HotWindow,
  refs: readonly SeriesRef[],
  startMs: number,
  endMs: number,
): Promise<void> {
  // Taken now: meanwhile a series may be forgotten and its ref given to another.
  const stamps = refs.map((ref) => index.stampOf(ref))
  for (let from = 0; from < refs.length; from += REFS_PER_STATEMENT) {
    const part = refs
      .slice(from, from + REFS_PER_STATEMENT)
      .filter((ref, i) => index.stampOf(ref) === stamps[from + i])
    if (part.length === 0) continue
    const where = whereSelection(index, { refs: part, startMs, endMs }, 'always-by-id')
    const removed = part.map((ref) => hot.remove(ref, startMs, endMs))
    try {
      for (const table of TABLES) await deleteRows(client, table, where)
    } catch (thrown) {
      for (const samples of removed) if (samples !== undefined) putBack(hot, samples)
      throw thrown
    }
  }
}

/** Each part of a partition that a deletion names is looked through and copied: so only those are named that hold something. */
async function deleteRows(client: StoreClient, table: string, where: string): Promise<void> {
  const rows = await client.rows(
    // The alias must not be the name of a column: it would hide it from the condition.
    `SELECT DISTINCT _partition_id AS held_by FROM {db}.${table} WHERE ${where}`,
  )
  for (const row of rows) {
    const id = String(row['held_by'])
    if (!/^[0-9A-Za-z-]+$/.test(id)) throw new Problem('internal', `the partition ${id} is not one`)
    await client.command(`DELETE FROM {db}.${table} IN PARTITION ID '${id}' WHERE ${where}`, {
      lightweight_deletes_sync: 2,
    })
  }
}

function putBack(hot: HotWindow, { ref, timestampsMs, words }: RemovedSamples): void {
  for (let i = 0; i < timestampsMs.length; i++) {
    const [low, high] = [words[i * 2] as number, words[i * 2 + 1] as number]
    hot.add(ref, timestampsMs[i] as number, low, high)
  }
}
