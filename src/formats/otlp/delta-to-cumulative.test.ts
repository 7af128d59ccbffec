import { describe, expect, it } from 'vitest'
import type { OtlpMetricBatch } from '../../model/otlp-metrics.ts'
import { startOf } from '../../model/spans.ts'
import { DeltaToCumulative } from './delta-to-cumulative.ts'
import type { MessageJson } from './testing/encode-metrics.ts'
import {
  CUMULATIVE,
  decoded,
  DELTA,
  point,
  requestOf,
  START_NS,
} from './testing/metrics-request.ts'

interface Converted {
  readonly batch: OtlpMetricBatch
  readonly message: string
}

/** Feeds requests of one metric; seconds are those of the points, `nowMs` is the clock. */
class Feed {
  readonly #deltas: DeltaToCumulative

  constructor(limits?: { maxStreams: number; maxBytes: number }) {
    this.#deltas = new DeltaToCumulative(limits)
  }

  send(kind: string, dataPoints: readonly MessageJson[], nowMs = 0, resource = {}): Converted {
    const request = requestOf([{ name: 'd', [kind]: { ...DELTA, dataPoints } }], resource)
    return this.convert(request, nowMs)
  }

  convert(request: MessageJson, nowMs = 0): Converted {
    const { batch, refusals } = this.#deltas.convert(decoded(request).batch, nowMs)
    return { batch, message: refusals.message }
  }

  sum(...dataPoints: readonly MessageJson[]): number[] {
    return [...this.send('sum', dataPoints).batch.values]
  }
}

const sum = (value: number, afterS: number, attributes = {}): MessageJson =>
  point({ asDouble: value }, attributes, afterS)

function bucketsOf({ distributions, distributionIndex }: OtlpMetricBatch, row = 0): number[] {
  const { ends, values } = distributions.buckets
  const at = distributionIndex[row] as number
  return [...values.subarray(startOf(ends, at), ends[at])]
}

describe('deltas of sums', () => {
  it('are added up, a stream each', () => {
    const feed = new Feed()
    expect(feed.sum(sum(1, 0, { a: 1, b: 2 }), sum(10, 0, { a: 2 }))).toEqual([1, 10])
    expect(feed.sum(sum(2, 1, { b: 2, a: 1 }), sum(20, 1, { a: 2 }))).toEqual([3, 30])
    expect([...feed.send('sum', [sum(5, 2)], 0, { other: 1 }).batch.values]).toEqual([5])
    const { batch } = feed.send('sum', [sum(4, 3, { a: 1, b: 2 })])
    expect([batch.metrics[0]?.temporality, batch.startsNs[0]]).toEqual(['cumulative', START_NS])
  })

  it('give the same total when they come again, and none when they are late', () => {
    const feed = new Feed()
    expect(feed.sum(sum(1, 5), sum(1, 6))).toEqual([1, 2])
    expect(feed.sum(sum(1, 6))).toEqual([2])
    const late = feed.send('sum', [sum(1, 4), sum(1, 7)])
    expect([...late.batch.values]).toEqual([3])
    expect([...late.batch.attributes.ends]).toEqual([0])
    expect(late.message).toBe('"d": a delta is older than one that came before')
    const before = point({ asInt: '1', startTimeUnixNano: '5' }, {}, 9)
    expect(feed.send('sum', [before]).message).toContain('begins before the first of its stream')
  })

  it('begin anew after five silent minutes, and when they end', () => {
    const feed = new Feed()
    feed.send('sum', [sum(1, 0)], 0)
    expect([...feed.send('sum', [sum(1, 1)], 300_000).batch.values]).toEqual([2])
    expect([...feed.send('sum', [sum(1, 2)], 600_001).batch.values]).toEqual([1])
    const ended = feed.send('sum', [point({ flags: 1 }, {}, 3), sum(7, 4)], 600_002)
    expect([...ended.batch.values]).toEqual([0, 7])
    expect([...ended.batch.flags]).toEqual([1, 0])
  })

  it('are bounded', () => {
    const feed = new Feed({ maxStreams: 2, maxBytes: 10_000 })
    const { batch, message } = feed.send(
      'sum',
      [0, 1, 2].map((a) => sum(1, 0, { a })),
    )
    expect(batch.values).toHaveLength(2)
    expect(message).toBe('"d": there are more than 2 streams of deltas')
    const narrow = new Feed({ maxStreams: 10, maxBytes: 90 })
    expect(
      narrow.send(
        'sum',
        [0, 1].map((a) => sum(1, 0, { a })),
      ).message,
    ).toContain('too many buckets and attributes')
    // What was silent for long makes room.
    const later = narrow.send('sum', [sum(1, 0, { a: 5 })], 300_001, { host: 'other' })
    expect([...later.batch.values, later.message]).toEqual([1, ''])
  })

  it('leave what is cumulative alone', () => {
    const feed = new Feed()
    const metrics = [
      { name: 'c', sum: { ...CUMULATIVE, dataPoints: [sum(5, 0)] } },
      { name: 'd', sum: { ...DELTA, dataPoints: [sum(5, 0)] } },
    ]
    feed.convert(requestOf(metrics))
    const { batch } = feed.convert(
      requestOf([
        { name: 'c', sum: { ...CUMULATIVE, dataPoints: [sum(6, 1)] } },
        { name: 'd', sum: { ...DELTA, dataPoints: [sum(6, 1)] } },
      ]),
    )
    expect([...batch.values]).toEqual([6, 11])
    const untouched = decoded(requestOf(metrics.slice(0, 1))).batch
    expect(new DeltaToCumulative().convert(untouched, 0).batch).toBe(untouched)
  })
})

describe('deltas of histograms', () => {
  const histogram = (
    bucketCounts: string[],
    explicitBounds: number[],
    afterS: number,
  ): MessageJson =>
    point({ count: '3', sum: 2, min: 1, max: 2, bucketCounts, explicitBounds }, {}, afterS)

  it('are added up bucket by bucket', () => {
    const feed = new Feed()
    feed.send('histogram', [histogram(['1', '2'], [1], 0)])
    const { batch } = feed.send('histogram', [histogram(['3', '0'], [1], 1)])
    expect(bucketsOf(batch)).toEqual([4, 2])
    const at = batch.distributionIndex[0] as number
    expect([batch.values[0], batch.distributions.counts[at]]).toEqual([4, 6])
    // The least and the largest of all time are not known.
    expect(batch.distributions.minima[at]).toBeNaN()
  })

  it('begin anew with other bounds, and lose a sum that was not sent once', () => {
    const feed = new Feed()
    feed.send('histogram', [histogram(['1', '2'], [1], 0)])
    const { batch } = feed.send('histogram', [histogram(['1', '1', '1'], [1, 2], 1)])
    expect([...bucketsOf(batch), batch.values[0]]).toEqual([1, 1, 1, 2])
    const without = point(
      { count: '1', bucketCounts: ['1', '0', '0'], explicitBounds: [1, 2] },
      {},
      2,
    )
    const { batch: last } = feed.send('histogram', [without])
    expect([...bucketsOf(last), last.valueTypes[0]]).toEqual([2, 1, 1, 0])
  })
})

describe('deltas of exponential histograms', () => {
  const exponential = (afterS: number, fields: MessageJson): MessageJson =>
    point({ count: '2', sum: 1, zeroCount: '1', ...fields }, {}, afterS)

  it('are added up at the lower of their scales', () => {
    const feed = new Feed()
    const fine = { scale: 1, positive: { offset: 2, bucketCounts: ['1', '1', '1'] } }
    const coarse = { scale: 0, positive: { offset: 0, bucketCounts: ['5'] } }
    feed.send('exponentialHistogram', [exponential(0, fine)])
    const { batch } = feed.send('exponentialHistogram', [exponential(1, coarse)])
    const at = batch.distributionIndex[0] as number
    const { scales, offsets, zeroCounts, counts } = batch.distributions
    expect([scales[at], offsets[at], zeroCounts[at], counts[at]]).toEqual([0, 0, 2, 4])
    expect(bucketsOf(batch)).toEqual([5, 2, 1])
  })

  it('lose resolution so that they fit, but no count', () => {
    const feed = new Feed()
    const at = (offset: number): MessageJson => ({
      ...{ scale: 8, positive: { offset, bucketCounts: ['0', '1', '0'] } },
      negative: { offset: -offset, bucketCounts: ['1'] },
    })
    feed.send('exponentialHistogram', [exponential(0, at(-1000))])
    feed.send('exponentialHistogram', [exponential(1, at(1000))])
    const { batch } = feed.send('exponentialHistogram', [exponential(2, at(2_000_000_000))])
    const buckets = bucketsOf(batch)
    expect(buckets.length).toBeLessThanOrEqual(160)
    expect(buckets.reduce((a, b) => a + b, 0)).toBe(3)
    expect(batch.distributions.scales[batch.distributionIndex[0] as number]).toBeLessThan(-10)
  })

  it('count as zero what is below the wider threshold', () => {
    const feed = new Feed()
    const small = { scale: 0, positive: { offset: -4, bucketCounts: ['1', '2', '3', '4', '5'] } }
    feed.send('exponentialHistogram', [exponential(0, small)])
    const wide = exponential(1, { scale: 0, zeroThreshold: 0.2 })
    const { batch } = feed.send('exponentialHistogram', [wide])
    const at = batch.distributionIndex[0] as number
    const { zeroCounts, zeroThresholds, offsets } = batch.distributions
    // The buckets (1/16, 1/8] and (1/8, 1/4] begin below 0.2.
    expect([zeroCounts[at], zeroThresholds[at], offsets[at]]).toEqual([2 + 1 + 2, 0.25, -2])
    expect(bucketsOf(batch)).toEqual([3, 4, 5])
  })
})
