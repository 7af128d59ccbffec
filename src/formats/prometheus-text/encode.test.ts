import { describe, expect, it } from 'vitest'
import type { MetricFamily } from '../../model/metric-family.ts'
import { encodeUtf8 } from '../text-codec.ts'
import { encodeForAccept, OPENMETRICS_CONTENT_TYPE, TEXT_CONTENT_TYPE } from './negotiate.ts'
import { createScrapeParser } from './scrape-parser.ts'

const FAMILIES: readonly MetricFamily[] = [
  {
    name: 'requests_total',
    help: 'All "requests",\nwith \\ in them.',
    type: 'counter',
    metrics: [
      { labels: ['path', 'a"b\\c\nd', 'empty', ''], value: 3, timestampMs: 1500 },
      { labels: [], value: Number.NaN },
    ],
  },
  {
    name: 'latency_seconds',
    help: 'Latency.',
    type: 'histogram',
    unit: 'seconds',
    metrics: [
      { labels: ['le', '1'], value: 1, suffix: '_bucket' },
      { labels: ['le', '+Inf'], value: 2, suffix: '_bucket' },
      { labels: [], value: 1.5e-7, suffix: '_sum' },
      { labels: [], value: 2, suffix: '_count' },
    ],
  },
  { name: 'build_info', help: '', type: 'info', metrics: [{ labels: ['v', '1'], value: 1 }] },
  {
    name: 'odd.name',
    help: 'x',
    type: 'unknown',
    metrics: [{ labels: ['l.x', 'ü'], value: -Infinity }],
  },
]

const TEXT = `# HELP requests_total All "requests",\\nwith \\\\ in them.
# TYPE requests_total counter
requests_total{path="a\\"b\\\\c\\nd"} 3 1500
requests_total NaN
# HELP latency_seconds Latency.
# TYPE latency_seconds histogram
latency_seconds_bucket{le="1"} 1
latency_seconds_bucket{le="+Inf"} 2
latency_seconds_sum 1.5e-7
latency_seconds_count 2
# TYPE build_info gauge
build_info{v="1"} 1
# HELP "odd.name" x
# TYPE "odd.name" untyped
{"odd.name","l.x"="ü"} -Inf
`

const OPENMETRICS = `# TYPE requests counter
# HELP requests All \\"requests\\",\\nwith \\\\ in them.
requests_total{path="a\\"b\\\\c\\nd"} 3 1.5
requests_total NaN
# TYPE latency_seconds histogram
# UNIT latency_seconds seconds
# HELP latency_seconds Latency.
latency_seconds_bucket{le="1.0"} 1
latency_seconds_bucket{le="+Inf"} 2
latency_seconds_sum 1.5e-7
latency_seconds_count 2
# TYPE build info
build_info{v="1"} 1
# TYPE "odd.name" unknown
# HELP "odd.name" x
{"odd.name","l.x"="ü"} -Inf
# EOF
`

describe('encodeForAccept', () => {
  it('writes the text format', () => {
    const { contentType, body } = encodeForAccept(FAMILIES, undefined)
    expect(contentType).toBe(TEXT_CONTENT_TYPE)
    expect(body).toBe(TEXT)
  })

  it('writes OpenMetrics', () => {
    const { contentType, body } = encodeForAccept(
      FAMILIES,
      'application/openmetrics-text; version=1.0.0',
    )
    expect(contentType).toBe(OPENMETRICS_CONTENT_TYPE)
    expect(body).toBe(OPENMETRICS)
  })

  it('writes pages that parse to the same, also by the letter of the specifications', () => {
    const parser = createScrapeParser({ strict: true })
    const right = FAMILIES.map((family) => ({
      ...family,
      // A counter is not NaN, and either all lines of a family have a timestamp or none.
      metrics: family.metrics.filter((metric) => !Number.isNaN(metric.value)),
    }))
    for (const accept of ['text/plain', 'application/openmetrics-text']) {
      const { contentType, body } = encodeForAccept(right, accept)
      const page = parser.parse(encodeUtf8(body), contentType, 0, true)
      expect(page.fault).toBeUndefined()
      expect(page.rows).toBe(7)
      expect(page.labelsOf(0).get('path')).toBe('a"b\\c\nd')
      expect(page.timestampsMs[0]).toBe(1500)
      expect(page.metadata()[0]?.help).toBe('All "requests",\nwith \\ in them.')
    }
  })

  it.each([
    ['*/*', false],
    ['text/plain', false],
    ['application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.3', true],
    ['text/plain;q=0.9,application/openmetrics-text;q=0.5', false],
    ['application/openmetrics-text;version=2.0.0', false],
    ['application/openmetrics-text;q=0', false],
    ['application/openmetrics-text;q=x', false],
  ])('%s', (accept, isOpenMetrics) => {
    const { contentType } = encodeForAccept([], accept)
    expect(contentType === OPENMETRICS_CONTENT_TYPE).toBe(isOpenMetrics)
  })
})
