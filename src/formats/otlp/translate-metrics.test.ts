import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { isStale, wordsOf } from '../../model/stale.ts'
import type { MessageJson } from './testing/encode-metrics.ts'
import {
  attributesOf,
  CUMULATIVE,
  decoded,
  DELTA,
  point,
  requestOf,
  TIME_MS,
  TIME_NS,
} from './testing/metrics-request.ts'
import { MetricTranslator, type TranslatedMetrics } from './translate-metrics.ts'
import { DEFAULT_TRANSLATION, type OtlpTranslation } from './translation.ts'

function translate(
  request: MessageJson,
  changes: Partial<OtlpTranslation> = {},
  keepsDeltas = false,
): TranslatedMetrics {
  const translation = { ...DEFAULT_TRANSLATION, ...changes }
  const options = { translation, lookbackMs: 300_000, keepsDeltas }
  return new MetricTranslator().translate(decoded(request).batch, options)
}

/** The samples as text, `series value`; those of `target_info` only when asked for. */
function samplesOf({ samples }: TranslatedMetrics, withTarget = false): string[] {
  const { series, seriesIndex, values } = samples
  const words = wordsOf(values)
  return [...seriesIndex].flatMap((at, row) => {
    const labels = series[at] ?? Labels.EMPTY
    if (labels.name === 'target_info' && !withTarget) return []
    return [`${labels.toString()} ${isStale(values, words, row) ? 'stale' : values[row]}`]
  })
}

const gauge = (...dataPoints: MessageJson[]): MessageJson => ({
  ...{ name: 'g', gauge: { dataPoints } },
})
const HISTOGRAM = {
  ...{ count: '6', sum: 11.5, bucketCounts: ['1', '2', '3'], explicitBounds: [0.1, 1000] },
}

describe('data points become series', () => {
  it('of gauges and sums', () => {
    const metrics = [
      {
        name: 'a.gauge',
        unit: '1',
        gauge: { dataPoints: [point({ asDouble: 1.5 }, { 'x.y': 1 })] },
      },
      {
        ...{ name: 'a.counter', description: 'Counts.', unit: 's' },
        sum: { ...CUMULATIVE, isMonotonic: true, dataPoints: [point({ asInt: '7' })] },
      },
      { name: 'up.down', sum: { ...CUMULATIVE, dataPoints: [point({ asInt: '-7' })] } },
    ]
    const translated = translate(requestOf(metrics))
    expect(samplesOf(translated)).toEqual([
      'a_gauge_ratio{x_y="1"} 1.5',
      'a_counter_seconds_total 7',
      'up_down -7',
    ])
    expect(translated.samples.timestampsMs).toEqual(Float64Array.of(TIME_MS, TIME_MS, TIME_MS))
    expect(translated.samples.metadata).toEqual([
      { family: 'a_gauge_ratio', type: 'gauge', help: '', unit: '' },
      { family: 'a_counter_seconds_total', type: 'counter', help: 'Counts.', unit: 'seconds' },
      { family: 'up_down', type: 'gauge', help: '', unit: '' },
    ])
    expect([...translated.rowPoints]).toEqual([0, 1, 2])
  })

  it('of histograms', () => {
    const request = requestOf([
      {
        name: 'h',
        unit: 'ms',
        histogram: { ...CUMULATIVE, dataPoints: [point(HISTOGRAM, { a: 'b' })] },
      },
      { name: 'i', histogram: { ...CUMULATIVE, dataPoints: [point({ count: '4' })] } },
    ])
    const translated = translate(request)
    expect(samplesOf(translated)).toEqual([
      'h_milliseconds_sum{a="b"} 11.5',
      'h_milliseconds_count{a="b"} 6',
      'h_milliseconds_bucket{a="b", le="0.1"} 1',
      'h_milliseconds_bucket{a="b", le="1000"} 3',
      'h_milliseconds_bucket{a="b", le="+Inf"} 6',
      'i_count 4',
      'i_bucket{le="+Inf"} 4',
    ])
    expect(translated.samples.metadata?.[0]).toMatchObject({ type: 'histogram' })
  })

  it('of summaries', () => {
    const quantileValues = [0.5, 0.99].map((quantile) => ({ quantile, value: quantile * 2 }))
    const dataPoints = [point({ count: '2', sum: 3, quantileValues })]
    expect(samplesOf(translate(requestOf([{ name: 's', summary: { dataPoints } }])))).toEqual([
      ...['s_sum 3', 's_count 2', 's{quantile="0.5"} 1', 's{quantile="0.99"} 1.98'],
    ])
  })

  it('that end', () => {
    const ended = point({ ...HISTOGRAM, flags: 1 })
    const metrics = [
      gauge(point({ flags: 1 })),
      { name: 'h', histogram: { ...CUMULATIVE, dataPoints: [ended] } },
    ]
    expect(samplesOf(translate(requestOf(metrics)))).toEqual([
      'g stale',
      'h_sum stale',
      'h_count stale',
      'h_bucket{le="0.1"} stale',
      'h_bucket{le="1000"} stale',
      'h_bucket{le="+Inf"} stale',
    ])
  })

  it('but not of deltas and of what is neither', () => {
    const dataPoints = [point({ asInt: '1' }), point({ asInt: '2' })]
    const metrics = [
      { name: 'd', sum: { ...DELTA, isMonotonic: true, dataPoints } },
      { name: 'n', histogram: { dataPoints: [point(HISTOGRAM)] } },
      { name: '…', gauge: { dataPoints } },
      gauge(point({ asDouble: 1 })),
    ]
    const { refusals, points } = translate(requestOf(metrics))
    expect([points, refusals.count]).toEqual([1, 5])
    expect(refusals.message).toBe(
      'invalid temporality and type combination for metric "d" (2 data points); ' +
        'invalid temporality and type combination for metric "n"; ' +
        '"…" cannot be the name of a metric (2 data points)',
    )
    const kept = translate(requestOf(metrics.slice(0, 1)), {}, true)
    expect(samplesOf(kept)).toEqual(['d_total 1', 'd_total 2'])
    expect(kept.samples.metadata?.[0]?.type).toBe('unknown')
  })
})

describe('labels', () => {
  const RESOURCE = {
    ...{ 'service.name': 'api', 'service.namespace': 'shop', 'service.instance.id': 'one' },
    ...{ 'host.name': 'h', 'cloud.region': 'eu', 'process.pid': 7 },
  }
  const one = (attributes = {}, resource: Record<string, string | number> = {}, scope = {}) =>
    requestOf([gauge(point({ asInt: '1' }, attributes))], resource, scope)

  it('of a resource are job and instance, and the rest is in target_info', () => {
    expect(samplesOf(translate(one({}, RESOURCE)), true)).toEqual([
      'g{instance="one", job="shop/api"} 1',
      'target_info{cloud_region="eu", host_name="h", instance="one", job="shop/api", process_pid="7"} 1',
    ])
    expect(samplesOf(translate(one({}, { 'service.name': 'api' })), true)).toEqual([
      'g{job="api"} 1',
    ])
    expect(samplesOf(translate(one({}, { 'host.name': 'h' })), true)).toEqual(['g 1'])
  })

  it('may keep what identifies in target_info', () => {
    const kept = { keepIdentifyingResourceAttributes: true }
    expect(samplesOf(translate(one({}, RESOURCE), kept), true)[1]).toBe(
      'target_info{cloud_region="eu", host_name="h", instance="one", job="shop/api", process_pid="7", service_instance_id="one", service_name="api", service_namespace="shop"} 1',
    )
  })

  it('are promoted from the resource, by name or all', () => {
    const listed = { promoteResourceAttributes: ['cloud.region', 'service.name', 'absent'] }
    expect(samplesOf(translate(one({}, RESOURCE), listed))).toEqual([
      'g{cloud_region="eu", instance="one", job="shop/api", service_name="api"} 1',
    ])
    const all = {
      promoteAllResourceAttributes: true,
      ignoreResourceAttributes: ['process.pid', 'service.instance.id'],
    }
    expect(samplesOf(translate(one({ cloud_region: 'own' }, RESOURCE), all))).toEqual([
      'g{cloud_region="own", host_name="h", instance="one", job="shop/api", service_name="api", service_namespace="shop"} 1',
    ])
  })

  it('of the scope come when they are asked for', () => {
    const scope = {
      ...{ name: 'meter', version: '1.0', schemaUrl: 'https://s' },
      attributes: attributesOf({ 'a.b': true }),
    }
    expect(samplesOf(translate(one({}, {}, scope)))).toEqual(['g 1'])
    const promoted = { promoteScopeMetadata: true }
    expect(samplesOf(translate(one({}, {}, scope), promoted))).toEqual([
      'g{otel_scope_a_b="true", otel_scope_name="meter", otel_scope_schema_url="https://s", otel_scope_version="1.0"} 1',
    ])
    expect(samplesOf(translate(one({}, {}, { version: '1' }), promoted))).toEqual(['g 1'])
  })

  it('whose names became the same are joined, by the order of their keys', () => {
    const attributes = { 'a.b': '2', 'a-b': '1', a_b: '3', __name__: 'other', empty: '' }
    expect(samplesOf(translate(one(attributes)))).toEqual(['g{a_b="1;2;3"} 1'])
  })

  it('are as they were without escaping', () => {
    const names = { translationStrategy: 'NoTranslation' as const }
    const metric = {
      name: 'http.requests',
      unit: 'ms',
      sum: {
        ...CUMULATIVE,
        isMonotonic: true,
        dataPoints: [point({ asInt: '1' }, { 'http.method': 'GET' })],
      },
    }
    const request = requestOf([metric], { 'service.name': 'api', 'größe.n': 1 })
    expect(samplesOf(translate(request, names), true)).toEqual([
      '{"http.requests", "http.method"="GET", job="api"} 1',
      'target_info{"größe.n"="1", job="api"} 1',
    ])
    const suffixed = { translationStrategy: 'NoUTF8EscapingWithSuffixes' as const }
    expect(samplesOf(translate(request, suffixed))[0]).toContain(
      '"http.requests_milliseconds_total"',
    )
    const plain = { translationStrategy: 'UnderscoreEscapingWithoutSuffixes' as const }
    expect(samplesOf(translate(request, plain))[0]).toBe(
      'http_requests{http_method="GET", job="api"} 1',
    )
  })

  it('are texts, whatever they were', () => {
    const values: readonly (readonly [MessageJson, string])[] = [
      [{ doubleValue: 0.5 }, '0.5'],
      [{ intValue: '-3' }, '-3'],
      [{ boolValue: false }, 'false'],
      [{ bytesValue: 'AQI=' }, 'AQI='],
      [{ arrayValue: { values: [{ intValue: '1' }, { intValue: '2' }] } }, '[1,2]'],
      [{ arrayValue: { values: [{ stringValue: 'a' }] } }, '["a"]'],
      [{ kvlistValue: { values: [{ key: 'k', value: { stringValue: 'v' } }] } }, '{"k":"v"}'],
    ]
    for (const [value, text] of values) {
      const request = requestOf([gauge(point({ asInt: '1', attributes: [{ key: 'a', value }] }))])
      expect(translate(request).samples.series[0]?.get('a')).toBe(text)
    }
  })

  it('that nobody can name are refused, of the points that have them', () => {
    const request = requestOf([gauge(point({ asInt: '1' }, { '': 'x' }), point({ asInt: '2' }))])
    const { refusals, points } = translate(request)
    expect([points, refusals.message]).toEqual([
      1,
      '"g": attribute "" cannot be the name of a label',
    ])
    const many = Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`a${i}`, i]))
    expect(translate(one(many)).refusals.message).toBe('"g": 513 labels, the limit is 512')
    const all = { promoteAllResourceAttributes: true }
    expect(translate(one({}, { '..': 'x' }), all).refusals.message).toBe(
      'resource attribute ".." cannot be the name of a label',
    )
  })

  it('are the same objects when they come again', () => {
    const translator = new MetricTranslator()
    const options = { translation: DEFAULT_TRANSLATION, lookbackMs: 1, keepsDeltas: false }
    const request = requestOf([
      { name: 'h', histogram: { ...CUMULATIVE, dataPoints: [point(HISTOGRAM)] } },
    ])
    const [first, second] = [1, 2].map(() => translator.translate(decoded(request).batch, options))
    expect(second?.samples.series).toHaveLength(5)
    second?.samples.series.forEach((labels, i) => expect(labels).toBe(first?.samples.series[i]))
  })
})

describe('target_info', () => {
  const spread = (afterS: number): MessageJson =>
    requestOf([gauge(point({ asInt: '1' }), point({ asInt: '2' }, {}, afterS))], {
      'service.name': 'api',
      'host.name': 'h',
    })
  const timesOf = ({ samples, rowPoints }: TranslatedMetrics): number[] =>
    [...samples.timestampsMs].filter((_, row) => rowPoints[row] === 0xffffffff)

  it('has a sample every half of the lookback, from the first point to the last', () => {
    expect(timesOf(translate(spread(0)))).toEqual([TIME_MS])
    expect(timesOf(translate(spread(400)))).toEqual(
      [0, 150_000, 300_000, 400_000].map((ms) => TIME_MS + ms),
    )
  })

  it('does not reach back for ever', () => {
    const times = timesOf(translate(spread(86_400 * 365)))
    expect(times).toHaveLength(601)
    expect(times.at(-1)).toBe(TIME_MS + 86_400_000 * 365)
  })

  it('comes once for resources that became the same', () => {
    const [resource] = spread(0)['resourceMetrics'] as MessageJson[]
    const twice = { resourceMetrics: [resource, resource] as MessageJson[] }
    expect(timesOf(translate(twice))).toHaveLength(1)
  })
})

describe('exemplars', () => {
  const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
  const exemplar = (asDouble: number, fields: MessageJson = {}): MessageJson => ({
    ...{ asDouble, timeUnixNano: String(TIME_NS - 5_000_000_000n) },
    ...fields,
  })

  it('belong to the bucket that counted them', () => {
    const exemplars = [exemplar(5000), exemplar(0.05, ids), exemplar(0.1), exemplar(7)]
    const dataPoints = [point({ ...HISTOGRAM, exemplars })]
    const { samples } = translate(
      requestOf([{ name: 'h', histogram: { ...CUMULATIVE, dataPoints } }]),
    )
    const found = samples.exemplars?.map(({ series, value }) => [series.get('le'), value])
    expect(found).toEqual([
      ['+Inf', 5000],
      ['0.1', 0.05],
      ['0.1', 0.1],
      ['1000', 7],
    ])
    expect(samples.exemplars?.[1]?.labels.toObject()).toEqual({
      ...{ trace_id: ids.traceId, span_id: ids.spanId },
    })
    expect(samples.exemplars?.[1]?.timestampMs).toBe(TIME_MS - 5000)
  })

  it('of sums have the time of their point when they have none', () => {
    const exemplars = [{ asInt: '3' }, { timeUnixNano: '1' }]
    const dataPoints = [point({ asInt: '1', exemplars })]
    const { samples } = translate(requestOf([{ name: 's', sum: { ...CUMULATIVE, dataPoints } }]))
    expect(samples.exemplars).toEqual([
      { series: samples.series[0], labels: Labels.EMPTY, value: 3, timestampMs: TIME_MS },
    ])
  })

  it('keep their ids when the attributes are too long', () => {
    const filteredAttributes = attributesOf({ long: 'x'.repeat(100) })
    const exemplars = [
      exemplar(1, { filteredAttributes }),
      exemplar(1, { ...ids, filteredAttributes }),
    ]
    const dataPoints = [point({ asInt: '1', exemplars })]
    const { samples } = translate(requestOf([{ name: 's', sum: { ...CUMULATIVE, dataPoints } }]))
    expect(samples.exemplars?.map(({ labels }) => Object.keys(labels.toObject()))).toEqual([
      ...[['long'], ['span_id', 'trace_id']],
    ])
  })
})

describe('what becomes too much', () => {
  it('is refused as a whole', () => {
    const bounds = Array.from({ length: 9000 }, (_, i) => i)
    const counts = Array.from({ length: 9001 }, () => '1')
    const histogram = point({ count: '9001', explicitBounds: bounds, bucketCounts: counts })
    const dataPoints = new Array<MessageJson>(60).fill(histogram)
    const request = requestOf([{ name: 'h', histogram: { ...CUMULATIVE, dataPoints } }])
    expect(() => translate(request)).toThrow('at most 500000 samples')
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`a${i}`, 'x']))
    const points = [0, 1].map((i) => ({ ...histogram, attributes: attributesOf({ ...wide, i }) }))
    const widened = requestOf([{ name: 'h', histogram: { ...CUMULATIVE, dataPoints: points } }])
    expect(() => translate(widened)).toThrow('labels of the new series of a request are too many')
  })
})
