import type { ScrapePage } from '../../formats/prometheus-text/page.ts'
import type { Labels } from '../../model/labels.ts'
import { Slices } from '../../self/loop-turns.ts'
import type { SeriesResolver } from './series-resolver.ts'

/** Units of work for a row, which is mostly new. */
const ROW_UNITS = 200

/**
 * Gets to know the series of a page before it is recorded. What is new costs some hundred times what is known, and a page is recorded
 * in one go: without this the first page of 100,000 series held up everything else for 300 ms. Rows that cannot be resolved end it,
 * since recording the page says so too. Returns the series that the store does not know either; undefined when the page has a row that
 * cannot be resolved, or more than `maxRows`.
 */
export async function meetSeries(
  page: ScrapePage,
  resolver: SeriesResolver,
  maxRows: number,
): Promise<readonly Labels[] | undefined> {
  const rows = Math.min(page.rows, maxRows)
  const fresh: Labels[] = []
  const slices = new Slices()
  for (let row = 0; row < rows; row++) {
    try {
      const number = resolver.resolve(page, row, true)
      const labels = number >= 0 ? resolver.table.labelsOf(number) : undefined
      if (labels !== undefined && labels.slot < 0) fresh.push(labels)
    } catch {
      return undefined
    }
    if (slices.spend(ROW_UNITS)) await slices.rest()
  }
  return rows < page.rows ? undefined : fresh
}
