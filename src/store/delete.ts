import type { StoreClient } from './client.ts'
import type { HotWindow, RemovedSamples } from './hot/hot-window.ts'
import type { PendingRows } from './insert/pending-rows.ts'
import { whereSelection } from './select/read-samples.ts'
import type { SeriesIndex, SeriesRef } from './series/series-index.ts'

const TABLES = ['samples', 'histograms', 'exemplars']
const REFS_PER_STATEMENT = 5000

export interface Deletion {
  readonly client: StoreClient
  readonly index: SeriesIndex
  readonly hot: HotWindow
  /** Runs the work while nothing is written; `later` are the rows that are stored after it. */
  readonly exclusively: (work: (later: PendingRows) => Promise<void>) => Promise<void>
  /** Whether reads leave out what is deleted before the engine has rewritten its parts. */
  readonly isSeenAtOnce: boolean
}

/** Samples of these series in [startMs, endMs]. */
export interface DeletedRange {
  readonly refs: readonly SeriesRef[]
  readonly startMs: number
  readonly endMs: number
}

/**
 * Deletes samples from memory and from the engine; they are gone from answers when it resolves. Samples that come meanwhile stay:
 * nothing is written while the engine takes a deletion, so that what is stored later is later there, too. When the engine fails,
 * what it was not told to delete is as it was.
 */
export async function deleteSamples(
  deletion: Deletion,
  { refs, startMs, endMs }: DeletedRange,
): Promise<void> {
  const { index, exclusively } = deletion
  // Taken now: meanwhile a series may be forgotten and its ref given to another.
  const stamps = refs.map((ref) => index.stampOf(ref))
  for (let from = 0; from < refs.length; from += REFS_PER_STATEMENT) {
    await exclusively(async (later) => {
      const part = refs
        .slice(from, from + REFS_PER_STATEMENT)
        .filter((ref, i) => index.stampOf(ref) === stamps[from + i])
      if (part.length > 0) await deletePart(deletion, { refs: part, startMs, endMs }, later)
    })
  }
}

async function deletePart(
  { client, index, hot, isSeenAtOnce }: Deletion,
  range: DeletedRange,
  later: PendingRows,
): Promise<void> {
  const where = whereSelection(index, range, 'always-by-id')
  const removed = range.refs.map((ref) => hot.remove(ref, range.startMs, range.endMs))
  keepLater(hot, range, later)
  try {
    for (const table of TABLES) {
      // A deletion visits every part of a table. What earlier ones took may count here: leaving it out costs far more.
      const some = await client.rows(`SELECT 1 FROM {db}.${table} WHERE ${where} LIMIT 1`, {
        settings: isSeenAtOnce ? { apply_mutations_on_fly: 0 } : {},
      })
      if (some.length === 0) continue
      await client.command(`DELETE FROM {db}.${table} WHERE ${where}`, {
        // Waiting takes a third of a second for each part, most of which the engine waits itself.
        lightweight_deletes_sync: isSeenAtOnce ? 0 : 2,
      })
    }
  } catch (thrown) {
    for (const samples of removed) if (samples !== undefined) putBack(hot, samples)
    throw thrown
  }
}

/** Rows that the engine gets after the deletion stay in sight. */
function keepLater(
  hot: HotWindow,
  { refs, startMs, endMs }: DeletedRange,
  rows: PendingRows,
): void {
  const deleted = new Set(refs)
  for (let i = 0; i < rows.length; i++) {
    const [ref, timestampMs] = [rows.refs[i] as number, rows.timestampsMs[i] as number]
    if (timestampMs < startMs || timestampMs > endMs || !deleted.has(ref)) continue
    hot.add(ref, timestampMs, rows.words[i * 2] as number, rows.words[i * 2 + 1] as number)
  }
}

function putBack(hot: HotWindow, { ref, timestampsMs, words }: RemovedSamples): void {
  for (let i = 0; i < timestampsMs.length; i++) {
    const [low, high] = [words[i * 2] as number, words[i * 2 + 1] as number]
    hot.add(ref, timestampsMs[i] as number, low, high)
  }
}
