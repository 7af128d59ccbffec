import { describe, expect, it } from 'vitest'
import type { ServiceGraphSettings } from './settings.ts'
import { SpanGenerator } from './span-generator.ts'
import { TEMPO_GENERATOR, TEMPO_SERVICE_GRAPH } from './tempo-form.ts'
import { Collected, unreadFigures } from './testing/collected.ts'
import { makeBatch, traceIdOf, type TestSpan } from './testing/make-batch.ts'
import type { GeneratorFigures } from './generator-figures.ts'

const START = Date.UTC(2026, 0, 1)
const [SERVER, CLIENT, PRODUCER, CONSUMER] = [2, 3, 4, 5]

function graphOf(changes: Partial<ServiceGraphSettings> = {}): {
  readonly at: (afterMs: number) => void
  readonly push: (spans: readonly Omit<TestSpan, 'startMs'>[]) => void
  readonly collect: () => Promise<Record<string, number | 'stale'>>
  readonly sink: Collected
  readonly generator: SpanGenerator
  readonly told: string[]
} {
  let nowMs = START
  const sink = new Collected()
  const told: string[] = []
  const figures: GeneratorFigures = {
    ...unreadFigures(),
    onDroppedSpan: () => told.push('dropped'),
    onExpiredEdge: (kind) => told.push(`expired ${kind}`),
  }
  const serviceGraph = { ...TEMPO_SERVICE_GRAPH, ...changes }
  const generator = new SpanGenerator(
    { ...TEMPO_GENERATOR, spanMetrics: undefined, serviceGraph },
    { sink, figures, nowMs: () => nowMs },
  )
  return {
    at: (afterMs) => (nowMs = START + afterMs),
    push: (spans) => {
      const started = spans.map((span) => ({ ...span, startMs: nowMs - span.durationMs }))
      generator.observe(makeBatch(started), undefined)
    },
    collect: async () => {
      await generator.collect()
      return sink.newest('traces_service_graph_request')
    },
    sink,
    generator,
    told,
  }
}

const requests = (labels: string): string => `traces_service_graph_request_total{${labels}}`
const failed = (labels: string): string => `traces_service_graph_request_failed_total{${labels}}`
const sumOf = (side: string, labels: string): string =>
  `traces_service_graph_request_${side}_seconds_sum{${labels}}`

describe('the service graph', () => {
  it('is made of a span of a client and the one of the server below it, in any order', async () => {
    const { at, push, collect, sink, generator } = graphOf()
    at(1000)
    push([{ trace: 7, span: 1, service: 'web', kind: CLIENT, durationMs: 300 }])
    expect(generator.waitingEdges).toBe(1)
    push([{ trace: 7, span: 2, parent: 1, service: 'api', kind: SERVER, durationMs: 100 }])
    push([
      { trace: 8, span: 4, parent: 3, service: 'api', kind: SERVER, status: 2, durationMs: 100 },
      { trace: 8, span: 3, service: 'web', kind: CLIENT, durationMs: 300 },
      // The same span id in another trace is another request.
      { trace: 9, span: 5, parent: 3, service: 'api', kind: SERVER, durationMs: 100 },
    ])
    expect(generator.waitingEdges).toBe(1)
    at(5000)
    const labels = 'client="web", server="api"'
    expect(await collect()).toMatchObject({
      [requests(labels)]: 2,
      [failed(labels)]: 1,
      [sumOf('client', labels)]: 0.6,
      [sumOf('server', labels)]: 0.2,
      [`traces_service_graph_request_client_seconds_bucket{client="web", le="0.2", server="api"}`]: 0,
      [`traces_service_graph_request_client_seconds_bucket{client="web", le="0.4", server="api"}`]: 2,
    })
    const ids = sink.exemplars.map(({ labels: one }) => one.get('traceID'))
    expect(new Set(ids)).toEqual(new Set([traceIdOf(8)]))
  })

  it('takes a call of a database as whole, and names it by who is called', async () => {
    const { at, push, collect } = graphOf()
    const call = { service: 'api', kind: CLIENT, durationMs: 50 }
    at(1000)
    push([
      { ...call, span: 1, attributes: { 'db.system': 'postgresql', 'db.name': 'orders' } },
      { ...call, span: 2, attributes: { 'db.system': 'redis', 'server.address': 'cache' } },
      {
        ...call,
        span: 3,
        attributes: {
          'db.system': 'mysql',
          'network.peer.address': '10.0.0.1',
          'network.peer.port': 3306,
        },
      },
      { ...call, span: 4, attributes: { 'db.name': 'x', 'peer.service': 'ledger' } },
    ])
    at(5000)
    const metrics = await collect()
    for (const server of ['orders', 'cache', '10.0.0.1:3306', 'ledger'])
      expect(
        metrics[requests(`client="api", connection_type="database", server="${server}"`)],
      ).toBe(1)
  })

  it('names who never answers by an attribute, and who calls from outside as a user', async () => {
    const { at, push, collect, told } = graphOf({ hasVirtualNodeLabel: true })
    at(1000)
    push([
      { span: 1, service: 'api', kind: SERVER, durationMs: 10 },
      {
        span: 2,
        service: 'api',
        kind: CLIENT,
        durationMs: 10,
        attributes: { 'peer.service': 'stripe' },
      },
      { span: 3, service: 'api', kind: CLIENT, durationMs: 10 },
      { span: 5, parent: 4, service: 'late', kind: SERVER, durationMs: 10 },
    ])
    at(10_999)
    expect(await collect()).toEqual({})
    at(11_010)
    const metrics = await collect()
    const virtual = 'connection_type="virtual_node"'
    expect(metrics).toMatchObject({
      [requests(`client="user", ${virtual}, server="api", virtual_node="client"`)]: 1,
      [requests(`client="api", ${virtual}, server="stripe", virtual_node="server"`)]: 1,
    })
    expect(Object.keys(metrics).filter((name) => name.includes('_total{'))).toHaveLength(2)
    expect(told).toEqual(['expired SPAN_KIND_CLIENT', 'expired SPAN_KIND_SERVER'])
  })

  it('tells of messages and of the time that they are under way', async () => {
    const { at, push, collect } = graphOf({ hasMessagingHistogram: true })
    at(1000)
    push([{ span: 1, service: 'shop', kind: PRODUCER, durationMs: 5 }])
    at(1250)
    push([{ span: 2, parent: 1, service: 'mailer', kind: CONSUMER, durationMs: 50 }])
    at(5000)
    const labels = 'client="shop", connection_type="messaging_system", server="mailer"'
    const metrics = await collect()
    expect(metrics[requests(labels)]).toBe(1)
    expect(metrics[sumOf('messaging_system', labels)]).toBeCloseTo(0.2, 6)
  })

  it('has a bound of requests that wait', async () => {
    const { at, push, generator, told, collect } = graphOf({ maxItems: 2 })
    at(1000)
    const call = { service: 'web', kind: CLIENT, durationMs: 1 }
    push([1, 2, 3].map((span) => ({ ...call, span })))
    expect(generator.waitingEdges).toBe(2)
    expect(told).toEqual(['dropped'])
    at(20_000)
    push([{ ...call, span: 4 }])
    expect(generator.waitingEdges).toBe(1)
    await collect()
  })

  it('has dimensions of both sides, by their names or with the side before them', async () => {
    const spans = [
      { span: 1, service: 'a', kind: CLIENT, durationMs: 1, attributes: { 'k8s.ns': 'x' } },
      {
        span: 2,
        parent: 1,
        service: 'b',
        kind: SERVER,
        durationMs: 1,
        attributes: { 'k8s.ns': 'y' },
      },
    ]
    for (const [prefixesDimensions, labels] of [
      [true, 'client="a", client_k8s_ns="x", server="b", server_k8s_ns="y"'],
      [false, 'client="a", k8s_ns="y", server="b"'],
    ] as const) {
      const { at, push, collect } = graphOf({ prefixesDimensions, dimensions: ['k8s.ns'] })
      at(1000)
      push(spans)
      at(2000)
      expect((await collect())[requests(labels)]).toBe(1)
    }
  })
})
