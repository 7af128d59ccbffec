import { gzipSync } from 'node:zlib'
import grpc from '@grpc/grpc-js'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { JaegerExporter } from '@opentelemetry/exporter-jaeger'
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeJaegerDatagram } from '../../src/formats/jaeger/decode-thrift.ts'
import { createJaegerGrpcListener } from '../../src/http/jaeger/grpc.ts'
import { createJaegerHttpListener } from '../../src/http/jaeger/http.ts'
import { createJaegerUdpListener } from '../../src/http/jaeger/udp.ts'
import type { OpenDoor } from '../../src/http/listener.ts'
import { createZipkinListener } from '../../src/http/zipkin.ts'
import { Problem } from '../../src/model/problem.ts'
import type { SpanBatch } from '../../src/model/spans.ts'
import { silentLog } from '../../src/self/log.ts'
import { createRegistry } from '../../src/self/metrics.ts'
import { waitFor } from '../e2e/tools/wait-for.ts'
import { message, field, number } from './encode-proto.ts'
import { readBatch, type PlainSpan } from './read-batch.ts'

const TRACE_ID = '5b8efff798038103d269b633813fc60c'
const CHILDREN = 300

let batches: SpanBatch[] = []
let isStoreDown = false
const opened: OpenDoor[] = []

beforeEach(() => {
  batches = []
  isStoreDown = false
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((door) => door.close()))
})

const doors = {
  sink: {
    append: (batch: SpanBatch) => {
      if (isStoreDown) return Promise.reject(new Problem('unavailable', 'the store is away'))
      batches.push(batch)
      return Promise.resolve({ accepted: batch.startsNs.length, outOfBounds: 0, refused: 0 })
    },
  },
  registry: createRegistry(),
  log: silentLog(),
  nowMs: () => 1_700_000_000_000,
}
const options = { address: { host: '127.0.0.1', port: 0 }, access: {} }

async function open(door: OpenDoor): Promise<number> {
  opened.push(door)
  return door.listen()
}

function spans(): PlainSpan[] {
  return batches.flatMap(readBatch)
}

async function post(url: string, body: string | Uint8Array, headers: Record<string, string>) {
  const answer = await fetch(url, { method: 'POST', body, headers })
  return { status: answer.status, text: (await answer.text()).trim() }
}

/** Sends a trace through the SDK; resolves to its id when the exporter is done. */
async function sendTrace(exporter: SpanExporter): Promise<string> {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', 'service.version': '7' }),
    spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize: 4096 })],
  })
  const tracer = provider.getTracer('test', '1.0')
  const root = tracer.startSpan('GET /', { kind: SpanKind.SERVER }, ROOT_CONTEXT)
  const context = trace.setSpan(ROOT_CONTEXT, root)
  for (let i = 0; i < CHILDREN; i++) {
    const attributes = { 'db.rows': i, 'db.system': 'postgres', ok: true, share: 0.5 }
    const child = tracer.startSpan('query', { kind: SpanKind.CLIENT, attributes }, context)
    child.addEvent('sent', { bytes: 10 })
    child.end()
  }
  root.setStatus({ code: SpanStatusCode.ERROR, message: 'it broke' })
  root.end()
  await provider.forceFlush()
  await provider.shutdown()
  return root.spanContext().traceId
}

async function arrived(count: number): Promise<PlainSpan[]> {
  return waitFor(`${count} spans`, () => {
    const found = spans()
    if (found.length < count) throw new Error(`there are ${found.length}`)
    return Promise.resolve(found)
  })
}

async function expectTrace(id: string): Promise<PlainSpan[]> {
  const found = await arrived(CHILDREN + 1)
  expect(found).toHaveLength(CHILDREN + 1)
  expect(new Set(found.map(({ traceId }) => traceId))).toEqual(new Set([id]))
  const root = found.find(({ parentId }) => parentId === '')
  expect(root).toMatchObject({ name: 'GET /', kind: 2, status: 2, message: 'it broke' })
  expect(root?.resource).toMatchObject({ 'service.name': 'shop' })
  const child = found.find(({ name }) => name === 'query')
  expect(child).toMatchObject({ parentId: root?.spanId, kind: 3, status: 0 })
  expect(child?.events[0]?.[1]).toBe('sent')
  return found
}

describe('the exporters of OpenTelemetry', () => {
  it('send traces to the door of Zipkin', async () => {
    const port = await open(createZipkinListener(doors, options))
    const url = `http://127.0.0.1:${port}/api/v2/spans`
    const found = await expectTrace(await sendTrace(new ZipkinExporter({ url })))
    expect(found[0]?.resource).toMatchObject({ 'service.version': '7' })
    expect(found[0]?.attributes).not.toHaveProperty('service.name')
  })

  it('send traces to the door of Jaeger over HTTP', async () => {
    const port = await open(createJaegerHttpListener(doors, options))
    const endpoint = `http://127.0.0.1:${port}/api/traces`
    const found = await expectTrace(await sendTrace(new JaegerExporter({ endpoint })))
    const child = found.find(({ name }) => name === 'query')
    expect(child).toMatchObject({
      scope: 'test',
      attributes: { 'db.system': 'postgres', ok: true, share: 0.5 },
    })
    expect(child?.events[0]?.[2]).toHaveProperty('bytes')
  })

  it('send traces to the door of Jaeger as datagrams', async () => {
    const port = await open(createJaegerUdpListener(doors, options))
    const exporter = new JaegerExporter({ host: '127.0.0.1', port })
    await expectTrace(await sendTrace(exporter))
  })
})

describe('the door of Zipkin', () => {
  const span = {
    ...{ traceId: 'd269b633813fc60c', id: '7', parentId: '6', kind: 'CLIENT', name: 'get' },
    ...{ timestamp: 1_700_000_000_123_456, duration: 1500 },
    localEndpoint: { serviceName: 'web', ipv4: '10.0.0.1', port: 80 },
    remoteEndpoint: { serviceName: 'db', ipv6: '::1' },
    annotations: [
      { timestamp: 1_700_000_000_123_500, value: 'ws' },
      { timestamp: 1_700_000_000_123_600, value: '"retry": {"n":2,"why":"late"}' },
    ],
    tags: { 'http.method': 'GET', error: 'broken pipe', 'otel.scope.name': 'lib' },
  }

  it('translates spans', async () => {
    const port = await open(createZipkinListener(doors, options))
    const url = `http://127.0.0.1:${port}/api/v2/spans`
    const body = gzipSync(JSON.stringify([span, { ...span, kind: 'SERVER', shared: true }]))
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    expect(await post(url, body, headers)).toEqual({ status: 202, text: '' })
    const [client, server] = spans()
    expect(client).toEqual({
      traceId: '0000000000000000d269b633813fc60c',
      ...{ spanId: '0000000000000007', parentId: '0000000000000006', name: 'get', kind: 3 },
      ...{ status: 2, message: 'broken pipe', state: '', scope: 'lib' },
      ...{ startNs: 1_700_000_000_123_456_000n, durationNs: 1_500_000n },
      resource: { 'service.name': 'web' },
      attributes: {
        'http.method': 'GET',
        ...{ 'network.local.address': '10.0.0.1', 'network.local.port': 80n },
        ...{ 'network.peer.address': '::1', 'peer.service': 'db' },
      },
      events: [
        [1_700_000_000_123_500_000n, 'ws', {}],
        [1_700_000_000_123_600_000n, 'retry', { n: 2n, why: 'late' }],
      ],
      links: [],
    })
    // The other side of the call keeps its place below it.
    expect(server).toMatchObject({ spanId: '8000000000000007', parentId: client?.spanId, kind: 2 })
  })

  it('takes protobuf', async () => {
    const port = await open(createZipkinListener(doors, options))
    const endpoint = message(field(1, 'web'), field(2, Uint8Array.of(10, 0, 0, 1)), number(4, 80))
    const body = message(
      field(
        1,
        message(
          field(1, Buffer.from(TRACE_ID, 'hex')),
          ...[field(3, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9)), number(4, 2), field(5, 'post')],
          ...[number(6, 1_700_000_000_000_000n, 'fixed64'), number(7, 2500), field(8, endpoint)],
          ...[field(11, message(field(1, 'a'), field(2, 'b'))), number(12, 1)],
        ),
      ),
    )
    const url = `http://127.0.0.1:${port}/api/v2/spans`
    const headers = { 'content-type': 'application/x-protobuf' }
    expect(await post(url, body, headers)).toMatchObject({ status: 202 })
    expect(spans()).toMatchObject([
      {
        ...{ traceId: TRACE_ID, spanId: '0000000000000009', name: 'post', kind: 2 },
        ...{ startNs: 1_700_000_000_000_000_000n, durationNs: 2_500_000n },
        resource: { 'service.name': 'web' },
        attributes: { a: 'b', 'network.local.address': '10.0.0.1', 'network.local.port': 80n },
      },
    ])
  })

  it('gives a span without a time that of its arrival, and keeps none without an id', async () => {
    const port = await open(createZipkinListener(doors, options))
    const body = JSON.stringify([{ traceId: 'a', id: 'b' }, { name: 'nobody' }])
    const url = `http://127.0.0.1:${port}/api/v2/spans`
    expect(await post(url, body, {})).toMatchObject({ status: 202 })
    expect(spans()).toMatchObject([{ startNs: 1_700_000_000_000_000_000n, durationNs: 0n }])
  })

  it.each([
    ['no JSON', 'x', 'application/json', 400],
    ['no list', '{}', 'application/json', 400],
    ['a long id', '[{"traceId":"0123456789abcdef0123456789abcdef0"}]', 'application/json', 400],
    ['deep nesting', `[${'{"a":['.repeat(5000)}`, 'application/json', 400],
    ['cut protobuf', '\n\u0020abc', 'application/x-protobuf', 400],
    ['thrift', 'x', 'application/x-thrift', 415],
  ])('refuses %s', async (_what, body, type, status) => {
    const port = await open(createZipkinListener(doors, options))
    const url = `http://127.0.0.1:${port}/api/v2/spans`
    const answer = await post(url, body, { 'content-type': type })
    expect(answer.status).toBe(status)
    expect(answer.text).not.toBe('')
    expect(batches).toEqual([])
  })

  it('tells that the store is away, and that the first version is not spoken', async () => {
    const port = await open(createZipkinListener(doors, options))
    isStoreDown = true
    const answer = await post(`http://127.0.0.1:${port}/api/v2/spans`, JSON.stringify([span]), {})
    expect(answer).toEqual({ status: 503, text: 'the store is away' })
    expect(await post(`http://127.0.0.1:${port}/api/v1/spans`, '[]', {})).toMatchObject({
      status: 404,
    })
  })
})

describe('the doors of Jaeger', () => {
  const tag = (key: string, ...value: Uint8Array[]) => message(field(1, key), ...value)
  const spanId = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9)
  const parent = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 8)
  const other = Buffer.from('f'.repeat(32), 'hex')
  const traceId = Buffer.from(TRACE_ID, 'hex')
  const span = message(
    ...[field(1, traceId), field(2, spanId), field(3, 'op')],
    field(4, message(field(1, traceId), field(2, parent))),
    field(4, message(field(1, other), field(2, parent), number(3, 1))),
    ...[field(6, message(number(1, 1_700_000_000), number(2, 7))), field(7, message(number(2, 5)))],
    field(8, tag('span.kind', field(3, 'server'))),
    field(8, tag('count', number(2, 2), number(5, 7))),
    field(8, tag('ratio', number(2, 3), number(6, 0x3fe0000000000000n, 'fixed64'))),
    field(8, tag('off', number(2, 1))),
    field(8, tag('http.status_code', number(2, 2), number(5, 503))),
    field(9, message(field(1, message(number(1, 5))), field(2, tag('event', field(3, 'hit'))))),
  )
  const batch = message(
    field(1, span),
    field(2, message(field(1, 'api'), field(2, tag('hostname', field(3, 'box'))))),
  )

  async function postSpans(bytes: Uint8Array): Promise<grpc.ServiceError | undefined> {
    const port = await open(createJaegerGrpcListener(doors, options))
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
    const asIs = (value: Buffer): Buffer => value
    const path = '/jaeger.api_v2.CollectorService/PostSpans'
    try {
      return await new Promise((resolve) => {
        client.makeUnaryRequest(path, asIs, asIs, Buffer.from(bytes), (error) =>
          resolve(error ?? undefined),
        )
      })
    } finally {
      client.close()
    }
  }

  it('translate spans that come over gRPC', async () => {
    expect(await postSpans(message(field(1, batch)))).toBeUndefined()
    expect(spans()).toEqual([
      {
        ...{ traceId: TRACE_ID, spanId: '0000000000000009', parentId: '0000000000000008' },
        ...{ name: 'op', kind: 2, status: 2, message: '', state: '', scope: '' },
        ...{ startNs: 1_700_000_000_000_000_007n, durationNs: 5n },
        resource: { 'service.name': 'api', 'host.name': 'box' },
        attributes: { count: 7n, ratio: 0.5, off: false, 'http.status_code': 503n },
        events: [[5_000_000_000n, 'hit', {}]],
        links: [['f'.repeat(32), '0000000000000008', { 'opentracing.ref_type': 'follows_from' }]],
      },
    ])
  })

  it('refuse what is broken', async () => {
    const cut = message(field(1, batch)).subarray(0, 60)
    expect(await postSpans(cut)).toMatchObject({ code: grpc.status.INVALID_ARGUMENT })
    const flood = message(
      field(
        1,
        new Uint8Array(1_100_000).map((_, i) => (i % 2 ? 0 : 0x0a)),
      ),
    )
    expect(await postSpans(flood)).toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED })
    isStoreDown = true
    expect(await postSpans(message(field(1, batch)))).toMatchObject({
      code: grpc.status.UNAVAILABLE,
    })
  })

  it('survive any bytes of Thrift', async () => {
    const port = await open(createJaegerHttpListener(doors, options))
    const url = `http://127.0.0.1:${port}/api/traces`
    const headers = { 'content-type': 'application/x-thrift' }
    const deep = new Uint8Array(3000).map((_, i) => (i % 3 === 0 ? 12 : i % 3 === 1 ? 0 : 9))
    const endless = Uint8Array.of(15, 0, 2, 12, 0x7f, 0xff, 0xff, 0xff)
    const negative = Uint8Array.of(11, 0, 9, 0xff, 0xff, 0xff, 0xff)
    for (const body of [deep, endless, negative, Uint8Array.of(99), Uint8Array.of(12, 0)])
      expect((await post(url, body, headers)).status).toBe(400)
    expect((await post(url, 'x', { 'content-type': 'text/plain' })).status).toBe(415)
    expect(batches).toEqual([])
  })

  it('survive any datagram', async () => {
    const { createSocket } = await import('node:dgram')
    const port = await open(createJaegerUdpListener(doors, options))
    const socket = createSocket('udp4')
    const random = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) % 256)
    const call = Buffer.concat([Uint8Array.of(0x82, 0x81, 1, 9), Buffer.from('emitBatch')])
    for (const bytes of [random, Uint8Array.of(0x82), call, Buffer.concat([call, random])])
      await new Promise((resolve) => socket.send(bytes, port, '127.0.0.1', resolve))
    socket.close()
    const exporter = new JaegerExporter({ host: '127.0.0.1', port })
    await expectTrace(await sendTrace(exporter))
  })
})

it('the compact protocol of Thrift is read', () => {
  const head = (delta: number, type: number): number => (delta << 4) | type
  const text = (value: string): number[] => [value.length, ...Buffer.from(value)]
  const zigzag = (value: bigint): Uint8Array => number(0, value << 1n).subarray(1)
  const [I32, I64, BINARY, LIST, STRUCT, TRUE] = [5, 6, 8, 9, 12, 1]
  const tag = [head(1, BINARY), ...text('ok'), head(1, I32), 4, head(3, TRUE), 0]
  const span = [
    ...[head(1, I64), ...zigzag(7n), head(1, I64), ...zigzag(1n), head(1, I64), ...zigzag(9n)],
    ...[head(1, I64), ...zigzag(8n), head(1, BINARY), ...text('op')],
    ...[head(3, I64), ...zigzag(1_700_000_000_000_000n), head(1, I64), ...zigzag(25n)],
    ...[head(1, LIST), head(1, STRUCT), ...tag, 0],
  ]
  const process = [head(1, BINARY), ...text('api'), 0]
  const batch = [head(1, STRUCT), ...process, head(1, LIST), head(1, STRUCT), ...span, 0]
  const call = [0x82, 0x81, 1, ...text('emitBatch'), head(1, STRUCT), ...batch, 0]
  const decoded = decodeJaegerDatagram(Uint8Array.from(call))
  expect(readBatch(decoded.batch)).toMatchObject([
    {
      ...{ traceId: '00000000000000010000000000000007', spanId: '0000000000000009', name: 'op' },
      ...{ parentId: '0000000000000008', durationNs: 25_000n, attributes: { ok: true } },
      ...{ startNs: 1_700_000_000_000_000_000n, resource: { 'service.name': 'api' } },
    },
  ])
})
