import type { ScrapePage } from '../../formats/prometheus-text/page.ts'
import type { Labels } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/samples.ts'
import { wordsOf, writeStale } from '../../model/stale.ts'
import type { PageRows } from './page-rows.ts'

/** The samples of a page and, behind them, a staleness marker at `markerMs` for each of the places of `rows.series` in `gone`. */
export function pageBatch(
  page: ScrapePage,
  rows: PageRows,
  gone: readonly number[],
  markerMs: number,
): SampleBatch {
  const { taken, rowOf, series } = rows
  const total = taken + gone.length
  const timestampsMs = new Float64Array(total)
  const values = new Float64Array(total)
  const words = wordsOf(values)
  if (taken === page.rows) {
    timestampsMs.set(page.timestampsMs.subarray(0, taken))
    values.set(page.values.subarray(0, taken))
  } else {
    const from = wordsOf(page.values)
    for (let i = 0; i < taken; i++) {
      const row = rowOf[i] as number
      timestampsMs[i] = page.timestampsMs[row] as number
      words[i * 2] = from[row * 2] as number
      words[i * 2 + 1] = from[row * 2 + 1] as number
    }
  }
  const own = rows.seriesIndex.subarray(0, taken)
  if (gone.length === 0) return { series, seriesIndex: own, timestampsMs, values }
  const seriesIndex = new Uint32Array(total)
  seriesIndex.set(own)
  for (let i = 0; i < gone.length; i++) {
    seriesIndex[taken + i] = gone[i] as number
    timestampsMs[taken + i] = markerMs
    writeStale(words, taken + i)
  }
  return { series, seriesIndex, timestampsMs, values }
}

/** A staleness marker for each series. */
export function staleBatch(series: readonly Labels[], timestampMs: number): SampleBatch {
  const values = new Float64Array(series.length)
  const words = wordsOf(values)
  for (let i = 0; i < series.length; i++) writeStale(words, i)
  return {
    series,
    seriesIndex: Uint32Array.from(series, (_, i) => i),
    timestampsMs: new Float64Array(series.length).fill(timestampMs),
    values,
  }
}
