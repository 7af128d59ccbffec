import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeSpansJson } from '../formats/otlp/decode-spans.ts'
import { createScrapeParser } from '../formats/prometheus-text/scrape-parser.ts'
import { encodeUtf8 } from '../formats/text-codec.ts'
import { PAGE_TYPES } from './exposition.ts'
import { startDemo, type RunningDemo } from './start-demo.ts'
import { startOtlpSink, type OtlpSink } from './testing/otlp-sink.ts'

let sink: OtlpSink
let demo: RunningDemo

beforeAll(async () => {
  sink = await startOtlpSink()
  demo = await startDemo({
    ...{ host: '127.0.0.1', port: 0, endpoint: sink.url },
    metricIntervalMs: 60_000,
  })
})
afterAll(async () => {
  await demo.stop()
  await sink.close()
})

async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(demo.url + path, { headers })
}

describe('the demonstration', () => {
  it('places orders', async () => {
    const answer = await get('/')
    expect([201, 402]).toContain(answer.status)
    expect(answer.headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/)
    expect(await answer.json()).toHaveProperty('detail')
  })

  it.each([
    ['/status/204', 204],
    ['/status/404', 404],
    ['/status/503?seconds_sleep=0.01', 503],
    ['/status/700', 400],
    ['/status/200?seconds_sleep=x', 400],
    ['/status/200?seconds_sleep=31', 400],
    ['/nothing', 404],
  ])('answers %s with %d', async (path, status) => {
    expect((await get(path)).status).toBe(status)
  })

  it('goes on with the trace of the caller', async () => {
    const id = '0af7651916cd43dd8448eb211c80319c'
    const answer = await get('/', { traceparent: `00-${id}-b7ad6b7169203331-01` })
    expect(answer.headers.get('x-trace-id')).toBe(id)
    const fresh = await get('/', { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` })
    expect(fresh.headers.get('x-trace-id')).not.toBe('0'.repeat(32))
  })

  it('describes itself', async () => {
    expect(await (await get('/docs')).text()).toContain('/status/{code}')
    expect(await (await get('/openapi.json')).json()).toHaveProperty('paths./status/{code}.get')
  })

  it('exposes metrics with exemplars, which Prometheus can read', async () => {
    await get('/status/200')
    const accept = { accept: 'application/openmetrics-text' }
    const text = await (await get('/metrics', accept)).text()
    const parser = createScrapeParser({ strict: true })
    const page = parser.parse(encodeUtf8(text), PAGE_TYPES.openmetrics, 0, true)
    expect([page.fault, page.rows > 100]).toEqual([undefined, true])
    expect(text).toMatch(
      /litestar_requests_total\{.*method="GET",path="\/status\/\{code\}",status_code="200"\} [1-9]/,
    )
    expect(text).toMatch(
      /http_server_request_duration_seconds_bucket\{job="payments".*\} \d+ # \{trace_id="[0-9a-f]{32}"/,
    )
    const plain = await (await get('/metrics')).text()
    expect(plain).not.toContain('trace_id')
    expect(await (await get('/passenger_metrics')).text()).toContain(
      'passenger_process_count{instance="demo"} 6',
    )
  })

  it('sends traces, metrics with exemplars, and logs with the ids of their spans', async () => {
    const id = (await get('/status/500')).headers.get('x-trace-id') ?? ''
    await demo.flush()
    const spans = (sink.bodies.get('/v1/traces') ?? []).map((body) =>
      decodeSpansJson(encodeUtf8(body)),
    )
    const strings = spans.flatMap(({ batch }) => batch.strings)
    expect(strings).toEqual(expect.arrayContaining(['GET /status/{code}', 'SELECT payments']))
    const metrics = (sink.bodies.get('/v1/metrics') ?? []).join('\n')
    expect(metrics).toContain('"http.server.request.duration"')
    expect(metrics).toContain(`"traceId":"${id}"`)
    expect(metrics).toContain('"litestar_requests"')
    const logs = (sink.bodies.get('/v1/logs') ?? []).join('\n')
    expect(logs).toContain('payments cannot be read')
    expect(logs).toContain(`"traceId":"${id}"`)
  })

  it('says when its port is taken', async () => {
    const port = Number(new URL(demo.url).port)
    const taken = startDemo({ host: '127.0.0.1', port, endpoint: sink.url })
    await expect(taken).rejects.toThrow(/another program listens there/)
  })
})
