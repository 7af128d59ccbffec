import { existsSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SpanKind, SpanStatusCode, trace, ROOT_CONTEXT } from '@opentelemetry/api'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, describe, expect, it } from 'vitest'
import { projectRoot } from '../house/read-sources.ts'
import { startServer, type Server } from './server.ts'
import { queryLines } from './tools/query-lines.ts'
import { waitFor } from './tools/wait-for.ts'

const SEED = path.join(projectRoot, '../shared/data/seeds/jips/otel-collector.RECONSTRUCTED.yaml')

const folder = mkdtempSync(path.join(tmpdir(), 'vedette-collector-'))
const servers: Server[] = []

afterAll(async () => {
  for (const server of servers) {
    await server.stop()
    await server.dispose()
  }
  rmSync(folder, { recursive: true, force: true })
})

async function start(
  configPath: string | undefined,
  env: Record<string, string> = {},
): Promise<Server> {
  const server = await startServer({
    ...(configPath === undefined ? {} : { configPath }),
    listeners: ['loki', 'tempo', 'otlp-http', 'otlp-grpc'],
    env,
  })
  servers.push(server)
  return server
}

/** A configuration folder with one collector file. */
function configFolder(name: string): string {
  const made = mkdtempSync(path.join(folder, name))
  writeFileSync(path.join(made, 'prometheus.yml'), 'scrape_configs: []\n')
  return made
}

/** Sends traces, logs and metrics as an application does. The trace has a span of a health check and one that failed. */
async function sendAll(server: Server, service: string): Promise<string> {
  const resource = resourceFromAttributes({ 'service.name': service, cluster: 'unknown' })
  const spans = new BasicTracerProvider({
    resource,
    spanProcessors: [
      new SimpleSpanProcessor(new OTLPTraceExporter({ url: server.url('otlp-grpc') })),
    ],
  })
  const tracer = spans.getTracer('test', '1.0')
  const root = tracer.startSpan('GET /orders', { kind: SpanKind.SERVER }, ROOT_CONTEXT)
  const context = trace.setSpan(ROOT_CONTEXT, root)
  tracer.startSpan('GET /health', { attributes: { 'http.route': '/health' } }, context).end()
  const failed = tracer.startSpan('query', { attributes: { 'db.password': 'hidden' } }, context)
  failed.setStatus({ code: SpanStatusCode.ERROR })
  failed.end()
  root.end()
  const logs = new LoggerProvider({
    resource,
    processors: [
      new SimpleLogRecordProcessor({
        exporter: new OTLPLogExporter({ url: `${server.url('otlp-http')}/v1/logs` }),
      }),
    ],
  })
  const logger = logs.getLogger('test')
  const attributes = { user: 'ann', token: 'hidden' }
  logger.emit({ severityNumber: SeverityNumber.ERROR, body: 'order 7 failed', attributes })
  logger.emit({ severityNumber: SeverityNumber.DEBUG, body: 'checked', attributes })
  const exporter = new OTLPMetricExporter({ url: `${server.url('otlp-http')}/v1/metrics` })
  const metrics = new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  })
  const meter = metrics.getMeter('test')
  meter.createCounter('orders').add(3, { kind: 'new' })
  meter.createHistogram('order.duration', { unit: 's' }).record(0.2)
  for (const provider of [spans, logs, metrics]) {
    await provider.forceFlush()
    await provider.shutdown()
  }
  return root.spanContext().traceId
}

async function getText(url: string): Promise<string> {
  const answer = await fetch(url)
  return answer.text()
}

/** The names of the spans of a trace, once there are that many. */
async function spanNames(server: Server, traceId: string, count: number): Promise<string[]> {
  return waitFor(`${count} spans of ${traceId}`, async () => {
    const text = await getText(`${server.url('tempo')}/api/traces/${traceId}`)
    const names = [...text.matchAll(/"name":"([^"]+)","kind"/g)].map((match) => match[1] ?? '')
    if (names.length < count) throw new Error(text.slice(0, 300))
    return names.sort()
  })
}

async function found(server: Server, query: string): Promise<string> {
  const text = await getText(`${server.url()}/api/v1/query?query=${encodeURIComponent(query)}`)
  return text.includes('"result":[]') ? '' : text
}

describe('a collector file', () => {
  it.skipIf(!existsSync(SEED))('of the Kubernetes seed labels all signals', async () => {
    const config = configFolder('seed')
    copyFileSync(SEED, path.join(config, 'otel-collector.yaml'))
    const server = await start(config)
    const id = await sendAll(server, 'api')
    expect(await spanNames(server, id, 3)).toEqual(['GET /health', 'GET /orders', 'query'])
    const text = await getText(`${server.url('tempo')}/api/traces/${id}`)
    expect(text).toContain('{"key":"cluster","value":{"stringValue":"poc-odooswfjips"}}')
    expect(text).toContain('{"key":"environment","value":{"stringValue":"dev"}}')
    const lines = await queryLines(server, '{service_name="api"} | cluster="poc-odooswfjips"')
    expect(lines.map(({ line }) => line).sort()).toEqual(['checked', 'order 7 failed'])
    expect(
      await found(server, 'target_info{cluster="poc-odooswfjips", environment="dev"}'),
    ).not.toBe('')
    expect(await found(server, 'orders_total{job="api"} == 3')).not.toBe('')
  })

  if (!existsSync(SEED)) console.log('skipped: ../shared/data/seeds is not there')

  it('filters, changes and sends on to another program', async () => {
    const other = await start(undefined)
    const config = configFolder('own')
    writeFileSync(path.join(config, 'otel.yaml'), COLLECTOR)
    const portOf = (url: string): string => new URL(url).port
    const server = await start(config, {
      OTHER_GRPC: portOf(other.url('otlp-grpc')),
      OTHER_LOKI: portOf(other.url('loki')),
      OTHER_PROMETHEUS: portOf(other.url()),
    })
    const id = await sendAll(server, 'shop')
    const wanted = ['GET /orders', 'query']
    expect(await spanNames(server, id, 2)).toEqual(wanted)
    const stored = await getText(`${server.url('tempo')}/api/traces/${id}`)
    expect(stored).not.toContain('hidden')
    expect(stored).toContain('"kind.of","value":{"stringValue":"failed"}')
    expect(await getText(`${server.url()}/metrics`)).toContain(
      'otelcol_processor_filter_spans_filtered_total{filter="filter/health"} 1',
    )
    const query = '{service_name="shop"} | user="ann"'
    const lines = await queryLines(server, query)
    expect(lines.map(({ line }) => line)).toEqual(['order 7 failed'])
    // What is sent on is on its way: the queue is on disk.
    expect(await spanNames(other, id, 2)).toEqual(wanted)
    const there = await waitFor('the line there', async () => {
      const all = await queryLines(other, query)
      if (all.length === 0) throw new Error('none')
      return all
    })
    expect(there.map(({ line }) => line)).toEqual(['order 7 failed'])
    await waitFor('the counter there', async () => {
      return (await found(other, 'orders_total{site="here"} == 3')) !== ''
    })
    expect(await found(other, 'order_duration_seconds_count == 1')).not.toBe('')
  })
})

const COLLECTOR = `
receivers:
  otlp: {protocols: {grpc: {endpoint: 0.0.0.0:4317}, http: {endpoint: 0.0.0.0:4318}}}
processors:
  batch: {}
  filter/health:
    error_mode: ignore
    traces: {span: ['attributes["http.route"] == "/health"']}
    logs: {log_record: ['severity_number < SEVERITY_NUMBER_INFO']}
  attributes/hide:
    actions:
      - {key: db.password, action: delete}
      - {key: token, action: hash}
  transform:
    trace_statements:
      - set(span.attributes["kind.of"], "failed") where span.status.code == STATUS_CODE_ERROR
exporters:
  otlp/tempo: {endpoint: 'tempo:4317', tls: {insecure: true}}
  otlphttp/loki: {endpoint: 'http://loki:3100/otlp'}
  prometheusremotewrite: {endpoint: 'http://prometheus:9090/api/v1/write'}
  otlp/other: {endpoint: '127.0.0.1:\${env:OTHER_GRPC}', tls: {insecure: true}}
  loki/other: {endpoint: 'http://127.0.0.1:\${env:OTHER_LOKI}/loki/api/v1/push'}
  prometheusremotewrite/other:
    endpoint: http://127.0.0.1:\${env:OTHER_PROMETHEUS}/api/v1/write
    external_labels: {site: here}
  debug: {verbosity: detailed}
service:
  pipelines:
    traces: {receivers: [otlp], processors: [filter/health, attributes/hide, transform, batch], exporters: [otlp/tempo, otlp/other]}
    logs: {receivers: [otlp], processors: [filter/health, attributes/hide, batch], exporters: [otlphttp/loki, loki/other, debug]}
    metrics: {receivers: [otlp], processors: [batch], exporters: [prometheusremotewrite, prometheusremotewrite/other]}
`
