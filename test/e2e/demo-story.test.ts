import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isObject, objectsOf } from '../../src/lang/dashboard/json-value.ts'
import { findFreePorts } from './free-ports.ts'
import { startServer, type Server } from './server.ts'
import { queryLines } from './tools/query-lines.ts'
import { runVedette, startVedette, type RunningVerb } from './tools/run-vedette.ts'
import { waitFor as waitUpTo } from './tools/wait-for.ts'

/** Verbs start in seconds where much else runs. */
const TIMEOUT_MS = 90_000

function waitFor<T>(what: string, look: () => T | Promise<T>): ReturnType<typeof waitUpTo<T>> {
  return waitUpTo(what, look, TIMEOUT_MS)
}

const SERVICES = ['gateway', 'orders', 'payments']

/** Requests of more than a second. */
const RULES = `
groups:
  - name: story
    interval: 1s
    rules:
      - alert: SlowRequests
        expr: >
          sum by (job) (http_server_request_duration_seconds_count)
          - sum by (job) (http_server_request_duration_seconds_bucket{le="1"}) > 0
        labels: {severity: warning}
        annotations: {summary: 'requests of {{ $labels.job }} are slow'}
`

const folder = mkdtempSync(join(tmpdir(), 'vedette-story-'))
let server: Server
let demo: RunningVerb | undefined
let demoUrl = ''

beforeAll(async () => {
  writeFileSync(join(folder, 'prometheus.yml'), 'rule_files: [rules.yml]\n')
  writeFileSync(join(folder, 'rules.yml'), RULES)
  server = await startServer({ configPath: folder, listeners: ['tempo', 'loki', 'otlp-http'] })
  const [port = 0] = await findFreePorts(1)
  demoUrl = `http://127.0.0.1:${port}`
  const started = startVedette(
    ...['demo', '--listen', `127.0.0.1:${port}`, '--endpoint', server.url('otlp-http')],
  )
  demo = started
  await waitFor('the demonstration', () => started.out().includes('Ctrl-C ends it'))
})
afterAll(async () => {
  await demo?.interrupt()
  await server.stop()
  await server.dispose()
  rmSync(folder, { recursive: true, force: true })
})

/** The series of an instant query. */
async function query(promql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const params = new URLSearchParams({ query: promql })
  const answer = await fetch(`${server.url()}/api/v1/query?${params}`)
  const json: unknown = await answer.json()
  const data = isObject(json) && isObject(json['data']) ? json['data'] : {}
  return objectsOf(data['result'])
}

function arrived(promql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return waitFor(promql, async () => {
    const series = await query(promql)
    return series.length > 0 && series
  })
}

/** The trace ids of exemplars of at least so many seconds. */
async function exemplarTraces(selector: string, leastS: number): Promise<string[]> {
  const nowS = Date.now() / 1000
  const params = new URLSearchParams({
    ...{ query: selector, start: String(nowS - 600), end: String(nowS + 60) },
  })
  const answer = await fetch(`${server.url()}/api/v1/query_exemplars?${params}`)
  const json: unknown = await answer.json()
  return objectsOf(isObject(json) ? json['data'] : [])
    .flatMap(({ exemplars }) => objectsOf(exemplars))
    .filter(({ value }) => Number(value) >= leastS)
    .flatMap(({ labels }) => (isObject(labels) ? String(labels['trace_id']) : []))
}

/** The `job` of every alert of a name that fires. */
async function firingJobs(name: string): Promise<string[]> {
  const answer = await fetch(`${server.url()}/api/v1/alerts`)
  const json: unknown = await answer.json()
  const data = isObject(json) && isObject(json['data']) ? json['data'] : {}
  return objectsOf(data['alerts']).flatMap(({ state, labels }) =>
    state === 'firing' && isObject(labels) && labels['alertname'] === name
      ? String(labels['job'])
      : [],
  )
}

describe('a slow request', () => {
  let job = ''
  let traceId = ''

  it('is made by the load', async () => {
    const args = ['--scenario', 'slow', '--concurrency', '4', '--duration', '5s']
    const { code, out } = await runVedette('load', '--url', demoUrl, ...args)
    expect([code, out]).toEqual([0, expect.stringMatching(/the slowest: GET .*seconds_sleep/)])
  })

  it('makes an alert fire, which names the service', async () => {
    const jobs = await waitFor('the alert', async () => {
      const found = await firingJobs('SlowRequests')
      return found.includes('demo/gateway') && found
    })
    job = jobs.find((one) => one === 'demo/gateway') ?? ''
    expect(job).toBe('demo/gateway')
  })

  it('is seen in the metrics, and in those that are made of spans', async () => {
    await arrived('http_server_request_duration_seconds_count{job="demo/payments"} > 0')
    await arrived('litestar_requests_total{status_code="200"} > 0')
    await arrived('traces_spanmetrics_calls_total{service="payments"}')
    await arrived('traces_service_graph_request_total{client="gateway",server="orders"}')
  })

  it('is an exemplar, which names its trace', async () => {
    // The metric and the job of the alert.
    const selector = `http_server_request_duration_seconds_bucket{job="${job}"}`
    const found = await waitFor('an exemplar of a slow request', async () => {
      const [first] = await exemplarTraces(selector, 0.9)
      return first
    })
    expect(found).toMatch(/^[0-9a-f]{32}$/)
    traceId = found
  })

  it('is a trace through all services, which the command line finds and draws', async () => {
    const url = server.url('tempo')
    const drawn = await waitFor('the whole trace', async () => {
      const { code, out } = await runVedette('trace', traceId, '--url', url)
      return code === 0 && out.includes('SELECT payments') && out
    })
    for (const service of SERVICES) expect(drawn).toContain(` ${service}`)
    const traceql = '{ resource.service.name = "payments" && duration > 900ms }'
    const { out } = await runVedette('traces', traceql, '--url', url, '--limit', '100')
    expect(out).toContain(traceId)
  })

  it('is in the logs, by the id of its trace', async () => {
    const logql = `{service_name="gateway"} | trace_id="${traceId}"`
    const lines = await waitFor('its line', async () => {
      const found = await queryLines(server, logql)
      return found.length > 0 && found
    })
    expect(lines[0]?.line).toContain('GET /status/200 200')
    expect(lines[0]?.labels).toHaveProperty('span_id')
    const { out } = await runVedette('logs', logql, '--url', server.url('loki'), '-o', 'raw')
    expect(out).toContain('GET /status/200 200')
  })
})

describe('an error', () => {
  it('leaves its exception in the trace and its line in the log', async () => {
    const answer = await fetch(`${demoUrl}/status/503`)
    const traceId = answer.headers.get('x-trace-id') ?? ''
    expect(answer.status).toBe(503)
    const out = await waitFor('its trace', async () => {
      const args = ['trace', traceId, '--events', '--url', server.url('tempo')]
      const ran = await runVedette(...args)
      return ran.out.includes('SELECT payments') && ran.out
    })
    expect(out).toContain('exception.type=DatabaseError')
    await waitFor('its line', async () => {
      const logql = `{service_name="payments"} | trace_id="${traceId}"`
      const lines = await queryLines(server, logql)
      return lines.some(({ line }) => line.includes('payments cannot be read'))
    })
  })
})
