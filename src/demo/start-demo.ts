import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import {
  ROOT_CONTEXT,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api'
import { messageOf, Problem } from '../model/problem.ts'
import { VERSION } from '../self/version.ts'
import { PAGE_TYPES } from './exposition.ts'
import { LitestarMetrics } from './litestar-metrics.ts'
import { docsPage, MAX_SLEEP_S, openapiDocument } from './openapi.ts'
import { passengerPage } from './passenger-page.ts'
import { ServiceFault } from './service.ts'
import { Shop, type ShopAnswer } from './shop.ts'
import { startTelemetry, type Telemetry } from './telemetry.ts'

export interface DemoOptions {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** Where OTLP over HTTP is taken, without a slash at the end. */
  readonly endpoint: string
  readonly metricIntervalMs?: number
  /** Something could not be sent. */
  readonly onTrouble?: (message: string) => void
}

export interface RunningDemo {
  readonly url: string
  /** Sends what was measured so far. */
  flush(): Promise<void>
  stop(): Promise<void>
}

const METRIC_INTERVAL_MS = 5000
const MAX_CONNECTIONS = 512

/** Starts the demonstration: an HTTP service with three instrumented services inside. Rejects with a `Problem`. */
export async function startDemo(options: DemoOptions): Promise<RunningDemo> {
  const { host, port } = options
  const telemetry = startTelemetry({
    endpoint: options.endpoint,
    version: VERSION,
    metricIntervalMs: options.metricIntervalMs ?? METRIC_INTERVAL_MS,
    onTrouble: options.onTrouble ?? (() => undefined),
  })
  const door = new DemoDoor(telemetry)
  const server = createServer((request, response) => void door.answer(request, response))
  server.maxConnections = MAX_CONNECTIONS
  try {
    const opened = await listen(server, host, port)
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${opened}`,
      flush: () => telemetry.flush(),
      stop: async () => {
        await new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        })
        await telemetry.stop()
      },
    }
  } catch (thrown) {
    await telemetry.stop()
    throw thrown
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE'
      const reason = taken ? 'another program listens there' : messageOf(cause)
      const hint = 'choose another address with --listen HOST:PORT'
      reject(new Problem('unavailable', `cannot listen on ${host}:${port}: ${reason}; ${hint}`))
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** The HTTP side of the gateway. */
class DemoDoor {
  readonly #telemetry: Telemetry
  readonly #shop: Shop
  readonly #litestar: LitestarMetrics
  #busy = 0
  #served = 0

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
    this.#shop = new Shop(telemetry)
    this.#litestar = new LitestarMetrics(this.#shop.gateway.telemetry)
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume()
    try {
      const { status, type, body } = await this.#page(request, response)
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
      response.end(mayHaveBody(status) ? body : undefined)
    } catch (thrown) {
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(`${messageOf(thrown)}\n`)
    }
  }

  async #page(request: IncomingMessage, response: ServerResponse): Promise<Page> {
    const url = new URL(request.url ?? '/', 'http://demo')
    const method = request.method ?? 'GET'
    if (method !== 'GET' && method !== 'HEAD')
      return jsonPage(405, { status_code: 405, detail: 'Method Not Allowed' })
    switch (url.pathname) {
      case '/metrics': {
        const accepts = request.headers.accept ?? ''
        const form = accepts.includes('application/openmetrics-text') ? 'openmetrics' : 'text'
        return { status: 200, type: PAGE_TYPES[form], body: await this.#telemetry.page(form) }
      }
      case '/passenger_metrics': {
        const body = passengerPage({ busy: this.#busy, served: this.#served })
        return { status: 200, type: PAGE_TYPES.text, body }
      }
      case '/docs':
        return { status: 200, type: 'text/html; charset=utf-8', body: docsPage(VERSION) }
      case '/openapi.json':
        return jsonPage(200, openapiDocument(VERSION))
      default:
        return this.#work(request, response, url)
    }
  }

  /** What is traced: orders and answers with a status. */
  async #work(request: IncomingMessage, response: ServerResponse, url: URL): Promise<Page> {
    const method = request.method ?? 'GET'
    const route = routeOf(url.pathname)
    const startedMs = performance.now()
    const end = this.#litestar.begin(method, route)
    const attributes = describeRequest(request, url)
    const parent = parentOf(request.headers.traceparent)
    const work = async (span: Span): Promise<ShopAnswer> => {
      response.setHeader('x-trace-id', span.spanContext().traceId)
      const answer = await this.#outcome(route, url)
      const seconds = (performance.now() - startedMs) / 1000
      end(answer.status, seconds)
      this.#log(method, url, answer, seconds)
      return answer
    }
    this.#busy++
    try {
      const served = { method, route, path: url.pathname, attributes }
      const { status, message } = await this.#shop.gateway.serve(served, work, parent)
      return jsonPage(status, { status_code: status, detail: message })
    } finally {
      this.#busy--
      this.#served++
    }
  }

  async #outcome(route: string, url: URL): Promise<ShopAnswer> {
    try {
      if (route === '/') return await this.#shop.placeOrder()
      if (route !== '/status/{code}') return { status: 404, message: 'Not Found' }
      const status = Number(url.pathname.split('/')[2])
      const sleep = url.searchParams.get('seconds_sleep')
      const seconds = sleep === null ? 0 : Number(sleep)
      if (!(status >= 200 && status <= 599)) return invalid('code: from 200 to 599')
      if (sleep === '' || !(seconds >= 0 && seconds <= MAX_SLEEP_S))
        return invalid(`seconds_sleep: from 0 to ${MAX_SLEEP_S}`)
      return await this.#shop.answerWith(status, seconds)
    } catch (thrown) {
      const status = thrown instanceof ServiceFault ? thrown.status : 500
      return { status, message: messageOf(thrown) }
    }
  }

  #log(method: string, url: URL, { status, message }: ShopAnswer, seconds: number): void {
    const level = status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info'
    const path = url.pathname.slice(0, 200)
    const durationMs = Math.round(seconds * 1000)
    const text = `${method} ${path} ${status}`
    this.#shop.gateway.log(level, text, {
      ...{ method, path, status, duration_ms: durationMs, detail: message },
    })
  }
}

function invalid(detail: string): ShopAnswer {
  return { status: 400, message: `Validation failed: ${detail}` }
}

/** Paths that nobody knows are one route: each as a label of its own would be a series each. */
function routeOf(path: string): string {
  if (path === '/') return '/'
  return /^\/status\/[0-9]{1,4}$/.test(path) ? '/status/{code}' : '{unknown}'
}

function describeRequest({ headers, socket }: IncomingMessage, { search }: URL): Attributes {
  return {
    ...(search.length > 1 && { 'url.query': search.slice(1, 200) }),
    ...(headers.host !== undefined && { 'server.address': headers.host.slice(0, 200) }),
    ...(headers['user-agent'] !== undefined && {
      'user_agent.original': headers['user-agent'].slice(0, 200),
    }),
    ...(socket.remoteAddress !== undefined && { 'client.address': socket.remoteAddress }),
  }
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** The span of the caller, where it names one (W3C Trace Context). */
function parentOf(header: string | string[] | undefined): Context {
  const found = typeof header === 'string' ? TRACEPARENT.exec(header) : null
  const [, traceId = '', spanId = '', flags = ''] = found ?? []
  if (found === null || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return ROOT_CONTEXT
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}

function jsonPage(status: number, value: unknown): Page {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` }
}

/** RFC 9110: these have none. */
function mayHaveBody(status: number): boolean {
  return status !== 204 && status !== 304
}
