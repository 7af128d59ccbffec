import type { Server } from 'node:http'
import fastify, {
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { AuditLog } from '../access/audit-log.ts'
import { NOBODY } from '../access/principal.ts'
import { Problem } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import type { QueryGate } from '../self/memory/query-gate.ts'
import { ASKER } from '../self/own-traces.ts'
import { annotateRequest } from '../self/spans.ts'
import {
  createGatekeeper,
  type Gatekeeper,
  type Decision,
  type Refusal,
  type Visit,
} from './authenticate.ts'
import { checkListen, type Access, type ListenAddress } from './guard.ts'
import { checkAnnounced, ClientGone, createBodyBudget, readBody, type BodyBudget } from './body.ts'
import { answerAndDrain } from './drain.ts'
import { HttpFault, STATUS_OF, toProblem } from './http-fault.ts'
import { TlsServers } from './listener-tls.ts'
import { portProblem } from './open-port.ts'
import { FastifyExchange, type Route, type RoutedRequest } from './exchange.ts'
import { sendAnswer, type Answer } from './send.ts'
import { withoutBase } from './base-path.ts'

/** Bounds of one listener; every one has a default. */
export interface HttpLimits {
  /** Of a body, unless its route says otherwise. */
  readonly bodyBytes: number
  /** Of all bodies that are held at the same time. */
  readonly bodiesBytes: number
  /** Of the request line and the headers. */
  readonly headerBytes: number
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number
  /** How long an idle connection is kept, and how long one may stand still amid a request or an answer. */
  readonly idleTimeoutMs: number
  readonly connections: number
  /** How long `close` waits for answers under way before it cuts them off. */
  readonly closeTimeoutMs: number
}

/** Connections and the idle time are Prometheus's `--web.max-connections` and `--web.read-timeout`. */
const DEFAULT_HTTP_LIMITS: HttpLimits = {
  bodyBytes: 4 * 1024 * 1024,
  bodiesBytes: 64 * 1024 * 1024,
  headerBytes: 64 * 1024,
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 300_000,
  connections: 512,
  closeTimeoutMs: 5_000,
}

/** Counts the answers of one route. */
export type RouteMeter = (
  status: number,
  durationS: number,
  sizeBytes: number | undefined,
  method: string,
) => void

export interface ListenerOptions {
  readonly address: ListenAddress
  readonly access: Access
  readonly log: Log
  /** Makes the meter of a route, by its path as registered. */
  readonly meter: (path: string) => RouteMeter
  readonly limits?: Partial<HttpLimits>
  /** What is offered over TLS, the preferred first; without it HTTP/1 only. */
  readonly alpnProtocols?: readonly string[]
  /** Where a proxy shows it (base-path.ts); default: at the top. */
  readonly basePath?: string
}

/** A port that the program opens, of whatever protocol. */
export interface OpenDoor {
  /** Opens the port; resolves to the port that was opened (the one asked for, unless that was 0). Rejects with a `Problem`. */
  listen(): Promise<number>
  /** Takes no more requests. Resolves when those under way are answered, or after `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>
  /** Drains, for a bounded time from the first `drain` on, and cuts off what is still under way. */
  close(): Promise<void>
}

export interface Listener extends OpenDoor {
  readonly app: FastifyInstance
  /** What it answers, with what each path needs. */
  readonly routes: readonly Route[]
  /** Where streams over gRPC share its port: they take turns as its queries do (guard-memory.ts). */
  readonly guardStreams?: (gate: QueryGate) => void
}

type TakeBody = (error: null, body: unknown) => void

const ALL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'] as const

/** Builds a listener from its routes; nothing is opened yet. */
export function createListener(options: ListenerOptions, routes: readonly Route[]): Listener {
  const limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits }
  const { address, access, log } = options
  const tls = address.tls === undefined ? undefined : new TlsServers(address.tls, log)
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionTimeout: limits.idleTimeoutMs,
    ...serverOptions(tls, limits, options.alpnProtocols),
    rewriteUrl: ({ url = '/' }) => withoutBase(url, options.basePath),
    // Handlers read parameters in their own way (params.ts); parsing them twice would be waste.
    routerOptions: { querystringParser: () => ({}), maxParamLength: limits.headerBytes },
    exposeHeadRoutes: true,
    forceCloseConnections: 'idle',
  })
  app.server.maxConnections = limits.connections

  const isUi = address.listener === 'ui'
  const gatekeeper = createGatekeeper(address, access)
  const budget = createBodyBudget(limits.bodiesBytes)
  app.removeAllContentTypeParsers()
  // Bodies are read by `withBody`, which knows the route and the budget.
  app.addContentTypeParser('*', (_request: unknown, payload: unknown, done: TakeBody) => {
    done(null, payload)
  })
  app.setErrorHandler((error, request, reply) => sendFault(error, request, reply, log))
  app.setNotFoundHandler(async (request, reply) => {
    const decision = await gatekeeper(request.raw, 'read')
    return sendAnswer(reply, decision.ok ? NOT_FOUND : refusalAnswer(decision.refusal, isUi))
  })
  const shared = {
    app,
    gatekeeper,
    audit: access.control?.audit,
    budget,
    bodyBytes: limits.bodyBytes,
    refuse: (refusal: Refusal) => new RequestRefused(refusalAnswer(refusal, isUi)),
  }
  for (const route of routes) addRoute(shared, route, options.meter(route.path))
  for (const [path, methods] of methodsByPath(routes)) {
    const others = ALL_METHODS.filter((method) => !methods.has(method))
    const headers = { allow: [...methods].join(', ') }
    const handler = (_request: FastifyRequest, reply: FastifyReply) =>
      sendAnswer(reply, { ...textAnswer(405, 'Method Not Allowed'), headers })
    app.route({ method: others, url: path, handler })
  }

  return {
    app,
    routes,
    listen: () => openPort(app, address, access),
    ...closing(app, limits.closeTimeoutMs, () => tls?.stop()),
  }
}

/** What fastify does by itself for plain HTTP has to be said for a server of our own. */
function serverOptions(
  tls: TlsServers | undefined,
  limits: HttpLimits,
  alpnProtocols: readonly string[] | undefined,
): Pick<FastifyHttpOptions<Server>, 'http' | 'serverFactory'> {
  const own = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: Math.min(limits.requestTimeoutMs, 20_000),
  }
  if (tls === undefined) return { http: own }
  return {
    serverFactory: (handler) => {
      const alpn = alpnProtocols === undefined ? {} : { ALPNProtocols: [...alpnProtocols] }
      const server = tls.create({ ...own, ...alpn }, handler)
      server.keepAliveTimeout = limits.idleTimeoutMs
      server.requestTimeout = limits.requestTimeoutMs
      server.setTimeout(limits.idleTimeoutMs)
      return server
    },
  }
}

/** Plain text, as Go's `http.Error` writes it. */
export function textAnswer(status: number, text: string): Answer {
  const contentType = 'text/plain; charset=utf-8'
  return {
    status,
    contentType,
    headers: { 'x-content-type-options': 'nosniff' },
    body: `${text}\n`,
  }
}

/** Every request that reaches a handler was decided about before. */
const NO_VISIT: Visit = { principal: NOBODY, address: '', isSecure: false }

const NOT_FOUND = textAnswer(404, '404 page not found')

/** The pages of the web UI expect JSON, other clients show the text. */
function refusalAnswer({ status, message, headers }: Refusal, isUi: boolean): Answer {
  if (!isUi) {
    const answer = textAnswer(status, message)
    return { ...answer, headers: { ...answer.headers, ...headers } }
  }
  return { status, headers, contentType: 'application/json', body: JSON.stringify({ message }) }
}

/** Ends a request before its body is read. */
class RequestRefused extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super('refused')
    this.answer = answer
  }
}

interface Shared {
  readonly app: FastifyInstance
  readonly gatekeeper: Gatekeeper
  readonly audit: AuditLog | undefined
  readonly refuse: (refusal: Refusal) => RequestRefused
  readonly budget: BodyBudget
  readonly bodyBytes: number
}

function addRoute(
  { app, gatekeeper, audit, refuse, budget, bodyBytes }: Shared,
  route: Route,
  meter: RouteMeter,
): void {
  const limitBytes = route.bodyBytes ?? bodyBytes
  const visits = new WeakMap<FastifyRequest, Visit>()
  app.route<{ Params: Record<string, string | undefined> }>({
    method: [...route.methods],
    url: route.path,
    onRequest: (request, _reply, done) => {
      const settle = (decision: Decision): void => {
        if (!decision.ok) return done(refuse(decision.refusal))
        visits.set(request, decision.visit)
        done()
      }
      const decision = gatekeeper(request.raw, route.permission)
      if (decision instanceof Promise) decision.then(settle, done)
      else settle(decision)
    },
    onResponse: (request, reply, done) => {
      const size = reply.getHeader('content-length')
      meter(
        reply.statusCode,
        reply.elapsedTime / 1000,
        size === undefined ? undefined : Number(size),
        request.method,
      )
      done()
    },
    handler: async (request, reply) => {
      const visit = visits.get(request) ?? NO_VISIT
      annotateRequest(ASKER, visit.principal.name)
      const handle = async (body?: Buffer): Promise<Answer> =>
        route.handle(new FastifyExchange(request, reply, { visit, audit }, body))
      return sendAnswer(reply, await withBody(request, limitBytes, budget, handle))
    },
  })
}

/**
 * Lends a body to a handler. The bytes leave the budget when the handler has answered, because until then it may hold them.
 */
async function withBody(
  request: RoutedRequest,
  limitBytes: number,
  budget: BodyBudget,
  handle: (body?: Buffer) => Promise<Answer>,
): Promise<Answer> {
  if (request.body === undefined) return handle()
  checkAnnounced(request.headers['content-length'], limitBytes)
  let takenBytes = 0
  const note = (sizeBytes: number): void => {
    takenBytes += sizeBytes
  }
  try {
    return await handle(await readBody(request.raw, limitBytes, budget, note))
  } finally {
    budget.give(takenBytes)
  }
}

/** Answers anything thrown before or inside a handler. */
async function sendFault(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): Promise<FastifyReply> {
  if (thrown instanceof ClientGone) {
    log.debug('a request was given up', { path: request.url, reason: thrown.message })
    // Nobody reads it.
    return reply.code(499).send()
  }
  const answer = faultAnswer(thrown, log)
  if (request.raw.complete || typeof answer.body !== 'string') return sendAnswer(reply, answer)
  const text = Buffer.from(answer.body)
  const headers = { ...answer.headers, connection: 'close', 'content-length': String(text.length) }
  reply.code(answer.status ?? 500).type(answer.contentType ?? 'text/plain')
  return reply.headers(headers).send(answerAndDrain(text, request.raw))
}

function faultAnswer(thrown: unknown, log: Log): Answer {
  if (thrown instanceof RequestRefused) return thrown.answer
  if (thrown instanceof HttpFault) {
    const answer = textAnswer(thrown.status, thrown.message)
    return { ...answer, headers: { ...answer.headers, ...thrown.headers } }
  }
  // Faults that the framework finds (a malformed content type, a body that ends early) carry their own status.
  const status = statusOf(thrown)
  if (status !== undefined && status < 500) return textAnswer(status, toProblem(thrown).message)
  const problem = toProblem(thrown)
  if (problem.code === 'internal')
    log.error('Request failed', { error: problem, stack: stackOf(thrown) })
  return textAnswer(STATUS_OF[problem.code], problem.message)
}

function statusOf(thrown: unknown): number | undefined {
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined
  return typeof status === 'number' ? status : undefined
}

function stackOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? thrown.stack : undefined
}

/** What each path answers, so that other methods get 405 and not 404. */
function methodsByPath(routes: readonly Route[]): Map<string, Set<string>> {
  const byPath = new Map<string, Set<string>>()
  for (const { path, methods } of routes) {
    // What no route of its own has is not there at all.
    if (path.endsWith('*')) continue
    const present = byPath.get(path) ?? new Set()
    for (const method of methods) {
      present.add(method)
      if (method === 'GET') present.add('HEAD')
    }
    byPath.set(path, present)
  }
  return byPath
}

async function openPort(
  app: FastifyInstance,
  address: ListenAddress,
  access: Access,
): Promise<number> {
  const fault = checkListen(address, access)
  if (fault !== undefined) throw new Problem('forbidden', fault)
  const { host, port } = address
  try {
    await app.listen({ host, port })
  } catch (cause) {
    throw portProblem(address, cause)
  }
  const bound = app.server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : port
}

/** How often connections that have become idle are closed at the end. */
const SWEEP_MS = 20

function closing(
  app: FastifyInstance,
  timeoutMs: number,
  stop: () => void,
): Pick<Listener, 'drain' | 'close'> {
  let begun: { readonly atMs: number; readonly ended: Promise<void> } | undefined
  const begin = (): NonNullable<typeof begun> => {
    begun ??= { atMs: performance.now(), ended: Promise.resolve(app.close()).then(() => undefined) }
    return begun
  }
  const drain = async (withinMs: number): Promise<void> => {
    let timer: NodeJS.Timeout | undefined
    const passed = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs)
    })
    // Node closes those that are idle now; one that is answered later would stay open until its client leaves.
    const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS)
    try {
      await Promise.race([begin().ended, passed])
    } finally {
      clearTimeout(timer)
      clearInterval(sweep)
    }
  }
  return {
    drain,
    close: async () => {
      stop()
      const { atMs, ended } = begin()
      await drain(Math.max(0, timeoutMs - (performance.now() - atMs)))
      app.server.closeAllConnections()
      await ended
    },
  }
}
