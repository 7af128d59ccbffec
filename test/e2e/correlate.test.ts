import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SpanKind, trace, ROOT_CONTEXT } from '@opentelemetry/api'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type {
  ExemplarTraceRequestJson,
  LineTraceRequestJson,
  SpanLogsJson,
  SpanMetricsJson,
  TracesFoundJson,
} from '../../src/contract/correlate.ts'
import { parseJson } from '../house/parse-json.ts'
import { startServer, type Server } from './server.ts'

const WITHIN_MS = 90_000
const BASE = '/api/vedette/correlate'

let server: Server
let folder = ''
let traceId = ''
let spanId = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-correlate-'))
  const configPath = join(folder, 'vedette.yml')
  writeFileSync(configPath, 'access: {anonymous: viewer}\n')
  server = await startServer({ configPath, listeners: ['otlp-http', 'ui', 'loki'] })
  await sendAll()
})
afterAll(async () => {
  await server.stop()
  await server.dispose()
  rmSync(folder, { recursive: true, force: true })
})

/** A span of the shop, a log record in it, a line of text that names its trace, and lines that have nothing to do with it. */
async function sendAll(): Promise<void> {
  const otlp = server.url('otlp-http')
  const resource = resourceFromAttributes({ 'service.name': 'shop' })
  const spans = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${otlp}/v1/traces` }))],
  })
  const exporter = new OTLPLogExporter({ url: `${otlp}/v1/logs` })
  const logs = new LoggerProvider({
    resource,
    processors: [new SimpleLogRecordProcessor({ exporter })],
  })
  const span = spans.getTracer('test').startSpan('GET /', { kind: SpanKind.SERVER }, ROOT_CONTEXT)
  ;({ traceId, spanId } = span.spanContext())
  const logger = logs.getLogger('test')
  const severityNumber = SeverityNumber.INFO
  logger.emit({ severityNumber, body: 'paid', context: trace.setSpan(ROOT_CONTEXT, span) })
  logger.emit({ severityNumber, body: 'nothing', context: ROOT_CONTEXT })
  span.end()
  for (const provider of [spans, logs]) {
    await provider.forceFlush()
    await provider.shutdown()
  }
  const nowNs = `${Date.now()}000000`
  const values = [
    [nowNs, `level=info trace_id=${traceId} msg="handed over"`],
    [nowNs, 'level=info msg="idle"'],
  ]
  const pushed = await fetch(`${server.url('loki')}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream: { app: 'proxy' }, values }] }),
  })
  expect(pushed.status).toBe(204)
}

async function get<T extends object>(path: string): Promise<T> {
  const answer = await fetch(server.url('ui') + path)
  const text = await answer.text()
  expect(answer.status, text).toBe(200)
  return parseJson(text, (json: unknown): json is T => typeof json === 'object' && json !== null)
}

async function findTraces(
  name: string,
  body: LineTraceRequestJson | ExemplarTraceRequestJson,
): Promise<TracesFoundJson> {
  const answer = await fetch(`${server.url('ui')}${BASE}/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  expect(answer.status, text).toBe(200)
  const isFound = (json: unknown): json is TracesFoundJson =>
    typeof json === 'object' && json !== null && 'traces' in json
  return parseJson(text, isFound)
}

describe('from one signal to another', () => {
  it('a span leads to its log lines, by structured metadata and by text', async () => {
    const found = await get<SpanLogsJson>(`${BASE}/span-logs?trace=${traceId}&span=${spanId}`)
    expect(found).toMatchObject({
      ...{ traceId, spanId, service: 'shop' },
      ...{ selector: '{service_name="shop"}', isOfService: true },
    })
    expect(found.queries.map(({ about, by, lines }) => [about, by, lines])).toEqual([
      ['span', 'metadata', 1],
      ['trace', 'metadata', 1],
      ['trace', 'text', 1],
      ['service', null, 2],
      ['span', 'text', 0],
    ])
    const [first] = found.queries
    const params = new URLSearchParams({
      query: first?.query ?? '',
      start: String((first?.startMs ?? 0) / 1000),
      end: String((first?.endMs ?? 0) / 1000),
    })
    const lines = await get<object>(`/api/loki/api/v1/query_range?${params}`)
    expect(JSON.stringify(lines)).toContain('"paid"')
    expect(first?.link).toMatch(/^\/logs\?q=.*&from=\d+&to=\d+$/)
  })

  it('a span leads to rate, errors and durations of its service', async () => {
    const path = `${BASE}/span-metrics?trace=${traceId}&span=${spanId}`
    await expect
      .poll(async () => (await get<SpanMetricsJson>(path)).metrics, {
        timeout: WITHIN_MS,
        interval: 1000,
      })
      .toBe('tempo')
    const { queries, spanName } = await get<SpanMetricsJson>(path)
    expect(spanName).toBe('GET /')
    expect(queries.map(({ of, figure, unit }) => `${of} ${figure} ${unit}`)).toEqual([
      ...['operation rate reqps', 'operation errors percentunit', 'operation duration s'],
      ...['service rate reqps', 'service errors percentunit', 'service duration s'],
    ])
    for (const { query } of queries) {
      const answer = await fetch(
        `${server.url('prometheus')}/api/v1/query?query=${encodeURIComponent(query)}`,
      )
      expect([query, await answer.text()]).toEqual([query, expect.stringContaining('"value":[')])
    }
  })

  it('a line and an exemplar lead to the trace', async () => {
    const timestampNs = `${Date.now()}000000`
    const stored = { rootService: 'shop', rootName: 'GET /', spans: 1, errors: 0 }
    const ofLine = await findTraces('line-trace', {
      timestampNs,
      line: `{"msg":"x","traceId":"${traceId}","spanId":"${spanId}"}`,
      labels: { app: 'proxy' },
    })
    expect(ofLine.traces).toMatchObject([{ traceId, spanId, by: 'traceId', stored }])
    expect(ofLine.traces[0]?.link).toContain(`/traces/${traceId}?span=${spanId}&from=`)
    const ofMetadata = await findTraces('line-trace', {
      ...{ timestampNs, line: 'paid', metadata: { trace_id: traceId } },
    })
    expect(ofMetadata.traces).toMatchObject([{ traceId, spanId: null, by: 'trace_id', stored }])
    const ofExemplar = await findTraces('exemplar-trace', {
      timestampMs: Date.now(),
      labels: { traceID: traceId },
    })
    expect(ofExemplar.traces).toMatchObject([{ traceId, stored }])
    const unknown = '4bf92f3577b34da6a3ce929d0e0e4736'
    const notStored = await findTraces('exemplar-trace', {
      ...{ timestampMs: Date.now(), labels: { trace_id: unknown } },
    })
    expect(notStored.traces).toMatchObject([{ traceId: unknown, stored: null }])
  })

  it('says what is wrong', async () => {
    const status = async (path: string): Promise<number> =>
      (await fetch(`${server.url('ui')}${BASE}/${path}`)).status
    expect(await status('span-logs?trace=4bf92f3577b34da6a3ce929d0e0e4736')).toBe(404)
    expect(await status(`span-logs?trace=${traceId}&span=1`)).toBe(404)
    expect(await status('span-logs?trace=xyz')).toBe(400)
    const wrong = await fetch(`${server.url('ui')}${BASE}/line-trace`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"line": 1}',
    })
    expect(wrong.status).toBe(400)
  })
})
