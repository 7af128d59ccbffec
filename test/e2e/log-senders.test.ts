import { once } from 'node:events'
import { SeverityNumber } from '@opentelemetry/api-logs'
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc'
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
} from '@opentelemetry/sdk-logs'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import winston from 'winston'
import LokiTransport from 'winston-loki'
import { parseJson } from '../house/parse-json.ts'
import { startServer, type Server } from './server.ts'
import { queryLines, type FoundLine } from './tools/query-lines.ts'
import { waitFor } from './tools/wait-for.ts'

const LINES = 500

let server: Server

beforeAll(async () => {
  server = await startServer({ listeners: ['loki', 'otlp-http', 'otlp-grpc'] })
})
afterAll(async () => {
  await server.stop()
  await server.dispose()
})

/** Waits until as many lines are there, and a moment longer whether more come. */
function arrived(query: string, count = LINES): Promise<FoundLine[]> {
  return waitFor(`${count} lines of ${query}`, async () => {
    const lines = await queryLines(server, query)
    if (lines.length < count) throw new Error(`there are ${lines.length}`)
    return lines
  })
}

/** Loggers that write whole milliseconds give many lines the same time, whose order is kept. */
const texts = Array.from({ length: LINES }, (_, at) => `line ${at} "quoted" äöü <b>`)

describe('loggers of Node', () => {
  it('pino through pino-loki', async () => {
    const transport = pino.transport({
      target: 'pino-loki',
      options: {
        host: server.url('loki'),
        labels: { app: 'pino' },
        propsToLabels: ['tier'],
        batching: { interval: 1 },
      },
    })
    const logger = pino({ base: null }, transport)
    for (const text of texts) logger.info({ tier: 'web' }, text)
    const lines = await arrived('{app="pino"}')
    transport.end()
    await once(transport, 'close')
    const isRecord = (json: unknown): json is { msg: string } =>
      typeof json === 'object' && json !== null && 'msg' in json
    const messageOf = (line: string) => parseJson(line, isRecord).msg
    expect(lines.map(({ line }) => messageOf(line))).toEqual(texts)
    expect(lines[0]?.labels).toMatchObject({ app: 'pino', level: 'info', tier: 'web' })
  })

  for (const json of [true, false]) {
    it(`winston through winston-loki, as ${json ? 'JSON' : 'protobuf'}`, async () => {
      const app = json ? 'winston-json' : 'winston-protobuf'
      const transport = new LokiTransport({
        host: server.url('loki'),
        json,
        interval: 1,
        labels: { app },
        replaceTimestamp: false,
        gracefulShutdown: false,
        format: winston.format.printf(({ message }) => String(message)),
      })
      const logger = winston.createLogger({ level: 'debug', transports: [transport] })
      for (const text of texts) logger.warn(text)
      await transport.flush()
      const lines = await arrived(`{app="${app}"}`)
      logger.close()
      expect(lines.map(({ line }) => line)).toEqual(texts)
      expect(lines[0]?.labels).toMatchObject({ app, level: 'warn' })
    })
  }
})

describe('the OpenTelemetry SDK', () => {
  const exporters: readonly (readonly [string, () => LogRecordExporter])[] = [
    ['grpc', () => new GrpcExporter({ url: server.url('otlp-grpc') })],
    ['json', () => new JsonExporter({ url: `${server.url('otlp-http')}/v1/logs` })],
    ['protobuf', () => new ProtobufExporter({ url: `${server.url('otlp-http')}/v1/logs` })],
    ['loki', () => new ProtobufExporter({ url: `${server.url('loki')}/otlp/v1/logs` })],
  ]

  for (const [name, create] of exporters) {
    it(`sends over ${name}`, async () => {
      const service = `otel-${name}`
      const provider = new LoggerProvider({
        resource: resourceFromAttributes({
          'service.name': service,
          'service.namespace': 'shop',
          'host.name': 'box',
        }),
        processors: [
          new BatchLogRecordProcessor({
            exporter: create(),
            maxExportBatchSize: 100,
            maxQueueSize: 2000,
          }),
        ],
      })
      const logger = provider.getLogger('orders', '1.2.3')
      const startMs = Date.now()
      for (const [at, body] of texts.entries()) {
        logger.emit({
          timestamp: [Math.floor(startMs / 1000), at],
          severityNumber: SeverityNumber.WARN,
          severityText: 'WARN',
          body,
          attributes: { 'order.id': at, 'order.paid': true },
        })
      }
      await provider.forceFlush()
      const lines = await queryLines(server, `{service_name="${service}"}`)
      await provider.shutdown()
      expect(lines.map(({ line }) => line)).toEqual(texts)
      expect(lines[7]?.labels).toMatchObject({
        service_name: service,
        service_namespace: 'shop',
        host_name: 'box',
        scope_name: 'orders',
        scope_version: '1.2.3',
        severity_number: '13',
        severity_text: 'WARN',
        detected_level: 'warn',
        order_id: '7',
        order_paid: 'true',
      })
    })
  }
})
