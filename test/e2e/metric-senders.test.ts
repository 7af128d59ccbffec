import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonExporter,
} from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'
import { hasPrograms } from './tools/notice.ts'
import { run } from './tools/programs.ts'
import { queryVector } from './tools/query.ts'

const CONFIG = `
scrape_configs: []
otlp:
  promote_resource_attributes: [deployment.environment.name]
`

let server: Server
let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-metrics-'))
  writeFileSync(join(folder, 'prometheus.yml'), CONFIG)
  server = await startServer({ listeners: ['otlp-http', 'otlp-grpc'], configPath: folder })
})
afterAll(async () => {
  await server.stop()
  await server.dispose()
  rmSync(folder, { recursive: true })
})

type Create = (temporalityPreference: AggregationTemporalityPreference) => PushMetricExporter

const EXPORTERS: readonly (readonly [string, Create])[] = [
  [
    'protobuf over HTTP',
    (temporalityPreference) =>
      new ProtobufExporter({
        url: `${server.url('otlp-http')}/v1/metrics`,
        temporalityPreference,
      }),
  ],
  [
    'JSON over HTTP',
    (temporalityPreference) =>
      new JsonExporter({ url: `${server.url('otlp-http')}/v1/metrics`, temporalityPreference }),
  ],
  [
    'gRPC',
    (temporalityPreference) =>
      new GrpcExporter({ url: server.url('otlp-grpc'), temporalityPreference }),
  ],
  [
    'the Prometheus listener',
    (temporalityPreference) =>
      new ProtobufExporter({
        url: `${server.url('prometheus')}/api/v1/otlp/v1/metrics`,
        temporalityPreference,
      }),
  ],
]

const TEMPORALITIES = [
  ['cumulative', AggregationTemporalityPreference.CUMULATIVE],
  ['delta', AggregationTemporalityPreference.DELTA],
] as const

const CASES = EXPORTERS.flatMap(([name, create]) =>
  TEMPORALITIES.map(
    ([kind, preference]) => [`${name}, ${kind}`, () => create(preference)] as const,
  ),
)

/** Measures with the SDK and sends twice; resolves once the second time was answered. */
async function measure(service: string, exporter: PushMetricExporter): Promise<void> {
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      ...{ 'service.name': service, 'service.namespace': 'shop', 'service.instance.id': 'one' },
      'deployment.environment.name': 'test',
    }),
    readers: [reader],
    views: [
      {
        instrumentName: 'rpc.size',
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
      },
    ],
  })
  const meter = provider.getMeter('of the test', '1.0')
  const requests = meter.createCounter('http.requests', { description: 'Requests.' })
  const open = meter.createUpDownCounter('connections', { unit: '{connection}' })
  const durations = meter.createHistogram('http.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.1, 1] },
  })
  const sizes = meter.createHistogram('rpc.size', { unit: 'By' })
  meter.createObservableGauge('load', { unit: '1' }).addCallback((result) => {
    result.observe(0.5, { core: 'a' })
  })
  for (const count of [5, 7]) {
    requests.add(count, { 'http.method': 'GET' })
    open.add(count - 6)
    for (const value of [0.05, 0.5, 5]) durations.record(value)
    for (const value of [1, 1000, 0]) sizes.record(value)
    await provider.forceFlush()
  }
  await provider.shutdown()
}

async function valueOf(query: string): Promise<string | undefined> {
  const found = await queryVector(server.url('prometheus'), query)
  expect(found.length, query).toBeLessThanOrEqual(1)
  return found[0]?.value?.[1]
}

describe.each(CASES)('the SDK of OpenTelemetry through %s', (name, create) => {
  const service = name.replaceAll(/[^a-z]+/gi, '-')
  const job = `job="shop/${service}"`

  it('sends metrics that PromQL reads', async () => {
    await measure(service, create())
    expect(await valueOf(`http_requests_total{${job},http_method="GET",instance="one"}`)).toBe('12')
    expect(await valueOf(`connections{${job}}`)).toBe('0')
    expect(await valueOf(`load_ratio{${job},core="a",deployment_environment_name="test"}`)).toBe(
      '0.5',
    )
    expect(await valueOf(`http_duration_seconds_bucket{${job},le="0.1"}`)).toBe('2')
    expect(await valueOf(`http_duration_seconds_bucket{${job},le="+Inf"}`)).toBe('6')
    expect(await valueOf(`http_duration_seconds_sum{${job}}`)).toBe('11.1')
    expect(
      await valueOf(`http_requests_total{${job}} * on (job, instance) target_info{${job}}`),
    ).toBe('12')
    const match = encodeURIComponent(`rpc_size_bytes{${job}}`)
    const series = await fetch(`${server.url('prometheus')}/api/v1/series?match[]=${match}`)
    expect(await series.text()).toContain('"__name__":"rpc_size_bytes"')
  })
})

it('keeps what the metrics are', async () => {
  const answer = await fetch(`${server.url('prometheus')}/api/v1/metadata`)
  expect(await answer.json()).toMatchObject({
    data: {
      http_requests_total: [{ type: 'counter', help: 'Requests.', unit: '' }],
      http_duration_seconds: [{ type: 'histogram', unit: 'seconds' }],
      rpc_size_bytes: [{ type: 'histogram', unit: 'bytes' }],
      load_ratio: [{ type: 'gauge' }],
      target_info: [{ type: 'gauge', help: 'Target metadata' }],
    },
  })
})

it('keeps exemplars, which lead to traces', async () => {
  const nowNs = BigInt(Date.now()) * 1_000_000n
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const exemplars = [
    { traceId, spanId: 'b7ad6b7169203331', asDouble: 0.7, timeUnixNano: String(nowNs) },
  ]
  const point = { count: '1', sum: 0.7, bucketCounts: ['0', '1'], explicitBounds: [0.5] }
  const dataPoints = [{ ...point, timeUnixNano: String(nowNs), exemplars }]
  const histogram = { aggregationTemporality: 2, dataPoints }
  const scopeMetrics = [{ metrics: [{ name: 'with.exemplars', histogram }] }]
  const sent = await fetch(`${server.url('otlp-http')}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ scopeMetrics }] }),
  })
  expect([sent.status, await sent.text()]).toEqual([200, '{}'])
  const query = 'query=with_exemplars_bucket&start=0&end=9999999999'
  const answer = await fetch(`${server.url('prometheus')}/api/v1/query_exemplars?${query}`)
  expect(await answer.json()).toMatchObject({
    data: [
      {
        seriesLabels: { le: '+Inf' },
        exemplars: [{ labels: { trace_id: traceId, span_id: 'b7ad6b7169203331' }, value: '0.7' }],
      },
    ],
  })
})

const hasPromtool = hasPrograms('promtool reading metrics sent by OTLP', { promtool: 'prometheus' })
// Prometheus receives OTLP but sends none: there is no peer of it to test as a sender.

it.runIf(hasPromtool)('promtool reads them', async () => {
  const job = 'shop/gRPC-delta'
  const query = `sum by (job) (http_requests_total{job="${job}"})`
  const { code, stdout, stderr } = await run('promtool', [
    ...['query', 'instant', server.url('prometheus'), query],
  ])
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^\{job="shop\/gRPC-delta"\} => 12 @\[/)
})
