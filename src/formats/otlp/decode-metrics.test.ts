import { describe, expect, it } from 'vitest'
import { Problem } from '../../model/problem.ts'
import { startOf } from '../../model/spans.ts'
import { encodeUtf8 } from '../text-codec.ts'
import { decodeMetricsJson } from './decode-metrics-json.ts'
import { decodeMetrics } from './decode-metrics.ts'
import { encodeMetricsRequest, type MessageJson } from './testing/encode-metrics.ts'
import {
  CUMULATIVE,
  decoded,
  DELTA,
  point,
  requestOf,
  START_NS,
  TIME_NS,
} from './testing/metrics-request.ts'

const EXEMPLAR = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  timeUnixNano: String(TIME_NS),
  asDouble: 0.7,
  filteredAttributes: [{ key: 'user', value: { stringValue: 'me' } }],
}

/** Something of every kind. */
const EVERYTHING = requestOf(
  [
    {
      name: 'a.gauge',
      description: 'A gauge.',
      unit: 'By',
      metadata: [{ key: 'prometheus.type', value: { stringValue: 'gauge' } }],
      gauge: { dataPoints: [point({ asDouble: 1.5 }, { b: 2, a: 'x' }), point({ asInt: '-7' })] },
    },
    {
      name: 'a.sum',
      sum: {
        ...DELTA,
        isMonotonic: true,
        dataPoints: [
          point({ asInt: '9007199254740991', exemplars: [EXEMPLAR] }),
          point({ flags: 1 }),
        ],
      },
    },
    {
      name: 'a.histogram',
      histogram: {
        ...CUMULATIVE,
        dataPoints: [
          point({
            ...{ count: '6', sum: 11.5, min: 0.5, max: 5 },
            bucketCounts: ['1', '2', '3'],
            explicitBounds: [0.1, 1],
            exemplars: [EXEMPLAR, { ...EXEMPLAR, asInt: '4' }],
          }),
          point({ count: '3' }),
        ],
      },
    },
    {
      name: 'an.exponential',
      exponentialHistogram: {
        ...CUMULATIVE,
        dataPoints: [
          point({
            ...{ count: '5', sum: 3, scale: -2, zeroCount: '1', zeroThreshold: 0.001 },
            positive: { offset: -3, bucketCounts: ['1', '0', '2'] },
            negative: { offset: 4, bucketCounts: ['1'] },
          }),
        ],
      },
    },
    {
      name: 'a.summary',
      summary: {
        dataPoints: [
          point({
            ...{ count: '2', sum: 3 },
            quantileValues: [
              { quantile: 0.5, value: 1 },
              { quantile: 0.99, value: 2 },
            ],
          }),
        ],
      },
    },
  ],
  { 'service.name': 'api', 'host.id': 4 },
  { name: 'meter', version: '1.0', schemaUrl: 'https://schema' },
)

const ENCODINGS = [
  ['protobuf', (request: MessageJson) => decodeMetrics(encodeMetricsRequest(request))],
  ['JSON', (request: MessageJson) => decodeMetricsJson(encodeUtf8(JSON.stringify(request)))],
] as const

describe.each(ENCODINGS)('metrics in %s', (_name, decode) => {
  it('are read in columns', () => {
    const { batch, refusals } = decode(EVERYTHING)
    expect([refusals.count, refusals.message]).toEqual([0, ''])
    expect(batch.metrics.map(({ name, kind, temporality }) => [name, kind, temporality])).toEqual([
      ['a.gauge', 'gauge', 'unspecified'],
      ['a.sum', 'sum', 'delta'],
      ['a.histogram', 'histogram', 'cumulative'],
      ['an.exponential', 'exponential-histogram', 'cumulative'],
      ['a.summary', 'summary', 'unspecified'],
    ])
    expect(batch.metrics[0]).toMatchObject({
      ...{ description: 'A gauge.', unit: 'By', isMonotonic: false },
      metadata: [['prometheus.type', 'sgauge']],
    })
    expect(batch.metrics[1]?.isMonotonic).toBe(true)
    expect([...batch.metricIndex]).toEqual([0, 0, 1, 1, 2, 2, 3, 4])
    expect(new Set(batch.timesNs)).toEqual(new Set([TIME_NS]))
    expect(new Set(batch.startsNs)).toEqual(new Set([START_NS]))
    expect([...batch.values]).toEqual([1.5, -7, 9007199254740991, 0, 11.5, 0, 3, 3])
    expect([...batch.valueTypes]).toEqual([1, 2, 2, 0, 1, 0, 1, 1])
    expect([...batch.flags]).toEqual([0, 0, 0, 1, 0, 0, 0, 0])
    expect([...batch.attributes.ends]).toEqual([2, 2, 2, 2, 2, 2, 2, 2])
    expect([...batch.attributes.keys].map((at) => batch.strings[at])).toEqual(['b', 'a'])
    expect([...batch.attributes.values].map((at) => batch.strings[at])).toEqual(['i2', 'sx'])
    expect(batch.resources).toEqual([
      [
        ['host.id', 'i4'],
        ['service.name', 'sapi'],
      ],
    ])
    const scope = { name: 'meter', version: '1.0', schemaUrl: 'https://schema', attributes: [] }
    expect(batch.scopes).toEqual([scope])
  })

  it('have distributions of their own', () => {
    const { distributionIndex, distributions } = decode(EVERYTHING).batch
    expect([...distributionIndex]).toEqual([-1, -1, -1, -1, 0, 1, 2, 3])
    expect([...distributions.counts]).toEqual([6, 3, 5, 2])
    expect([...distributions.minima]).toEqual([0.5, NaN, NaN, NaN])
    expect([...distributions.maxima]).toEqual([5, NaN, NaN, NaN])
    const list = ({ ends, values }: typeof distributions.bounds, at: number): number[] => [
      ...values.subarray(startOf(ends, at), ends[at]),
    ]
    expect([0, 1, 2, 3].map((at) => list(distributions.bounds, at))).toEqual([
      ...[[0.1, 1], [], [], [0.5, 0.99]],
    ])
    expect([0, 1, 2, 3].map((at) => list(distributions.buckets, at))).toEqual([
      ...[[1, 2, 3], [], [1, 0, 2], [1, 2]],
    ])
    expect(list(distributions.negativeBuckets, 2)).toEqual([1])
    expect(distributions.scales[2]).toBe(-2)
    expect([distributions.offsets[2], distributions.negativeOffsets[2]]).toEqual([-3, 4])
    expect([distributions.zeroCounts[2], distributions.zeroThresholds[2]]).toEqual([1, 0.001])
  })

  it('have exemplars', () => {
    const { batch } = decode(EVERYTHING)
    const { exemplars, exemplarStarts, exemplarEnds } = batch
    expect([...exemplarStarts]).toEqual([0, 0, 0, 1, 1, 3, 3, 3])
    expect([...exemplarEnds]).toEqual([0, 0, 1, 1, 3, 3, 3, 3])
    expect([...exemplars.values]).toEqual([0.7, 0.7, 4])
    expect([...exemplars.valueTypes]).toEqual([1, 1, 2])
    expect([exemplars.traceIds.length, exemplars.spanIds.length]).toEqual([48, 24])
    expect(exemplars.traceIds[17]).toBe(0xf7)
    expect([...exemplars.attributes.ends]).toEqual([1, 2, 3])
  })

  it('are taken without points, resources or anything', () => {
    expect(decode({}).batch.metrics).toEqual([])
    const { batch } = decode(requestOf([{ name: 'empty', gauge: {} }, { name: 'nothing' }]))
    expect([batch.metrics, batch.scopes, batch.resources]).toEqual([[], [], []])
  })

  it('leave out points whose buckets cannot be, and tell which', () => {
    const histogram = (fields: MessageJson): MessageJson => point({ count: '1', ...fields })
    const bad = [
      histogram({ bucketCounts: ['1'], explicitBounds: [1, 2] }),
      histogram({ bucketCounts: ['1', '2', '3'], explicitBounds: [2, 1] }),
      histogram({ bucketCounts: ['1', '2', '3', '4'], explicitBounds: [1, 1, 2] }),
      histogram({ explicitBounds: new Array<number>(10_001).fill(1) }),
    ]
    const good = histogram({ bucketCounts: ['1', '0'], explicitBounds: [3] })
    const dataPoints = [...bad, { ...good, exemplars: [EXEMPLAR] }]
    const { batch, refusals } = decode(
      requestOf([{ histogram: { ...CUMULATIVE, dataPoints }, name: 'h' }]),
    )
    expect(batch.metricIndex).toHaveLength(1)
    expect([...batch.distributions.bounds.values]).toEqual([3])
    expect([...batch.distributions.buckets.ends]).toEqual([2])
    expect([...batch.exemplarEnds]).toEqual([1])
    expect(refusals.count).toBe(4)
    expect(refusals.message).toBe(
      '"h": 1 bucket counts do not fit 2 bounds; "h": bounds of buckets do not rise (2 data points); "h": a data point may have at most 10000 buckets',
    )
  })

  it('are refused when a metric is two things', () => {
    const both = { name: 'x', gauge: { dataPoints: [] }, sum: { dataPoints: [] } }
    expect(() => decode(requestOf([both]))).toThrow('a metric is both gauge and sum')
  })

  it('are bounded', () => {
    const points = (count: number): MessageJson[] => Array.from({ length: count }, () => ({}))
    const request = requestOf([{ name: 'x', gauge: { dataPoints: points(200_001) } }])
    expect(() => decode(request)).toThrow('at most 200000 data points')
    const dataPoints = [{ explicitBounds: new Array<number>(2_000_001).fill(1) }]
    expect(() => decode(requestOf([{ name: 'x', histogram: { dataPoints } }]))).toThrow(
      'at most 2000000 buckets and exemplars',
    )
  })

  it('may have attributes of megabytes', () => {
    const dataPoints = [point({ asDouble: 1 }, { large: 'x'.repeat(4_000_000) })]
    const { batch } = decode(requestOf([{ name: 'x', gauge: { dataPoints } }]))
    expect(batch.strings[1]).toHaveLength(4_000_001)
  })
})

describe('packed lists', () => {
  it('are what senders write in protobuf', () => {
    // Field 6 (bucket counts) and field 7 (bounds) as one run of bytes each.
    const counts = new Uint8Array(BigInt64Array.of(1n, 2n).buffer)
    const bounds = new Uint8Array(Float64Array.of(0.25).buffer)
    const inner = [0x32, 16, ...counts, 0x3a, 8, ...bounds]
    const data = [0x0a, inner.length, ...inner]
    const metric = [0x0a, 1, 0x78, 0x4a, data.length, ...data]
    const scope = [0x12, metric.length, ...metric]
    const resource = [0x12, scope.length, ...scope]
    const { batch } = decodeMetrics(Uint8Array.of(0x0a, resource.length, ...resource))
    expect([...batch.distributions.buckets.values]).toEqual([1, 2])
    expect([...batch.distributions.bounds.values]).toEqual([0.25])
  })
})

/** The code of the `Problem` that is thrown; any other fault is thrown on. */
function problemOf(decode: () => unknown): string | undefined {
  try {
    decode()
    return undefined
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown.code
    throw thrown
  }
}

describe('hostile metrics', () => {
  it('do no more than be refused, wherever they are cut off or changed', () => {
    const bytes = encodeMetricsRequest(EVERYTHING)
    const json = encodeUtf8(JSON.stringify(EVERYTHING))
    for (const [whole, decode] of [
      [bytes, decodeMetrics],
      [json, decodeMetricsJson],
    ] as const) {
      let refused = 0
      for (let cut = 1; cut < whole.length; cut += 3) {
        const changed = whole.slice()
        changed[cut] = (changed[cut] as number) ^ (1 << (cut % 8))
        for (const input of [whole.subarray(0, cut), changed]) {
          const problem = problemOf(() => decode(input))
          expect([undefined, 'bad_data']).toContain(problem)
          if (problem !== undefined) refused++
        }
      }
      expect(refused).toBeGreaterThan(whole.length / 12)
    }
  })

  it('are bounded in depth', () => {
    const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`
    expect(() => decodeMetricsJson(encodeUtf8(`{"resourceMetrics":${deep}}`))).toThrow(/JSON/)
    expect(() => decodeMetricsJson(encodeUtf8(`{"x":${deep}}`))).toThrow('nested deeper')
    let value: MessageJson = { stringValue: 'x' }
    for (let i = 0; i < 40; i++) value = { arrayValue: { values: [value] } }
    const request = {
      resourceMetrics: [{ resource: { attributes: [{ key: 'a', value }] }, scopeMetrics: [] }],
    }
    expect(() => decoded(request)).toThrow('nested deeper')
  })

  it('have no counts that are not numbers in JSON', () => {
    for (const count of ['NaN', '-', '1.5', 'Infinity']) {
      const histogram = { dataPoints: [{ count }] }
      const request = JSON.stringify(requestOf([{ name: 'x', histogram }]))
      expect(() => decodeMetricsJson(encodeUtf8(request))).toThrow('count is a whole number')
    }
  })
})
