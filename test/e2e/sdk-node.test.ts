import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readTrace, type TraceSpan } from '../../src/cli/trace-answer.ts'
import { isObject, objectsOf } from '../../src/lang/dashboard/json-value.ts'
import { projectRoot } from '../house/read-sources.ts'
import { Cluster, findPostgres } from '../integration/postgres/cluster.ts'
import { startServer, type Server } from './server.ts'
import { queryLines } from './tools/query-lines.ts'
import { waitFor } from './tools/wait-for.ts'

const APP = join(projectRoot, 'test/e2e/tools/instrumented-app.ts')
const postgres = findPostgres()
/** A PostgreSQL for the service: that of libpq's own variables, or one of its own. */
const hasPostgres = process.env['PGHOST'] !== undefined || postgres !== undefined

let server: Server
let cluster: Cluster | undefined

beforeAll(async () => {
  if (!hasPostgres)
    console.log('notice: there is no PostgreSQL, so its instrumentation is not tested')
  else if (process.env['PGHOST'] === undefined && postgres !== undefined)
    cluster = await Cluster.start(postgres)
  server = await startServer({ listeners: ['tempo', 'loki', 'otlp-http', 'otlp-grpc'] })
})
afterAll(async () => {
  await cluster?.stop()
  await server.stop()
  await server.dispose()
})

async function runApp(service: string, env: Readonly<Record<string, string>>): Promise<void> {
  expect(existsSync(APP)).toBe(true)
  const child = spawn(process.execPath, ['--import', 'tsx', APP], {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      OTEL_SERVICE_NAME: service,
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      ...(cluster && { PGHOST: cluster.folder, PGUSER: 'vedette', PGDATABASE: 'postgres' }),
      ...env,
    },
  })
  const code = await new Promise((resolve) => {
    child.once('exit', resolve)
  })
  expect(code).toBe(0)
}

async function getJson(url: string): Promise<unknown> {
  const answer = await fetch(url)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.status} ${text}`)
  return JSON.parse(text)
}

async function findTrace(traceql: string): Promise<TraceSpan[]> {
  const tempo = server.url('tempo')
  const found = await getJson(`${tempo}/api/search?q=${encodeURIComponent(traceql)}`)
  const [first] = objectsOf(isObject(found) ? found['traces'] : [])
  const id = first?.['traceID']
  if (typeof id !== 'string') throw new Error('no trace yet')
  return readTrace(await getJson(`${tempo}/api/traces/${id}`))
}

const PROTOCOLS = [
  ['grpc', 'otlp-grpc'],
  ['http/protobuf', 'otlp-http'],
  ['http/json', 'otlp-http'],
] as const

describe.each(PROTOCOLS)('a service with automatic instrumentation over %s', (protocol, door) => {
  it('sends its traces, metrics and logs', async () => {
    const service = `app-${protocol.replace('/', '-')}`
    await runApp(service, {
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url(door),
    })
    const spans = await waitFor('its trace', () =>
      findTrace(`{ resource.service.name = "${service}" && kind = server }`),
    )
    const names = spans.map(({ name }) => name)
    const expected = ['GET', 'GET /orders/:id', ...(hasPostgres ? ['pg.connect'] : [])]
    expect(names).toEqual(expect.arrayContaining(expected))
    const queries = names.filter((name) => name.startsWith('pg.query'))
    expect(queries).toHaveLength(hasPostgres ? 1 : 0)
    const ids = new Set(spans.map(({ id }) => id))
    expect(spans.filter(({ parentId }) => !ids.has(parentId))).toHaveLength(1)

    const promql = encodeURIComponent(`orders_read_total{job="${service}",kind="one"}`)
    await waitFor('its metrics', async () => {
      const answer = await getJson(`${server.url()}/api/v1/query?query=${promql}`)
      return JSON.stringify(answer).includes('"1"')
    })
    const [line] = await waitFor('its log', async () => {
      const lines = await queryLines(server, `{service_name="${service}"}`)
      return lines.length > 0 && lines
    })
    expect(line?.line).toBe('order 7 read')
    expect(line?.labels['trace_id']).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('a trace of 10,000 spans', () => {
  it('arrives whole', async () => {
    const provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'large' }),
      spanProcessors: [
        new BatchSpanProcessor(new OTLPTraceExporter({ url: server.url('otlp-grpc') }), {
          maxQueueSize: 20_000,
          maxExportBatchSize: 2000,
        }),
      ],
    })
    const tracer = provider.getTracer('test')
    const root = tracer.startSpan('root', {}, ROOT_CONTEXT)
    let parent = trace.setSpan(ROOT_CONTEXT, root)
    for (let i = 1; i < 10_000; i++) {
      const span = tracer.startSpan(`span ${i}`, { attributes: { i } }, parent)
      if (i % 100 === 0) parent = trace.setSpan(ROOT_CONTEXT, span)
      span.end()
    }
    root.end()
    await provider.forceFlush()
    await provider.shutdown()
    const id = root.spanContext().traceId
    const spans = readTrace(await getJson(`${server.url('tempo')}/api/traces/${id}`))
    expect(spans).toHaveLength(10_000)
    expect(new Set(spans.map(({ name }) => name)).size).toBe(10_000)
    const ids = new Set(spans.map((span) => span.id))
    expect(spans.filter(({ parentId }) => !ids.has(parentId))).toHaveLength(1)
  })
})
