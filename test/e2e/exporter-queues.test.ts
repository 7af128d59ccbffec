import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { findFreePorts } from './free-ports.ts'
import { startServer, type Server } from './server.ts'
import { own, ownFolder } from './tools/owned.ts'
import { queryVector } from './tools/query.ts'
import { queryLines } from './tools/query-lines.ts'
import { waitFor } from './tools/wait-for.ts'

const ROUNDS = 3
/** Of each signal; the server is killed when half of each were acknowledged. */
const EACH_ROUND = 24

/** The three ways to another program that have a queue each, and none of the program's own stores. */
const COLLECTOR = `
receivers: {otlp: {protocols: {http: {}}}}
exporters:
  otlp/other:
    endpoint: 127.0.0.1:GRPC
    tls: {insecure: true}
    retry_on_failure: {initial_interval: 100ms, max_interval: 500ms}
  loki/other:
    endpoint: http://127.0.0.1:LOKI/loki/api/v1/push
    retry_on_failure: {initial_interval: 100ms, max_interval: 500ms}
  prometheusremotewrite/other:
    endpoint: http://127.0.0.1:PROMETHEUS/api/v1/write
    retry_on_failure: {initial_interval: 100ms, max_interval: 500ms}
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp/other]}
    logs: {receivers: [otlp], exporters: [loki/other]}
    metrics: {receivers: [otlp], exporters: [prometheusremotewrite/other]}
`

const SIGNALS = ['traces', 'logs', 'metrics'] as const
type Signal = (typeof SIGNALS)[number]

/** A request with one span, line or sample, which its number tells. */
function bodyOf(signal: Signal, n: number): string {
  const timeUnixNano = `${Date.now()}000000`
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const resource = { attributes: [text('service.name', 'queued')] }
  switch (signal) {
    case 'traces': {
      const span = {
        ...{ traceId: traceIdOf(n), spanId: n.toString(16).padStart(16, '0'), name: 'work' },
        ...{ startTimeUnixNano: timeUnixNano, endTimeUnixNano: timeUnixNano },
      }
      return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] })
    }
    case 'logs': {
      const record = { timeUnixNano, body: { stringValue: `queued-line-${n}.` } }
      return JSON.stringify({
        resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }],
      })
    }
    case 'metrics': {
      const point = { timeUnixNano, asDouble: n, attributes: [text('n', String(n))] }
      const metric = { name: 'queued_gauge', gauge: { dataPoints: [point] } }
      return JSON.stringify({
        resourceMetrics: [{ resource, scopeMetrics: [{ metrics: [metric] }] }],
      })
    }
    default:
      return signal satisfies never
  }
}

const traceIdOf = (n: number): string => n.toString(16).padStart(32, '0')

/** Numbers that the server has acknowledged. */
class Sent {
  readonly #acknowledged: Readonly<Record<Signal, Set<number>>> = {
    ...{ traces: new Set(), logs: new Set(), metrics: new Set() },
  }
  #next = 1

  of(signal: Signal): ReadonlySet<number> {
    return this.#acknowledged[signal]
  }

  /** Sends all at once; one that the server is killed under is not acknowledged, and may arrive or not. */
  async send(server: Server, each: number): Promise<void> {
    const first = this.#next
    this.#next += each
    const numbers = Array.from({ length: each }, (_, i) => first + i)
    await Promise.all(
      SIGNALS.flatMap((signal) => numbers.map((n) => this.#sendOne(server, signal, n))),
    )
  }

  async #sendOne(server: Server, signal: Signal, n: number): Promise<void> {
    const url = `${server.url('otlp-http')}/v1/${signal}`
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(url, { method: 'POST', headers, body: bodyOf(signal, n) }).catch(
      () => undefined,
    )
    if (answer?.ok === true) this.#acknowledged[signal].add(n)
  }
}

/** Numbers that have arrived at the other program. */
async function arrivedAt(
  other: Pick<Server, 'url'>,
): Promise<Readonly<Record<Signal, Set<number>>>> {
  const lines = await queryLines(other, '{service_name="queued"} |= "queued-line-"')
  const samples = await queryVector(other.url('prometheus'), 'last_over_time(queued_gauge[2h])')
  // One question for all: what is asked often keeps the other program from taking what comes.
  const found = await fetch(`${other.url('tempo')}/api/search?limit=1000&q=%7B%7D`)
  const traces = [...(await found.text()).matchAll(/"traceID":"0*([0-9a-f]+)"/g)]
  return {
    traces: new Set(traces.map(([, id = '']) => Number.parseInt(id, 16))),
    logs: new Set(lines.map(({ line }) => Number(/queued-line-(\d+)\./.exec(line)?.[1]))),
    metrics: new Set(samples.map(({ metric }) => Number(metric['n']))),
  }
}

it('what exporters were given survives SIGKILL while the other program is away, and arrives once it is back', async () => {
  const folder = ownFolder()
  const [grpc = 0, loki = 0, prometheus = 0] = await findFreePorts(3)
  writeFileSync(path.join(folder, 'prometheus.yml'), 'scrape_configs: []\n')
  const ports = { GRPC: grpc, LOKI: loki, PROMETHEUS: prometheus }
  const collector = COLLECTOR.replace(/GRPC|LOKI|PROMETHEUS/g, (name) =>
    String(Object.entries(ports).find(([key]) => key === name)?.[1]),
  )
  writeFileSync(path.join(folder, 'otel.yaml'), collector)
  const start = async (): Promise<Server> =>
    own(
      await startServer({
        ...{ configPath: folder, dataDir: path.join(folder, 'data') },
        listeners: ['otlp-http'],
      }),
    )
  const sent = new Sent()
  let server = await start()
  for (let round = 1; round <= ROUNDS; round++) {
    const before = new Map(SIGNALS.map((signal) => [signal, sent.of(signal).size]))
    const sending = sent.send(server, EACH_ROUND)
    await waitFor('acknowledgements', () =>
      SIGNALS.every((signal) => sent.of(signal).size >= (before.get(signal) ?? 0) + EACH_ROUND / 2),
    )
    await server.kill()
    await sending
    server = await start()
  }
  await sent.send(server, 5)
  for (const signal of SIGNALS) expect(sent.of(signal).size, signal).toBeGreaterThan(EACH_ROUND)

  const started = own(
    await startServer({
      ...{ dataDir: path.join(folder, 'other'), prometheusPort: prometheus },
      listeners: ['tempo'],
      args: ['--listen.loki', `127.0.0.1:${loki}`, '--listen.otlp-grpc', `127.0.0.1:${grpc}`],
    }),
  )
  const other: Pick<Server, 'url'> = {
    url: (name) => (name === 'loki' ? `http://127.0.0.1:${loki}` : started.url(name)),
  }
  // Killed once more while it hands over.
  await sleep(200)
  await server.kill()
  server = await start()
  await waitFor(
    'everything to arrive',
    async () => {
      await sleep(500)
      const arrived = await arrivedAt(other)
      const missing = SIGNALS.map((signal) => {
        const absent = [...sent.of(signal)].filter((n) => !arrived[signal].has(n))
        return `${absent.length} ${signal} (${absent.slice(0, 5).join()})`
      })
      if (missing.some((text) => !text.startsWith('0 '))) throw new Error(missing.join(', '))
      return true
    },
    120_000,
  )
  // And what is new goes on to come.
  await sent.send(server, 1)
  await waitFor('what is new', async () => {
    await sleep(200)
    const arrived = await arrivedAt(other)
    return SIGNALS.every((signal) => [...sent.of(signal)].every((n) => arrived[signal].has(n)))
  })
}, 900_000)
