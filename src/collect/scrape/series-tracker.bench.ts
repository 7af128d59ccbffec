import { bench, describe } from 'vitest'
import { createScrapeParser } from '../../formats/prometheus-text/scrape-parser.ts'
import { compileRelabel } from '../../ingest/relabel.ts'
import { SeriesTracker } from './series-tracker.ts'
import { readJob, testTarget, TEXT } from './test-scrape.ts'
import type { Page } from './page-source.ts'

const SERIES = 1000
const TARGETS = 50

/** A page of 1,000 series in families of fifty, as node_exporter writes them. */
function page(scale: number): Page {
  const lines: string[] = []
  for (let i = 0; i < SERIES; i++) {
    const family = `node_scaling_metric_${Math.floor(i / 50)}_total`
    if (i % 50 === 0) {
      lines.push(`# HELP ${family} Some help text of a usual length.`, `# TYPE ${family} counter`)
    }
    const labels = `cpu="${i % 50}",mode="idle",device="/dev/sda${i % 7}"`
    lines.push(`${family}{${labels}} ${(i * scale * 1.37).toFixed(2)}`)
  }
  return { bytes: new TextEncoder().encode(`${lines.join('\n')}\n`), contentType: TEXT }
}

describe('pages of 1,000 series', () => {
  const first = page(1)
  const second = page(2)
  const config = readJob()
  const parser = createScrapeParser()
  const createTracker = (i: number): SeriesTracker =>
    new SeriesTracker({
      target: testTarget(config, `web-${i}.example.com:9100`),
      config,
      metricRelabel: compileRelabel([]),
      sink: {
        append: () => Promise.reject(new Error('scraped samples are offered')),
        offer: (batch) => ({ accepted: batch.values.length, rejected: [], rejectedCount: 0 }),
      },
      parser,
      createParser: createScrapeParser,
    })
  const one = createTracker(0)
  const many = Array.from({ length: TARGETS }, (_, i) => createTracker(i))
  let now = 0
  const next = (): Page => {
    now += 5000
    return now % 10_000 === 0 ? first : second
  }

  bench('one target, its series known', () => {
    one.record(next(), now, () => 1)
  })
  bench('50 targets in turn, their series known', () => {
    const got = next()
    for (const tracker of many) tracker.record(got, now, () => 1)
  })
  bench('one target, its series new', () => {
    createTracker(0).record(next(), now, () => 1)
  })
})
