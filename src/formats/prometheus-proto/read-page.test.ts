import { describe, expect, it } from 'vitest'
import { createScrapeParser, type ScrapeParser } from '../prometheus-text/scrape-parser.ts'
import { SeriesCache } from '../prometheus-text/series-cache.ts'
import type { ScrapePage } from '../prometheus-text/page.ts'
import { schemaOfFactor } from './native-draft.ts'
import type { HistogramChoice } from './read-metric.ts'
import {
  writeFamilies,
  type WrittenFamily,
  type WrittenHistogram,
} from './testing/write-families.ts'

const TYPE = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily'
const NOW_MS = 1_700_000_000_000
const NATIVE: HistogramChoice = {
  ...{ takesNative: true, keepsClassic: false, maxBuckets: 0, maxSchema: 8 },
}

function parse(bytes: Uint8Array, choice: Partial<HistogramChoice> = {}): ScrapePage {
  const parser = createScrapeParser({ histograms: { ...NATIVE, ...choice } })
  return parser.parse(bytes, TYPE, NOW_MS, true)
}

function parseFamilies(...families: readonly WrittenFamily[]): ScrapePage {
  return parse(writeFamilies(...families))
}

/** Each row as `series value @time`, where the time is the page's own. */
function linesOf(page: ScrapePage): string[] {
  return Array.from({ length: page.rows }, (_, row) => {
    const time = page.hasTimestamp[row] === 1 ? ` @${page.timestampsMs[row]}` : ''
    return `${page.labelsOf(row).toString()} ${page.values[row]}${time}`
  })
}

function histogramOf(
  histogram: WrittenHistogram,
  choice: Partial<HistogramChoice> = {},
): ScrapePage {
  return parse(
    writeFamilies({ name: 'h', type: 'histogram', metrics: [{ labels: [['a', 'b']], histogram }] }),
    choice,
  )
}

const WHOLE: WrittenHistogram = {
  ...{ count: 12, sum: 18.4, schema: 3, zeroThreshold: 0.001, zeroCount: 2 },
  positive: {
    spans: [
      [0, 2],
      [1, 2],
    ],
    deltas: [1, 2, -2, 3],
  },
  negative: { spans: [[-2, 1]], deltas: [1] },
}

describe('a page of protobuf', () => {
  it('has counters, gauges and untyped metrics as rows', () => {
    const page = parseFamilies(
      {
        ...{ name: 'http_requests_total', type: 'counter', help: 'Requests\nby "code" \\ x.' },
        unit: 'requests',
        metrics: [
          {
            labels: [
              ['code', '200'],
              ['path', 'C:\\a"b\nc'],
            ],
            value: 7,
          },
          { labels: [['code', '500']], value: 0.5, timestampMs: NOW_MS - 5000 },
        ],
      },
      { name: 'up.down', type: 'gauge', metrics: [{ labels: [['Ü', 'ß']], value: -Infinity }] },
      { name: 'lonely', type: 'untyped', metrics: [{ value: 3 }, {}] },
      { name: 'without_metrics', type: 'gauge', metrics: [] },
    )
    expect(page.fault).toBeUndefined()
    expect(linesOf(page)).toEqual([
      String.raw`http_requests_total{code="200", path="C:\\a\"b\nc"} 7`,
      `http_requests_total{code="500"} 0.5 @${NOW_MS - 5000}`,
      '{"up.down", "Ü"="ß"} -Infinity',
      ...['lonely 3', 'lonely 0'],
    ])
    expect(page.metadata()).toEqual([
      {
        family: 'http_requests_total',
        ...{ type: 'counter', help: 'Requests\nby "code" \\ x.', unit: 'requests' },
      },
      { family: 'up.down', type: 'gauge', help: '', unit: '' },
      { family: 'lonely', type: 'unknown', help: '', unit: '' },
    ])
  })

  it('has summaries and classic histograms under the names and labels of the text format', () => {
    const page = parseFamilies(
      {
        ...{ name: 's', type: 'summary' },
        metrics: [
          {
            labels: [['a', 'b']],
            summary: {
              ...{ count: 4, sum: 2.5 },
              quantiles: [
                [0.5, 1],
                [1, NaN],
              ],
            },
          },
          { summary: { count: 1, sum: 1, quantiles: [] }, timestampMs: 5 },
        ],
      },
      {
        ...{ name: 'h', type: 'histogram' },
        metrics: [
          {
            labels: [['a', 'b']],
            histogram: {
              ...{ count: 9, sum: 3 },
              buckets: [
                [1, 4],
                [1e9, 8],
              ],
            },
          },
          { histogram: { countFloat: 1.5, sum: 0, buckets: [[Infinity, 1]] } },
        ],
      },
    )
    expect(linesOf(page)).toEqual([
      ...['s_count{a="b"} 4', 's_sum{a="b"} 2.5'],
      ...['s{a="b", quantile="0.5"} 1', 's{a="b", quantile="1.0"} NaN'],
      ...['s_count 1 @5', 's_sum 1 @5'],
      ...['h_count{a="b"} 9', 'h_sum{a="b"} 3', 'h_bucket{a="b", le="1.0"} 4'],
      ...['h_bucket{a="b", le="1e+09"} 8', 'h_bucket{a="b", le="+Inf"} 9'],
      ...['h_count 1.5', 'h_sum 0', 'h_bucket{le="+Inf"} 1'],
    ])
  })

  it('gives every row the time of the scrape where timestamps are not honored', () => {
    const bytes = writeFamilies({
      ...{ name: 'a', type: 'gauge', metrics: [{ value: 1, timestampMs: 5 }] },
    })
    const page = createScrapeParser().parse(bytes, TYPE, NOW_MS, false)
    expect([page.timestampsMs[0], page.hasTimestamp[0]]).toEqual([NOW_MS, 0])
  })

  it('is known again by the cache, and then no text of it is kept', () => {
    const families = ['a', 'b', 'c'].map((name): WrittenFamily => ({
      ...{ name, type: 'histogram' },
      metrics: [{ labels: [['x', 'y']], histogram: { count: 1, sum: 1, buckets: [[1, 1]] } }],
    }))
    const parser: ScrapeParser = createScrapeParser()
    const cache = new SeriesCache()
    const read = (...some: readonly WrittenFamily[]): ScrapePage =>
      parser.parse(writeFamilies(...some), TYPE, NOW_MS, true, cache)
    const page = read(...families)
    const first = linesOf(page)
    expect([...page.ids.subarray(0, page.rows)]).toEqual(new Array(12).fill(-1))
    for (let row = 0; row < page.rows; row++) {
      const [start = 0, end = 0] = [page.seriesStarts[row], page.seriesEnds[row]]
      cache.insert(page.bytes, start, end, page.hashes[row] ?? 0, row)
    }
    cache.sweep()
    const again = read(...families)
    expect([...again.ids.subarray(0, 12)]).toEqual([...first.keys()])
    expect(Math.max(...again.seriesEnds.subarray(0, 12))).toBeLessThan(300)
    const [one, two, three] = families
    if (!one || !two || !three) throw new Error('three families')
    // In another order, and with one that is new.
    const other = read(three, { ...one, name: 'new' }, two)
    expect([...other.ids.subarray(0, 12)]).toEqual([8, 9, 10, 11, -1, -1, -1, -1, 4, 5, 6, 7])
    expect(other.labelsOf(6).toString()).toBe('new_bucket{le="1.0", x="y"}')
  })

  it('has exemplars, with their time or that of the sample', () => {
    const page = parseFamilies(
      {
        ...{ name: 'c', type: 'counter' },
        metrics: [{ value: 1, exemplar: { labels: [['trace_id', 'x']], value: 0.5 } }],
      },
      {
        ...{ name: 'h', type: 'histogram' },
        metrics: [
          {
            histogram: {
              ...{ count: 1, sum: 1 },
              buckets: [[1, 1, { labels: [['t', 'y']], value: 1, timestampMs: NOW_MS - 1001 }]],
            },
          },
        ],
      },
    )
    const shown = page.exemplars.map(({ row, labels, value, timestampMs }) => [
      ...[row, labels.toString(), value, timestampMs],
    ])
    expect(shown).toEqual([
      [0, '{trace_id="x"}', 0.5, NOW_MS],
      [3, '{t="y"}', 1, NOW_MS - 1001],
    ])
  })
})

describe('a native histogram', () => {
  it('is one row, and its classic buckets are taken only when asked for', () => {
    const both = { ...WHOLE, buckets: [[1, 5]] as const }
    const page = histogramOf(both)
    expect(linesOf(page)).toEqual(['h{a="b"} NaN'])
    expect(page.histograms).toMatchObject([{ row: 0, fault: '', isOverLimit: false }])
    expect(linesOf(histogramOf(both, { keepsClassic: true }))).toEqual([
      ...['h{a="b"} NaN', 'h_count{a="b"} 12', 'h_sum{a="b"} 18.4'],
      ...['h_bucket{a="b", le="1.0"} 5', 'h_bucket{a="b", le="+Inf"} 12'],
    ])
    // Without native ones the buckets are all there is, and without buckets that of +Inf.
    const classic = histogramOf(WHOLE, { takesNative: false })
    expect(linesOf(classic)).toEqual([
      ...['h_count{a="b"} 12', 'h_sum{a="b"} 18.4', 'h_bucket{a="b", le="+Inf"} 12'],
    ])
    expect(classic.histograms).toEqual([])
    expect(linesOf(histogramOf(WHOLE, { keepsClassic: true }))).toHaveLength(1)
  })

  it('is told from a classic one by a span, a threshold or a count of zeros', () => {
    const isNative = (histogram: Partial<WrittenHistogram>): boolean =>
      histogramOf({ count: 0, sum: 0, ...histogram }).histograms.length === 1
    expect(isNative({ schema: 3 })).toBe(false)
    expect(isNative({ positive: { spans: [[0, 0]] } })).toBe(true)
    expect(isNative({ negative: { spans: [[0, 0]] } })).toBe(true)
    expect(isNative({ zeroThreshold: 1e-128 })).toBe(true)
  })

  it('has exemplars only with a time: its own, or else those of its buckets', () => {
    const exemplars = [
      { labels: [['t', 'x']] as const, value: 1, timestampMs: NOW_MS - 7 },
      { labels: [['t', 'without']] as const, value: 1 },
      { labels: [['t', 'y']] as const, value: 2, timestampMs: NOW_MS - 5 },
    ]
    const buckets = exemplars.map((exemplar, i) => [i, 1, exemplar] as const)
    const shown = (histogram: Partial<WrittenHistogram>): string[] =>
      histogramOf({ ...WHOLE, ...histogram }).exemplars.map(
        ({ row, labels, timestampMs }) => `${row} ${labels.get('t')} ${timestampMs - NOW_MS}`,
      )
    expect(shown({ exemplars })).toEqual(['0 x -7', '0 y -5'])
    expect(shown({ buckets })).toEqual(['0 x -7', '0 y -5'])
    expect(shown({ buckets, exemplars: exemplars.slice(2) })).toEqual(['0 y -5'])
  })

  it.each<[string, Partial<WrittenHistogram>, string]>([
    ['a schema that is too coarse', { schema: -5 }, 'the schema -5 of a histogram'],
    ['a schema that nobody knows', { schema: 53 }, 'the schema 53 of a histogram'],
    [
      'observations that are not counted',
      { count: 11 },
      'observations are in buckets, but the count',
    ],
    [
      'a negative count',
      { positive: { spans: [[0, 2]], deltas: [2, -3] } },
      'positive side: bucket 2 has the negative count -1',
    ],
    [
      'spans that overlap',
      {
        negative: {
          spans: [
            [0, 1],
            [-1, 1],
          ],
          deltas: [1, 0],
        },
      },
      'negative side: span 2 has the negative offset -1',
    ],
    [
      'buckets without a number',
      { positive: { spans: [[2 ** 31 - 1, 2]], deltas: [1, 0] } },
      'out of range',
    ],
  ])('is not taken with %s', (_what, change, message) => {
    const page = histogramOf({ ...WHOLE, ...change })
    expect(page.fault).toBeUndefined()
    expect(page.histograms[0]?.fault).toContain(message)
  })

  it('may have observations of NaN in no bucket', () => {
    expect(histogramOf({ ...WHOLE, count: 99, sum: NaN }).histograms[0]?.fault).toBe('')
  })
})

describe('schemaOfFactor', () => {
  it.each([
    [0, 8],
    [1.002, 8],
    [1.01, 6],
    [1.1, 2],
    [1.5, 0],
    [2, 0],
    [65536, -4],
    [1e9, -4],
  ])('of %s is %s', (factor, schema) => {
    expect(schemaOfFactor(factor)).toBe(schema)
  })
})

describe('hostile bytes', () => {
  const good = writeFamilies(
    { name: 'a', type: 'gauge', help: 'h', metrics: [{ labels: [['x', 'y']], value: 1 }] },
    { name: 'h', type: 'histogram', metrics: [{ labels: [['x', 'y']], histogram: WHOLE }] },
  )

  it('that are cut off are a fault, wherever that is', () => {
    const parser = createScrapeParser({ histograms: NATIVE })
    const whole = 1 + (good[0] ?? 0)
    for (let length = 1; length < good.length; length++) {
      const { fault } = parser.parse(good.slice(0, length), TYPE, NOW_MS, true)
      const shown = (fault?.message ?? 'none').replace(/\d+ of \d+: proto: .*/, '')
      expect(shown, String(length)).toBe(length === whole ? 'none' : 'metric family at byte ')
    }
  })

  it('with any bit turned are read as some page or a fault', () => {
    const parser = createScrapeParser({ histograms: NATIVE })
    for (let i = 0; i < good.length * 8; i++) {
      const bad = good.slice()
      bad[i >> 3] = (bad[i >> 3] ?? 0) ^ (1 << (i & 7))
      const page = parser.parse(bad, TYPE, NOW_MS, true)
      expect(page.rows).toBeLessThan(20)
      expect(() => linesOf(page)).not.toThrow()
    }
  })

  it.each<[string, WrittenFamily, string]>([
    ['no name', { name: '', type: 'gauge', metrics: [{ value: 1 }] }, 'invalid metric name: ""'],
    [
      'a label without a name',
      { name: 'a', type: 'gauge', metrics: [{ labels: [['', 'x']], value: 1 }] },
      'invalid label name or value',
    ],
    [
      'more spans than buckets',
      {
        ...{ name: 'a', type: 'histogram' },
        metrics: [
          { histogram: { count: 1, sum: 1, positive: { spans: [[0, 2 ** 32 - 1]], deltas: [1] } } },
        ],
      },
      'histogram: positive side: spans are of 4294967295 buckets, there are 1',
    ],
  ])('with %s', (_what, family, message) => {
    expect(parseFamilies(family).fault?.message).toContain(message)
  })

  it('that are no UTF-8 or of no known type', () => {
    const replaced = (from: number, to: number): string | undefined => {
      const bytes = writeFamilies({
        ...{ name: 'name', help: 'text', type: 'gauge' },
        metrics: [{ labels: [['x', 'q']], value: 1 }],
      })
      bytes[bytes.indexOf(from)] = to
      return parse(bytes).fault?.message
    }
    expect(replaced(0x6e, 0xff)).toContain('invalid metric name')
    expect(replaced(0x74, 0xff)).toContain('invalid help for metric "name"')
    expect(replaced(0x71, 0xff)).toContain('invalid label name or value')
    expect(replaced(0x18, 0x19)).toContain('proto: ')
  })

  it('that would be far more text than they are', () => {
    const value = 'x'.repeat(100_000)
    const buckets = Array.from({ length: 1000 }, () => [0, 0] as const)
    const page = parseFamilies({
      ...{ name: 'h', type: 'histogram' },
      metrics: [{ labels: [['a', value]], histogram: { count: 0, sum: 0, buckets } }],
    })
    expect(page.fault?.message).toContain('would be longer than 67108864 bytes as text')
    expect(page.rows).toBeLessThan(700)
  })
})
