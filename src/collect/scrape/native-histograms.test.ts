import { describe, expect, it } from 'vitest'
import {
  writeFamilies,
  type WrittenFamily,
  type WrittenHistogram,
} from '../../formats/prometheus-proto/testing/write-families.ts'
import { TestTarget } from './test-scrape.ts'

const HISTOGRAM: WrittenHistogram = {
  ...{ count: 7, sum: 9.5, schema: 1, zeroThreshold: 0.001, zeroCount: 1 },
  buckets: [[1, 4]],
  positive: { spans: [[0, 3]], deltas: [1, 1, 0] },
  negative: { spans: [[1, 1]], deltas: [1] },
}
const SHOWN = '[7 9.5 1 -1:1 0:1 1:2 2:2]'

function family(name: string, change: Partial<WrittenHistogram> = {}): WrittenFamily {
  return { name, type: 'histogram', metrics: [{ histogram: { ...HISTOGRAM, ...change } }] }
}

function gauge(name: string, value: number): WrittenFamily {
  return { name, type: 'gauge', metrics: [{ value }] }
}

/** Schema and buckets of `a` after a scrape of one histogram; the fault where there is one. */
function schemaAndBuckets(keys: string, change: Partial<WrittenHistogram> = {}): string {
  const target = new TestTarget(`scrape_native_histograms: true, ${keys}`)
  const { fault } = target.proto(writeFamilies(family('a', change)), 1000)
  return fault?.message ?? target.sink.take().join('; ')
}

describe('native histograms of a scrape', () => {
  it('are one sample each, beside those of other metrics', () => {
    const target = new TestTarget('scrape_native_histograms: true')
    const result = target.proto(writeFamilies(gauge('a', 1), family('h'), gauge('z', 2)), 1000)
    expect(result).toMatchObject({ up: true, samplesScraped: 3, samplesKept: 3, seriesAdded: 3 })
    expect(target.sink.take()).toEqual(['a 1 @1000', 'z 2 @1000', `h ${SHOWN} @1000`])
  })

  it('are passed over unless the job wants them', () => {
    const target = new TestTarget()
    const result = target.proto(writeFamilies(family('h')), 1000)
    expect(result).toMatchObject({ up: true, samplesScraped: 4 })
    expect(target.sink.take()).toEqual([
      ...['h_count 7 @1000', 'h_sum 9.5 @1000'],
      ...['h_bucket{le="1.0"} 4 @1000', 'h_bucket{le="+Inf"} 7 @1000'],
    ])
  })

  it('stand beside their classic buckets where those are always scraped', () => {
    const keys = 'scrape_native_histograms: true, always_scrape_classic_histograms: true'
    const target = new TestTarget(keys)
    expect(target.proto(writeFamilies(family('h')), 1000).samplesScraped).toBe(5)
    expect(target.sink.take().map((line) => line.split(' ')[0])).toEqual([
      ...['h_count', 'h_sum', 'h_bucket{le="1.0"}', 'h_bucket{le="+Inf"}', 'h'],
    ])
  })

  it('with counts that have fractions, and those of gauges', () => {
    const target = new TestTarget('scrape_native_histograms: true')
    const float: WrittenHistogram = {
      ...{ countFloat: 2.5, sum: 1, schema: 0, zeroCountFloat: 0.5 },
      positive: { spans: [[-1, 2]], counts: [1.5, 0.5] },
    }
    target.proto(
      writeFamilies({ name: 'g', type: 'gaugehistogram', metrics: [{ histogram: float }] }),
      1000,
    )
    expect(target.sink.take()).toEqual(['g [2.5 1 0 -1:1.5 0:0.5 hint 3] @1000'])
  })

  it('keep a timestamp of their own, and honor labels and relabelling as others do', () => {
    const keys =
      'scrape_native_histograms: true, honor_labels: true, metric_relabel_configs: [{source_labels: [x], regex: gone, action: drop}]'
    const target = new TestTarget(keys)
    const result = target.proto(
      writeFamilies({
        ...{ name: 'h', type: 'histogram' },
        metrics: [
          { labels: [['instance', 'own']], histogram: HISTOGRAM, timestampMs: 500 },
          { labels: [['x', 'gone']], histogram: { ...HISTOGRAM, count: 1 } },
        ],
      }),
      1000,
    )
    expect(result).toMatchObject({ up: true, samplesScraped: 2, samplesKept: 1 })
    expect(target.sink.take()).toEqual([`h{instance="own", job="j"} ${SHOWN} @500`])
  })

  it('end as histograms, when they are gone and when the target fails', () => {
    const target = new TestTarget('scrape_native_histograms: true')
    target.proto(writeFamilies(gauge('a', 1), family('h'), family('i')), 1000)
    target.sink.take()
    target.proto(writeFamilies(gauge('a', 1), family('h')), 2000)
    expect(target.sink.take()).toEqual(['a 1 @2000', `h ${SHOWN} @2000`, 'i [stale] @2000'])
    target.fail(3000)
    expect(target.sink.take()).toEqual(['a stale @3000', 'h [stale] @3000'])
    target.proto(writeFamilies(family('h')), 4000)
    expect(target.sink.take()).toEqual([`h ${SHOWN} @4000`])
    target.tracker.end(5000)
    expect(target.sink.take()).toEqual(['h [stale] @5000'])
  })

  it('that become numbers end as numbers', () => {
    const target = new TestTarget('scrape_native_histograms: true')
    target.proto(writeFamilies(family('h')), 1000)
    target.proto(writeFamilies(gauge('h', 1)), 2000)
    target.proto(writeFamilies(), 3000)
    expect(target.sink.take()).toEqual([`h ${SHOWN} @1000`, 'h 1 @2000', 'h stale @3000'])
  })

  it('go on in a tracker of another configuration', () => {
    const before = new TestTarget('scrape_native_histograms: true')
    before.proto(writeFamilies(family('h'), family('i'), gauge('a', 1)), 1000)
    const after = new TestTarget('sample_limit: 9', before.sink)
    after.tracker.continueFrom(before.tracker)
    before.sink.take()
    after.page('a 2', 2000)
    expect(before.sink.take()).toEqual(['a 2 @2000', 'h [stale] @2000', 'i [stale] @2000'])
  })

  it('count for the sample limit', () => {
    const target = new TestTarget('scrape_native_histograms: true, sample_limit: 2')
    expect(target.proto(writeFamilies(family('h'), gauge('a', 1)), 1000).up).toBe(true)
    const result = target.proto(writeFamilies(family('h'), gauge('a', 1), family('i')), 2000)
    expect(result).toMatchObject({ up: false, isSampleLimitHit: true, samplesScraped: 3 })
    expect(result.fault?.message).toBe('sample limit exceeded')
  })

  it('have their labels checked', () => {
    const target = new TestTarget('scrape_native_histograms: true, label_limit: 2')
    const { fault, isLabelLimitHit } = target.proto(writeFamilies(family('h')), 1000)
    expect([isLabelLimitHit, fault?.message]).toEqual([
      true,
      'label_limit exceeded (metric: h, number of labels: 3, limit: 2)',
    ])
  })

  it('that contradict themselves fail the scrape', () => {
    const target = new TestTarget('scrape_native_histograms: true')
    const page = writeFamilies(gauge('a', 1), family('h', { count: 6 }), gauge('b', 1))
    const result = target.proto(page, 1000)
    expect(result).toMatchObject({ up: false, samplesScraped: 2 })
    expect(result.fault?.message).toBe('7 observations are in buckets, but the count is 6')
    expect(target.sink.take()).toEqual([])
  })

  it('have exemplars, each stored once', () => {
    const exemplar = (id: string, timestampMs: number) => ({
      ...{ labels: [['id', id]] as const, value: 1, timestampMs },
    })
    const target = new TestTarget('scrape_native_histograms: true')
    const read = (...exemplars: ReturnType<typeof exemplar>[]): void =>
      void target.proto(writeFamilies(family('h', { exemplars })), 1000)
    read(exemplar('x', 500), exemplar('y', 600))
    read(exemplar('y', 600), exemplar('z', 700), exemplar('x', 500))
    expect(target.sink.exemplars.map(({ labels }) => labels.get('id'))).toEqual(['x', 'y', 'z'])
  })
})

describe('limits of buckets', () => {
  it.each([
    ['native_histogram_bucket_limit: 4', `a ${SHOWN} @1000`],
    // At schema 0 the buckets 1 and 2 are one.
    ['native_histogram_bucket_limit: 3', 'a [7 9.5 0 -1:1 0:1 1:4] @1000'],
    // One negative bucket, one up to 1 and one above: fewer there are at no schema.
    ['native_histogram_bucket_limit: 2', 'histogram bucket limit exceeded'],
    ['native_histogram_min_bucket_factor: 1.4', `a ${SHOWN} @1000`],
    ['native_histogram_min_bucket_factor: 2', 'a [7 9.5 0 -1:1 0:1 1:4] @1000'],
    ['native_histogram_min_bucket_factor: 0', `a ${SHOWN} @1000`],
  ])('%s', (keys, shown) => {
    expect(schemaAndBuckets(keys)).toBe(shown)
  })

  it('counts what it refuses, and goes on counting samples', () => {
    const target = new TestTarget(
      'scrape_native_histograms: true, native_histogram_bucket_limit: 1',
    )
    const page = writeFamilies(family('h'), gauge('b', 1))
    expect(target.proto(page, 1000)).toMatchObject({
      ...{ up: false, isBucketLimitHit: true, samplesScraped: 2 },
    })
  })

  it('does not look at what relabelling drops', () => {
    const keys =
      'native_histogram_bucket_limit: 1, metric_relabel_configs: [{source_labels: [__name__], regex: a, action: drop}]'
    expect(schemaAndBuckets(keys)).toBe('')
  })

  it('makes reserved finer schemas the finest one', () => {
    const change: Partial<WrittenHistogram> = {
      ...{ schema: 10, count: 4, zeroCount: 0 },
      positive: { spans: [[0, 6]], deltas: [1, 0, -1, 0, 1, 0] },
      negative: { spans: [] },
    }
    expect(schemaAndBuckets('', change)).toBe('a [4 9.5 8 0:1 1:2 2:1] @1000')
  })
})
