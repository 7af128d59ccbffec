import net from 'node:net'
import grpc from '@grpc/grpc-js'
import { SpanKind } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { field, message, number } from '../integration/encode-proto.ts'
import { startServer, type Server } from './server.ts'

let server: Server
let client: grpc.Client
let traceId = ''

beforeAll(async () => {
  server = await startServer({ listeners: ['tempo', 'otlp-http'] })
  client = new grpc.Client(new URL(server.url('tempo')).host, grpc.credentials.createInsecure())
  const exporter = new OTLPTraceExporter({ url: `${server.url('otlp-http')}/v1/traces` })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'streamed' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const attributes = { 'db.system': 'postgres' }
  const span = provider.getTracer('test').startSpan('GET /', { kind: SpanKind.SERVER, attributes })
  traceId = span.spanContext().traceId
  span.end()
  await provider.forceFlush()
  await provider.shutdown()
})
afterAll(async () => {
  client.close()
  await server.stop()
  await server.dispose()
})

interface Streamed {
  readonly messages: readonly Buffer[]
  readonly code: grpc.status
  readonly details: string
}

function ask(method: string, request: Uint8Array): Promise<Streamed> {
  const asIs = (bytes: Buffer): Buffer => bytes
  const path = `/tempopb.StreamingQuerier/${method}`
  const call = client.makeServerStreamRequest(path, asIs, asIs, Buffer.from(request))
  const messages: Buffer[] = []
  call.on('data', (bytes: Buffer) => messages.push(bytes))
  return new Promise((resolve) => {
    call.on('error', ({ code, details }: grpc.ServiceError) => {
      resolve({ messages, code, details })
    })
    call.on('end', () => resolve({ messages, code: grpc.status.OK, details: '' }))
  })
}

const Q = '{ resource.service.name = "streamed" }'

describe('tempopb.StreamingQuerier, on the port of the HTTP API', () => {
  it('searches', async () => {
    const nowS = Math.floor(Date.now() / 1000)
    const times = [number(5, nowS - 600), number(6, nowS + 60)]
    const { messages, code } = await ask('Search', message(field(8, Q), number(4, 10), ...times))
    expect(code).toBe(grpc.status.OK)
    const text = Buffer.concat([...messages]).toString('latin1')
    expect(text).toContain(traceId.replace(/^0+/, ''))
    expect(text).toContain('GET /')
  })

  it.each([
    ['SearchTags', message(), 'db.system'],
    ['SearchTagsV2', message(field(1, 'span')), 'db.system'],
    ['SearchTagValues', message(field(1, 'service.name')), 'streamed'],
    ['SearchTagValuesV2', message(field(1, 'span.db.system'), field(2, Q)), 'postgres'],
  ])('%s', async (method, request, expected) => {
    const { messages, details } = await ask(method, request)
    expect([details, messages[0]?.toString('latin1')]).toEqual([
      '',
      expect.stringContaining(expected),
    ])
  })

  it('makes series', async () => {
    const nowNs = BigInt(Date.now()) * 1_000_000n
    const query = field(1, `${Q} | count_over_time() by (name)`)
    const times = [number(2, nowNs - 600_000_000_000n), number(3, nowNs + 60_000_000_000n)]
    const step = number(4, 60_000_000_000)
    for (const [method, request] of [
      ['MetricsQueryRange', message(query, ...times, step)],
      ['MetricsQueryInstant', message(query, ...times)],
    ] as const) {
      const { messages, details } = await ask(method, request)
      expect([details, messages[0]?.toString('latin1')]).toEqual([
        '',
        expect.stringContaining('GET /'),
      ])
    }
  })

  it('refuses what is wrong', async () => {
    const { code, messages, details } = await ask('Search', field(8, '{ .a = }'))
    expect([code, messages]).toEqual([grpc.status.INVALID_ARGUMENT, []])
    expect(details).toContain('invalid TraceQL query')
    expect(await ask('Search', Uint8Array.of(0x42, 0x7f, 1))).toMatchObject({
      code: grpc.status.INVALID_ARGUMENT,
    })
    expect(await ask('Nothing', message())).toMatchObject({ code: grpc.status.UNIMPLEMENTED })
  })

  it('leaves HTTP as it was, however a request comes in', async () => {
    const url = `${server.url('tempo')}/api/echo`
    expect(await (await fetch(url)).text()).toBe('echo')
    const { hostname, port } = new URL(url)
    const socket = net.connect(Number(port), hostname)
    const answered = new Promise<string>((resolve) => {
      socket.on('data', (bytes) => resolve(bytes.toString()))
    })
    // A byte at a time, the first of them as HTTP/2 begins.
    const text = `PUT /api/echo HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 0\r\n\r\n`
    for (const byte of text) {
      await new Promise((resolve) => socket.write(byte, resolve))
    }
    expect(await answered).toContain('HTTP/1.1 405')
    socket.destroy()
  })
})
