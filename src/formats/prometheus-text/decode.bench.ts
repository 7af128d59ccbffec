import { bench, describe } from 'vitest'
import { encodeUtf8 } from '../text-codec.ts'
import { createScrapeParser } from './scrape-parser.ts'
import { SeriesCache } from './series-cache.ts'

const SERIES = 5000
const TEXT = 'text/plain; version=0.0.4'

/** A page of 5,000 series in families of fifty, as node_exporter writes them. */
function page(scale: number): Uint8Array {
  const lines: string[] = []
  for (let i = 0; i < SERIES; i++) {
    const family = `node_scaling_metric_${Math.floor(i / 50)}_total`
    if (i % 50 === 0)
      lines.push(`# HELP ${family} Some help text of a usual length.`, `# TYPE ${family} counter`)
    lines.push(
      `${family}{cpu="${i % 50}",mode="idle",device="/dev/sda${i % 7}"} ${(i * scale * 1.37).toFixed(2)}`,
    )
  }
  return encodeUtf8(`${lines.join('\n')}\n`)
}

describe('a page of 5,000 series', () => {
  const [first, second] = [page(1), page(2)]
  const parser = createScrapeParser()
  const cache = new SeriesCache()
  const known = parser.parse(first, TEXT, 0, true, cache)
  for (let row = 0; row < known.rows; row++) {
    const start = known.seriesStarts[row] as number
    cache.insert(first, start, known.seriesEnds[row] as number, known.hashes[row] as number, row)
  }
  cache.sweep()

  bench('series known', () => {
    parser.parse(second, TEXT, 0, true, cache)
    cache.sweep()
  })
  bench('without a cache', () => {
    parser.parse(second, TEXT, 0, true)
  })
  bench('series new, labels made', () => {
    const found = parser.parse(second, TEXT, 0, true)
    for (let row = 0; row < found.rows; row++) found.labelsOf(row)
  })
})
