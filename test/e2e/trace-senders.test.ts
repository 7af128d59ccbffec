import { SpanKind, SpanStatusCode, trace, ROOT_CONTEXT } from '@opentelemetry/api'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TraceSearchJson } from '../../src/contract/tempo.ts'
import { decodeSpans } from '../../src/formats/otlp/decode-spans.ts'
import type { ResourceSpansJson } from '../../src/model/trace-json.ts'
import { parseJson } from '../house/parse-json.ts'
import { startServer, type Server } from './server.ts'

const CHILDREN = 200

let server: Server

beforeAll(async () => {
  server = await startServer({ listeners: ['tempo', 'otlp-http', 'otlp-grpc'] })
})
afterAll(async () => {
  await server.stop()
  await server.dispose()
})

/** Sends a trace with many children through the SDK; resolves to its id once the exporter was answered. */
async function sendTrace(service: string, exporter: SpanExporter): Promise<string> {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize: 4096 })],
  })
  const tracer = provider.getTracer('test', '1.0')
  const root = tracer.startSpan('GET /', { kind: SpanKind.SERVER }, ROOT_CONTEXT)
  const context = trace.setSpan(ROOT_CONTEXT, root)
  for (let i = 0; i < CHILDREN; i++) {
    const child = tracer.startSpan(
      'query',
      { kind: SpanKind.CLIENT, attributes: { 'db.rows': i, 'db.system': 'postgres', ok: true } },
      context,
    )
    child.addEvent('sent', { bytes: i * 10 })
    child.end()
  }
  root.setStatus({ code: SpanStatusCode.ERROR, message: 'it broke' })
  root.end()
  await provider.forceFlush()
  await provider.shutdown()
  return root.spanContext().traceId
}

async function get(path: string, accept = 'application/json'): Promise<Response> {
  return fetch(`${server.url('tempo')}${path}`, { headers: { accept } })
}

async function search(query: string): Promise<TraceSearchJson['traces']> {
  const answer = await get(`/api/search?q=${encodeURIComponent(query)}`)
  const text = await answer.text()
  expect(answer.status, text).toBe(200)
  const isSearch = (json: unknown): json is TraceSearchJson =>
    typeof json === 'object' && json !== null && 'traces' in json
  return parseJson(text, isSearch).traces
}

const EXPORTERS: readonly (readonly [string, () => SpanExporter])[] = [
  [
    'protobuf over HTTP',
    () => new ProtobufExporter({ url: `${server.url('otlp-http')}/v1/traces` }),
  ],
  ['JSON over HTTP', () => new JsonExporter({ url: `${server.url('otlp-http')}/v1/traces` })],
  ['gRPC', () => new GrpcExporter({ url: server.url('otlp-grpc') })],
]

describe.each(EXPORTERS)('the SDK of OpenTelemetry through %s', (name, create) => {
  const service = `of ${name}`

  it('sends traces that are found and come back whole', async () => {
    const id = await sendTrace(service, create())
    const v1 = await get(`/api/traces/${id}`)
    const isTrace = (json: unknown): json is { batches: ResourceSpansJson[] } =>
      typeof json === 'object' && json !== null && 'batches' in json
    const { batches } = parseJson(await v1.text(), isTrace)
    const spans = batches.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
    expect(spans).toHaveLength(CHILDREN + 1)
    const root = spans.find((span) => span.parentSpanId === undefined)
    expect(root).toMatchObject({
      ...{ name: 'GET /', kind: 'SPAN_KIND_SERVER' },
      status: { code: 'STATUS_CODE_ERROR', message: 'it broke' },
    })
    expect(spans.filter((span) => span.events?.[0]?.name === 'sent')).toHaveLength(CHILDREN)

    const protobuf = await get(`/api/traces/${id}`, 'application/protobuf')
    const { batch } = decodeSpans(new Uint8Array(await protobuf.arrayBuffer()))
    expect(batch.startsNs).toHaveLength(CHILDREN + 1)
    expect(batch.strings).toContain('spostgres')

    const select = `resource.service.name = "${service}"`
    const found = await search(`{ ${select} && status = error } >> { .db.rows = 7 }`)
    expect(found).toMatchObject([
      { rootServiceName: service, rootTraceName: 'GET /', spanSets: [{ matched: 1 }] },
    ])
    expect(found[0]?.traceID.padStart(32, '0')).toBe(id)
    expect(await search(`{ ${select} && event.bytes > 1980 } | count() = 1`)).toHaveLength(1)
    expect(await search(`{ ${select} } | by(name) | count() > 200`)).toHaveLength(0)
  })
})

describe('the Tempo API', () => {
  it('makes series of spans', async () => {
    const query = '{ kind = client } | count_over_time() by (resource.service.name)'
    const q = encodeURIComponent(query)
    const instant = await get(`/api/metrics/query?since=10m&q=${q}`)
    const found = await instant.text()
    for (const [name] of EXPORTERS) {
      const labels = JSON.stringify(`{resource.service.name="of ${name}"}`)
      expect(found).toContain(`"promLabels":${labels},"value":${CHILDREN}`)
    }
    const range = await get(`/api/metrics/query_range?since=10m&step=1m&q=${q}`)
    const text = await range.text()
    expect([range.status, text]).toEqual([200, expect.stringContaining('"timestampMs"')])
    const noMetrics = await get(`/api/metrics/query_range?q=${encodeURIComponent('{}')}`)
    expect([noMetrics.status, await noMetrics.text()]).toEqual([
      400,
      'invalid TraceQL query: not a metrics query: add a function, as in | rate()',
    ])
  })

  it('answers as Grafana asks', async () => {
    expect(await (await get('/api/echo')).text()).toBe('echo')
    expect(await (await get('/api/status/buildinfo')).json()).toHaveProperty('version')
    const missing = await get('/api/v2/traces/1234')
    expect([missing.status, await missing.text()]).toEqual([404, 'trace 1234 not found'])
    expect((await get('/api/traces/xyz')).status).toBe(400)
    const wrong = await get(`/api/search?q=${encodeURIComponent('{ .a = }')}`)
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      'invalid TraceQL query: parse error at line 1, col 8: syntax error: unexpected }',
    ])
    const tags: unknown = await (await get('/api/v2/search/tags')).json()
    expect(JSON.stringify(tags)).toContain('"db.system"')
    const values: unknown = await (await get('/api/v2/search/tag/span.db.system/values')).json()
    expect(values).toMatchObject({ tagValues: [{ type: 'string', value: 'postgres' }] })
    const q = encodeURIComponent('{ resource.service.name = "of gRPC" && kind = client }')
    const scoped: unknown = await (await get(`/api/v2/search/tag/name/values?q=${q}`)).json()
    expect(scoped).toMatchObject({ tagValues: [{ value: 'query' }] })
  })
})
