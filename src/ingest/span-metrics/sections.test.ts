import { describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readServiceGraphConnector, readSpanMetricsConnector } from './connector-sections.ts'
import { joinGenerators } from './join-generators.ts'
import type { SpanGeneratorSettings } from './settings.ts'
import { TEMPO_GENERATOR, TEMPO_SERVICE_GRAPH } from './tempo-form.ts'
import { readTempoGenerator } from './tempo-section.ts'

function parse(text: string): {
  readonly root: YamlNode | undefined
  readonly told: () => string[]
} {
  const faults = new FaultList()
  const root = parseYaml(text, { faults, file: 'a.yml', env: {} })
  return { root, told: () => faults.items.map(formatFault) }
}

function readTempo(
  text: string,
): readonly [SpanGeneratorSettings | undefined | 'unsaid', readonly string[]] {
  const { root, told } = parse(text)
  const map = root?.asMap()
  const overrides = map?.key('overrides').asMap()
  const found = readTempoGenerator({
    generator: map?.key('metrics_generator'),
    overrides: overrides?.key('defaults').asMap()?.key('metrics_generator'),
    flat: overrides,
  })
  return [found, told()]
}

function readConnector(
  text: string,
  read: typeof readSpanMetricsConnector,
): readonly [SpanGeneratorSettings | undefined, readonly string[]] {
  const { root, told } = parse(text)
  return [root && read(root, 'c'), told()]
}

describe("what Tempo's file says of metrics of spans", () => {
  it('is both processors with their defaults where it says nothing of them', () => {
    expect(readTempo('server: {}')[0]).toBe('unsaid')
    expect(readTempo('metrics_generator: {storage: {path: /tmp}}')).toEqual([TEMPO_GENERATOR, []])
  })

  it('is nothing where the list is empty or collection is off', () => {
    const overrides = (text: string): string =>
      `overrides: {defaults: {metrics_generator: {${text}}}}`
    expect(readTempo(overrides('processors: []'))).toEqual([undefined, []])
    expect(readTempo(overrides('disable_collection: true'))).toEqual([undefined, []])
    expect(readTempo('overrides: {metrics_generator_processors: []}')).toEqual([undefined, []])
  })

  it('is read from both sections, the overrides over the generator', () => {
    const [found, told] = readTempo(`
metrics_generator:
  registry: {collection_interval: 30s, stale_duration: 5m, external_labels: {cluster: a}}
  metrics_ingestion_time_range_slack: 2m
  processor:
    span_metrics:
      histogram_buckets: [0.1, 1]
      dimensions: [http.method, service]
      dimension_mappings: [{name: route, source_labels: [a, b], join: /}]
      intrinsic_dimensions: {status_message: true, span_kind: false}
      enable_target_info: true
      filter_policies:
        - include: {match_type: regex, attributes: [{key: kind, value: SPAN_KIND_(SERVER|CLIENT)}]}
          exclude: {match_type: strict, attributes: [{key: resource.env, value: dev}, {key: span.n, value: 5}]}
    service_graphs: {wait: 3s, max_items: 50, peer_attributes: [a], enable_virtual_node_label: true}
overrides:
  defaults:
    metrics_generator:
      processors: [service-graphs, span-metrics-count]
      max_active_series: 100
      trace_id_label_name: trace_id
      processor: {span_metrics: {enable_instance_label: false}, service_graphs: {wait: 4s}}
`)
    expect(told).toEqual([])
    if (found === undefined || found === 'unsaid') throw new Error('there is a generator')
    expect(found).toMatchObject({
      ...{ intervalMs: 30_000, staleMs: 300_000, slackMs: 120_000, maxSeries: 100 },
      externalLabels: { cluster: 'a' },
      spanMetrics: {
        ...{ durationName: undefined, sizeName: undefined, buckets: [0.1, 1] },
        ...{ hasJob: true, hasInstance: false, targetInfoName: 'traces_target_info' },
        exemplars: { traceId: 'trace_id', spanId: undefined },
      },
      serviceGraph: {
        waitMs: 4000,
        maxItems: 50,
        peerAttributes: ['a'],
        hasVirtualNodeLabel: true,
      },
    })
    expect(found.spanMetrics?.intrinsics.map(({ label }) => label)).toEqual([
      ...['service', 'span_name', 'status_code', 'status_message'],
    ])
    expect(found.spanMetrics?.dimensions.map(({ label }) => label)).toEqual([
      ...['http_method', '__service', 'route'],
    ])
    const [policy] = found.spanMetrics?.filters ?? []
    expect(policy?.exclude?.map(({ equals }) => equals)).toEqual(['sdev', 'i5'])
    expect(policy?.include?.[0]?.pattern?.test('SPAN_KIND_CLIENT')).toBe(true)
  })

  it.each([
    ['metrics_generator: {proccessor: {}}', 'unknown key; did you mean processor?'],
    ['metrics_generator: {processor: {span_metrics: {histogram_buckets: [1, 1]}}}', 'must rise'],
    ['metrics_generator: {registry: {collection_interval: 10m}}', 'must be from 1s to 5m'],
    ['metrics_generator: {processor: {service_graphs: {wait: 0s}}}', 'must be longer than 0'],
    [
      'metrics_generator: {processor: {span_metrics: {filter_policies: [{include: {match_type: strict, attributes: [{key: .a, value: 1}]}}]}}}',
      'must be kind, name, status, span.ATTRIBUTE or resource.ATTRIBUTE',
    ],
    [
      'metrics_generator: {processor: {span_metrics: {filter_policies: [{include: {match_type: regex, attributes: [{key: name, value: "("}]}}]}}}',
      'not a regular expression',
    ],
    [
      'overrides: {defaults: {metrics_generator: {processors: [spanmetrics]}}}',
      'must be one of span-metrics',
    ],
    [
      'overrides: {defaults: {metrics_generator: {generate_native_histograms: native}}}',
      'only classic histograms are made here',
    ],
  ])('%s', (text, reason) => {
    expect(readTempo(text)[1].join('\n')).toContain(reason)
  })
})

describe("what the collector's file says of metrics of spans", () => {
  it('is read of spanmetrics', () => {
    const [found, told] = readConnector(
      `
histogram: {unit: s, explicit: {buckets: [100us, 1ms, 1.5s]}}
dimensions: [{name: http.method, default: GET}, {name: _x}]
exclude_dimensions: [status.code]
exemplars: {enabled: true}
namespace: red
metrics_flush_interval: 15s
metrics_expiration: 5m
events: {enabled: true, dimensions: [{name: exception.type}]}
dimensions_cache_size: 10
`,
      readSpanMetricsConnector,
    )
    expect(told).toEqual([])
    expect(found).toMatchObject({
      ...{ name: 'c', intervalMs: 15_000, staleMs: 300_000, serviceGraph: undefined },
      spanMetrics: {
        ...{ callsName: 'red_calls_total', durationName: 'red_duration_seconds', unit: 's' },
        buckets: [0.0001, 0.001, 1.5],
        exemplars: { traceId: 'trace_id', spanId: 'span_id' },
        events: { name: 'red_events_total' },
      },
    })
    expect(found?.spanMetrics?.dimensions.map(({ label, fallback }) => [label, fallback])).toEqual([
      ['http_method', 'GET'],
      ['key_x', ''],
    ])
    expect(found?.spanMetrics?.intrinsics.map(({ label }) => label)).toEqual([
      ...['service_name', 'span_name', 'span_kind'],
    ])
    expect(readConnector('{}', readSpanMetricsConnector)[0]).toMatchObject({
      spanMetrics: {
        durationName: 'traces_span_metrics_duration_milliseconds',
        exemplars: undefined,
      },
    })
  })

  it('is read of servicegraph', () => {
    const [found, told] = readConnector(
      `
latency_histogram_buckets: [100ms, 1s]
dimensions: [cluster]
store: {ttl: 5s, max_items: 7}
virtual_node_peer_attributes: [db.name]
metrics_flush_interval: 0s
`,
      readServiceGraphConnector,
    )
    expect(told).toEqual([])
    expect(found).toMatchObject({
      ...{ intervalMs: 1000, spanMetrics: undefined },
      serviceGraph: {
        ...{ buckets: [0.1, 1], dimensions: ['cluster'], prefixesDimensions: true },
        ...{ waitMs: 5000, maxItems: 7, peerAttributes: ['db.name'] },
      },
    })
  })

  it.each([
    ['{dimensions: [{name: span.kind}]}', 'duplicate dimension name span.kind'],
    ['{histogram: {explicit: {buckets: [1s]}, exponential: {}}}', 'use either `explicit`'],
    ['{events: {enabled: true}}', 'dimensions must be set'],
    ['{aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA}', 'counters are cumulative here'],
    ['{histogram: {unit: h}}', 'must be one of ms, s'],
  ])('%s', (text, reason) => {
    expect(readConnector(text, readSpanMetricsConnector)[1].join('\n')).toContain(reason)
  })
})

describe('generators of several files', () => {
  it('do not make the same twice where nobody asked for it', () => {
    const connector = { ...TEMPO_GENERATOR, name: 'spanmetrics', serviceGraph: undefined }
    expect(joinGenerators('unsaid', [])).toEqual([TEMPO_GENERATOR])
    const [own, other] = joinGenerators('unsaid', [connector])
    expect([own?.spanMetrics, own?.serviceGraph, other]).toEqual([
      ...[undefined, TEMPO_SERVICE_GRAPH, connector],
    ])
    expect(joinGenerators(undefined, [connector])).toEqual([connector])
    expect(joinGenerators(TEMPO_GENERATOR, [connector])).toHaveLength(2)
  })
})
