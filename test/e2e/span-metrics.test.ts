import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { context, SpanKind, SpanStatusCode, trace, ROOT_CONTEXT } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseJson } from '../house/parse-json.ts'
import { startServer, type Server } from './server.ts'

/** Metrics are written every 15 seconds; a machine may be slow. */
const WITHIN_MS = 90_000
const CALLS = 5

const RULES = `
groups:
  - name: spans
    type: tempo
    interval: 1s
    rules:
      - alert: Failing
        expr: '{ status = error && kind = server } | count_over_time() by (resource.service.name) > 0'
      - record: service:spans:5m
        expr: '{} | count_over_time() by (resource.service.name)'
`

let server: Server
let folder = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-span-metrics-'))
  const configPath = join(folder, 'vedette.yml')
  writeFileSync(configPath, 'prometheus: {rule_files: [rules.yml], scrape_configs: []}\n')
  writeFileSync(join(folder, 'rules.yml'), RULES)
  server = await startServer({ configPath, listeners: ['tempo', 'otlp-http'] })
})
afterAll(async () => {
  await server.stop()
  await server.dispose()
  rmSync(folder, { recursive: true, force: true })
})

function providerOf(service: string): BasicTracerProvider {
  const exporter = new OTLPTraceExporter({ url: `${server.url('otlp-http')}/v1/traces` })
  return new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
}

/** The shop calls the ledger, which asks its database; every last call fails. Resolves to the ids of the traces. */
async function callEachOther(): Promise<readonly string[]> {
  const [shop, ledger] = [providerOf('shop'), providerOf('ledger')]
  const [shopTracer, ledgerTracer] = [shop.getTracer('test'), ledger.getTracer('test')]
  const ids: string[] = []
  for (let i = 0; i < CALLS; i++) {
    const page = shopTracer.startSpan('GET /cart', { kind: SpanKind.SERVER }, ROOT_CONTEXT)
    const inPage = trace.setSpan(ROOT_CONTEXT, page)
    const call = shopTracer.startSpan('GET /balance', { kind: SpanKind.CLIENT }, inPage)
    // As a header `traceparent` carries it to the other process.
    const arrived = trace.setSpanContext(context.active(), call.spanContext())
    const answer = ledgerTracer.startSpan('GET /balance', { kind: SpanKind.SERVER }, arrived)
    const select = ledgerTracer.startSpan(
      'SELECT balance',
      { kind: SpanKind.CLIENT, attributes: { 'db.system': 'postgresql', 'db.name': 'accounts' } },
      trace.setSpan(arrived, answer),
    )
    select.end()
    if (i === CALLS - 1) answer.setStatus({ code: SpanStatusCode.ERROR })
    for (const span of [answer, call, page]) span.end()
    ids.push(page.spanContext().traceId)
  }
  for (const provider of [ledger, shop]) {
    await provider.forceFlush()
    await provider.shutdown()
  }
  return ids
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

async function query(promql: string): Promise<readonly Sample[]> {
  const url = `${server.url('prometheus')}/api/v1/query?query=${encodeURIComponent(promql)}`
  const isAnswer = (json: unknown): json is { data: { result: readonly Sample[] } } =>
    typeof json === 'object' && json !== null && 'data' in json
  return parseJson(await (await fetch(url)).text(), isAnswer).data.result
}

/** The value of each edge, as `client>server`. */
async function edges(metric: string): Promise<Record<string, number>> {
  const found = await query(`sum by (client, server, connection_type) (${metric})`)
  return Object.fromEntries(
    found.map(({ metric: { client = '', server: callee = '' }, value }) => [
      `${client}>${callee}`,
      Number(value[1]),
    ]),
  )
}

describe('metrics of spans', () => {
  let ids: readonly string[]

  beforeAll(async () => {
    ids = await callEachOther()
  })

  it('count calls by service and name, without any configuration', async () => {
    await expect
      .poll(
        async () =>
          (await query('sum by (service, span_name) (traces_spanmetrics_calls_total)'))
            .map(({ metric, value }) => `${metric['service']} ${metric['span_name']} ${value[1]}`)
            .toSorted(),
        { timeout: WITHIN_MS, interval: 500 },
      )
      .toEqual([
        `ledger GET /balance ${CALLS}`,
        `ledger SELECT balance ${CALLS}`,
        `shop GET /balance ${CALLS}`,
        `shop GET /cart ${CALLS}`,
      ])
    const errors = await query(
      'sum(traces_spanmetrics_calls_total{status_code="STATUS_CODE_ERROR",service="ledger"})',
    )
    expect(errors[0]?.value[1]).toBe('1')
    const increase = await query(
      'sum(increase(traces_spanmetrics_calls_total{service="shop",span_name="GET /cart"}[5m]))',
    )
    expect(Number(increase[0]?.value[1])).toBeGreaterThan(0)
  })

  it('draw who calls whom', async () => {
    await expect
      .poll(() => edges('traces_service_graph_request_total'), {
        timeout: WITHIN_MS,
        interval: 500,
      })
      .toEqual({ 'shop>ledger': CALLS, 'ledger>accounts': CALLS, 'user>shop': CALLS })
    expect(await edges('traces_service_graph_request_failed_total')).toEqual({ 'shop>ledger': 1 })
    expect(await edges('traces_service_graph_request_client_seconds_count')).toMatchObject({
      'shop>ledger': CALLS,
    })
  })

  it('stand beside rules on the traces themselves', async () => {
    await expect
      .poll(
        async () =>
          (await query('service:spans:5m')).map(({ metric, value }) => [
            metric['resource_service_name'],
            Number(value[1]),
          ]),
        { timeout: WITHIN_MS, interval: 500 },
      )
      .toEqual(
        expect.arrayContaining([
          ['ledger', CALLS * 2],
          ['shop', CALLS * 2],
        ]),
      )
    expect(await query('ALERTS{alertname="Failing",alertstate="firing"}')).toMatchObject([
      { metric: { resource_service_name: 'ledger' }, value: [expect.any(Number), '1'] },
    ])
  })

  it('have exemplars that lead to the traces', async () => {
    const params = new URLSearchParams({
      query: 'traces_spanmetrics_latency_bucket{service="shop"}',
      start: String(Date.now() / 1000 - 600),
      end: String(Date.now() / 1000 + 60),
    })
    const answer = await fetch(`${server.url('prometheus')}/api/v1/query_exemplars?${params}`)
    const found = [...(await answer.text()).matchAll(/"traceID":"([0-9a-f]{32})"/g)]
    expect(found.length).toBeGreaterThan(0)
    for (const [, id] of found) expect(ids).toContain(id)
    const [, first] = found[0] ?? []
    const stored = await fetch(`${server.url('tempo')}/api/traces/${first}`)
    expect(stored.status).toBe(200)
  })
})
