import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ScrapePage } from '../../formats/prometheus-text/page.ts'
import type { SeriesResolver } from './series-resolver.ts'

/** Others get their turn after so long. */
const SLICE_MS = 10
const ROWS_PER_LOOK = 128

/**
 * Gets to know the series of a page before it is recorded. What is new costs some hundred times what is known, and a page is recorded
 * in one go: without this the first page of 100,000 series held up everything else for 300 ms. Rows that cannot be resolved end it,
 * since recording the page says so too.
 */
export async function meetSeries(
  page: ScrapePage,
  resolver: SeriesResolver,
  maxRows: number,
): Promise<void> {
  const rows = Math.min(page.rows, maxRows)
  let sliceStartMs = performance.now()
  for (let row = 0; row < rows; row++) {
    try {
      resolver.resolve(page, row, true)
    } catch {
      return
    }
    if (row % ROWS_PER_LOOK !== 0 || performance.now() - sliceStartMs < SLICE_MS) continue
    await nextTurn()
    sliceStartMs = performance.now()
  }
}
