import { describe, expect, it } from 'vitest'
import { SpanGenerator } from './span-generator.ts'
import type { SpanGeneratorSettings, SpanMetricsSettings } from './settings.ts'
import { TEMPO_GENERATOR, TEMPO_SPAN_METRICS } from './tempo-form.ts'
import {
  COLLECTOR_EXEMPLARS,
  COLLECTOR_GENERATOR,
  COLLECTOR_SPAN_METRICS,
} from './collector-form.ts'
import { Collected, unreadFigures } from './testing/collected.ts'
import { makeBatch, traceIdOf, type TestSpan } from './testing/make-batch.ts'

const START = Date.UTC(2026, 0, 1)

function generatorOf(settings: Partial<SpanGeneratorSettings> = {}): {
  readonly at: (afterMs: number) => void
  readonly push: (spans: readonly Omit<TestSpan, 'startMs'>[]) => void
  readonly generator: SpanGenerator
  readonly sink: Collected
} {
  let nowMs = START
  const sink = new Collected()
  const generator = new SpanGenerator(
    { ...TEMPO_GENERATOR, serviceGraph: undefined, ...settings },
    { sink, figures: unreadFigures(), nowMs: () => nowMs },
  )
  return {
    at: (afterMs) => (nowMs = START + afterMs),
    push: (spans) => {
      const batch = makeBatch(spans.map((span) => ({ ...span, startMs: nowMs - span.durationMs })))
      generator.observe(batch, undefined)
    },
    generator,
    sink,
  }
}

const withMetrics = (
  changes: Partial<SpanMetricsSettings>,
): Pick<SpanGeneratorSettings, 'spanMetrics'> => ({
  spanMetrics: { ...TEMPO_SPAN_METRICS, ...changes },
})

describe("calls, durations and sizes in Tempo's form", () => {
  it('counts by service, name, kind and status', async () => {
    const { at, push, generator, sink } = generatorOf()
    at(1000)
    push([
      { span: 1, service: 'api', name: 'GET /', kind: 2, durationMs: 3 },
      { span: 2, service: 'api', name: 'GET /', kind: 2, durationMs: 5 },
      { span: 3, service: 'api', name: 'GET /', kind: 2, status: 2, durationMs: 5000 },
      { span: 4, service: 'db', name: 'SELECT', kind: 3, durationMs: 0 },
    ])
    at(15_000)
    await generator.collect()
    const unset =
      'service="api", span_kind="SPAN_KIND_SERVER", span_name="GET /", status_code="STATUS_CODE_UNSET"'
    expect(sink.newest('traces_spanmetrics_calls_total')).toEqual({
      [`traces_spanmetrics_calls_total{${unset}}`]: 2,
      'traces_spanmetrics_calls_total{service="api", span_kind="SPAN_KIND_SERVER", span_name="GET /", status_code="STATUS_CODE_ERROR"}': 1,
      'traces_spanmetrics_calls_total{service="db", span_kind="SPAN_KIND_CLIENT", span_name="SELECT", status_code="STATUS_CODE_UNSET"}': 1,
    })
    const buckets = sink.newest('traces_spanmetrics_latency_bucket')
    const bucket = (le: string): unknown =>
      buckets[`traces_spanmetrics_latency_bucket{le="${le}", ${unset}}`]
    expect([
      bucket('0.002'),
      bucket('0.004'),
      bucket('0.008'),
      bucket('16.384'),
      bucket('+Inf'),
    ]).toEqual([0, 1, 2, 2, 2])
    const sums = sink.newest('traces_spanmetrics_latency_sum')
    expect(sums[`traces_spanmetrics_latency_sum{${unset}}`]).toBeCloseTo(0.008, 12)
    expect(sink.newest('traces_spanmetrics_latency_count')).toMatchObject({
      [`traces_spanmetrics_latency_count{${unset}}`]: 2,
    })
  })

  it('begins a series with 0 before its first value, behind what was written before', async () => {
    const { at, push, generator, sink } = generatorOf()
    at(15_000)
    await generator.collect()
    at(20_000)
    push([{ span: 1, service: 'api', durationMs: 1 }])
    at(30_000)
    await generator.collect()
    at(45_000)
    await generator.collect()
    expect(
      sink.written
        .filter(({ series }) => series.startsWith('traces_spanmetrics_calls'))
        .map(({ timestampMs, value }) => [timestampMs - START, value]),
    ).toEqual([
      [15_001, 0],
      [30_000, 1],
      [45_000, 1],
    ])
  })

  it('ends series without spans and begins them anew', async () => {
    const { at, push, generator, sink } = generatorOf({ staleMs: 60_000 })
    at(1000)
    push([{ span: 1, service: 'api', durationMs: 1 }])
    at(15_000)
    await generator.collect()
    expect(generator.activeSeries).toBe(19)
    at(75_000)
    await generator.collect()
    expect(new Set(Object.values(sink.newest('traces_')))).toEqual(new Set(['stale']))
    expect(generator.activeSeries).toBe(0)
    at(80_000)
    push([{ span: 2, service: 'api', durationMs: 1 }])
    at(90_000)
    await generator.collect()
    expect(Object.values(sink.newest('traces_spanmetrics_calls_total'))).toEqual([1])
    expect(sink.written.at(-1)?.timestampMs).toBe(START + 90_000)
  })

  it('puts what is too much under one series', async () => {
    const { at, push, generator, sink } = generatorOf({ maxSeries: 40 })
    at(1000)
    push(['a', 'b', 'c', 'd'].map((service, i) => ({ span: i + 1, service, durationMs: 1 })))
    at(15_000)
    await generator.collect()
    const calls = sink.newest('traces_spanmetrics_calls_total')
    expect(Object.keys(calls)).toHaveLength(3)
    expect(calls['traces_spanmetrics_calls_total{metric_overflow="true"}']).toBe(2)
    expect(generator.limited).toBe(2)
  })

  it('keeps the newest span of each bucket as an exemplar, and writes it once', async () => {
    const { at, push, generator, sink } = generatorOf()
    at(1000)
    push([
      { trace: 0xaaa, span: 1, service: 'api', durationMs: 3 },
      { trace: 0xbbb, span: 2, service: 'api', durationMs: 3.5 },
      { trace: 0xccc, span: 3, service: 'api', durationMs: 100_000 },
    ])
    at(15_000)
    await generator.collect()
    at(30_000)
    await generator.collect()
    const found = sink
      .exemplarsOf('traces_spanmetrics_latency_bucket')
      .map(({ series, exemplar }) => [series.get('le'), exemplar.labels.toObject(), exemplar.value])
    expect(found).toEqual([
      ['0.004', { traceID: traceIdOf(0xbbb) }, 0.0035],
      ['+Inf', { traceID: traceIdOf(0xccc) }, 100],
    ])
  })

  it('leaves out spans that are too old', async () => {
    const { at, generator, sink } = generatorOf()
    at(100_000)
    const span = { service: 'api', durationMs: 1000 }
    generator.observe(
      makeBatch([
        { ...span, span: 1, startMs: START + 100_000 - 32_000 },
        { ...span, span: 2, startMs: START + 100_000 - 31_000 },
        { ...span, span: 3, startMs: START + 100_000 + 29_000 },
        { ...span, span: 4, startMs: START + 100_000 + 30_000 },
      ]),
      undefined,
    )
    await generator.collect()
    expect(Object.values(sink.newest('traces_spanmetrics_calls_total'))).toEqual([2])
  })

  it('counts only the rows it is told of', async () => {
    const { at, generator, sink } = generatorOf()
    at(1000)
    const span = { service: 'api', durationMs: 1, startMs: START }
    generator.observe(
      makeBatch([1, 2, 3].map((id) => ({ ...span, span: id, name: `n${id}` }))),
      Uint32Array.of(1),
    )
    at(15_000)
    await generator.collect()
    expect(Object.keys(sink.newest('traces_spanmetrics_calls_total')).join()).toContain('n2')
    expect(Object.keys(sink.newest('traces_spanmetrics_calls_total'))).toHaveLength(1)
  })

  it('takes dimensions of the resource before those of the span, and joins mapped ones', async () => {
    const dimension = { join: '', first: 'resource', fallback: '' } as const
    const { at, push, generator, sink } = generatorOf(
      withMetrics({
        sizeName: undefined,
        durationName: undefined,
        dimensions: [
          { ...dimension, label: 'region', sources: ['region'] },
          { ...dimension, label: 'http_status', sources: ['http.status'] },
          { ...dimension, label: 'route', sources: ['method', 'path'], join: ' ' },
        ],
      }),
    )
    at(1000)
    push([
      {
        span: 1,
        service: 'api',
        durationMs: 1,
        resource: { region: 'eu' },
        attributes: { region: 'us', 'http.status': 200, method: 'GET', path: '/x' },
      },
      { span: 2, service: 'api', durationMs: 1, attributes: { path: '/x' } },
    ])
    at(15_000)
    await generator.collect()
    const common =
      'service="api", span_kind="SPAN_KIND_INTERNAL", span_name="work", status_code="STATUS_CODE_UNSET"'
    expect(sink.newest('traces_')).toEqual({
      [`traces_spanmetrics_calls_total{http_status="200", region="eu", route="GET /x", ${common}}`]: 1,
      [`traces_spanmetrics_calls_total{route="/x", ${common}}`]: 1,
    })
  })

  it('counts a sampled span for those it stands for', async () => {
    const { at, push, generator, sink } = generatorOf(
      withMetrics({
        sizeName: undefined,
        multiplier: { attribute: 'share', usesTraceState: true },
      }),
    )
    at(1000)
    push([
      { span: 1, service: 'api', durationMs: 10, attributes: { share: 0.25 } },
      { span: 2, service: 'api', durationMs: 10, state: 'x=1,ot=th:8' },
      { span: 3, service: 'api', durationMs: 10, attributes: { share: 5 } },
    ])
    at(15_000)
    await generator.collect()
    expect(Object.values(sink.newest('traces_spanmetrics_calls_total'))).toEqual([7])
    expect(Object.values(sink.newest('traces_spanmetrics_latency_sum'))[0]).toBeCloseTo(0.07, 12)
  })

  it('tells of the attributes of resources where it is asked to', async () => {
    const { at, push, generator, sink } = generatorOf(
      withMetrics({
        hasJob: true,
        hasInstance: true,
        targetInfoName: 'traces_target_info',
        targetInfoWithout: ['secret'],
        sizeName: undefined,
        durationName: undefined,
      }),
    )
    at(1000)
    const resource = { 'service.namespace': 'shop', 'service.instance.id': 'i-1', secret: 'x' }
    push([
      { span: 1, service: 'api', durationMs: 1, resource: { ...resource, 'host.name': 'h' } },
      { span: 2, service: 'bare', durationMs: 1 },
    ])
    at(15_000)
    await generator.collect()
    expect(sink.newest('traces_target_info')).toEqual({
      'traces_target_info{host_name="h", instance="i-1", job="shop/api"}': 1,
    })
    expect(Object.keys(sink.newest('traces_spanmetrics_calls_total'))[0]).toContain(
      'instance="i-1", job="shop/api"',
    )
  })

  it('counts the bytes of spans as protobuf has them', async () => {
    const { at, push, generator, sink } = generatorOf()
    at(1000)
    push([{ span: 1, service: 'api', name: 'ab', kind: 2, durationMs: 1, attributes: { k: 'v' } }])
    at(15_000)
    await generator.collect()
    // Ids 18 + 10, times 9 + 9, name 4, kind 2, one attribute: 2 + (3 + 2 + 3).
    expect(Object.values(sink.newest('traces_spanmetrics_size_total'))).toEqual([62])
  })
})

describe("calls and durations in the collector's form", () => {
  it('has its names, milliseconds, defaults of dimensions, events and targets', async () => {
    const { at, push, generator, sink } = generatorOf({
      ...COLLECTOR_GENERATOR,
      spanMetrics: {
        ...COLLECTOR_SPAN_METRICS,
        exemplars: COLLECTOR_EXEMPLARS,
        events: {
          name: 'traces_span_metrics_events_total',
          dimensions: [
            {
              label: 'event_name',
              sources: ['event.name'],
              join: '',
              first: 'span',
              fallback: '',
            },
            {
              label: 'exception_type',
              sources: ['exception.type'],
              join: '',
              first: 'span',
              fallback: '',
            },
          ],
        },
        dimensions: [
          {
            label: 'http_method',
            sources: ['http.method'],
            join: '',
            first: 'span',
            fallback: 'GET',
          },
        ],
      },
    })
    at(1000)
    push([
      {
        span: 0x42,
        trace: 0x99,
        service: 'api',
        durationMs: 7,
        resource: { 'service.instance.id': 'i', 'host.name': 'h' },
        events: [{ name: 'exception', attributes: { 'exception.type': 'Oops' } }],
      },
      { span: 2, service: undefined, durationMs: 7 },
    ])
    at(15_000)
    await generator.collect()
    const labels =
      'http_method="GET", instance="i", job="api", service_name="api", span_kind="SPAN_KIND_INTERNAL", span_name="work", status_code="STATUS_CODE_UNSET"'
    expect(sink.newest('traces_span_metrics_calls_total')).toEqual({
      [`traces_span_metrics_calls_total{${labels}}`]: 1,
    })
    expect(sink.newest('traces_span_metrics_duration_milliseconds_sum')).toEqual({
      [`traces_span_metrics_duration_milliseconds_sum{${labels}}`]: 7,
    })
    expect(sink.newest('traces_span_metrics_events_total')).toEqual({
      [`traces_span_metrics_events_total{event_name="exception", exception_type="Oops", ${labels}}`]: 1,
    })
    expect(sink.newest('target_info')).toEqual({
      'target_info{host_name="h", instance="i", job="api"}': 1,
    })
    expect(sink.exemplars.map((one) => one.labels.toObject())).toEqual([
      { span_id: '0000000000000042', trace_id: traceIdOf(0x99) },
    ])
  })
})
