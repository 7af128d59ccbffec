import type { FastifyRequest } from 'fastify'
import { QUERY_TEXT, type OwnTraces } from '../self/own-traces.ts'
import type { OwnKind, OwnTrace } from '../self/spans.ts'
import type { Permission } from './guard.ts'
import type { Listener } from './listener.ts'

const SIGNALS: ReadonlySet<string> = new Set(['metrics', 'logs', 'traces'])
/** Under these names a query stands in the address of a request. */
const QUERY_NAMES = ['query', 'q', 'expr', 'match[]'] as const

/** Makes traces of the requests of a listener that read or write metrics, logs or traces. Call it before the listener opens. */
export function watchRequests(
  { app, routes }: Pick<Listener, 'app' | 'routes'>,
  name: string,
  traces: OwnTraces,
): void {
  const kinds = new Map(routes.map(({ path, permission }) => [path, kindOf(permission)]))
  const held = new WeakMap<FastifyRequest, OwnTrace>()
  app.addHook('preHandler', (request, _reply, done) => {
    const path = request.routeOptions.url ?? ''
    const kind = kinds.get(path)
    const trace = kind && traces.begin(kind, `${name} ${request.method} ${path}`, {})
    if (trace === undefined) {
      done()
      return
    }
    trace.annotate('http.request.method', request.method)
    trace.annotate('http.route', path)
    trace.annotate('vedette.listener', name)
    if (kind === 'query') noteQuery(trace, request.url)
    held.set(request, trace)
    trace.run(done)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const trace = held.get(request)
    if (trace !== undefined) traces.end(trace, reply.statusCode)
    done()
  })
}

function kindOf(permission: Permission): OwnKind | undefined {
  const [signal = '', verb] = permission.split(':')
  if (!SIGNALS.has(signal)) return undefined
  return verb === 'read' ? 'query' : 'ingest'
}

/** A query that is posted is told by who evaluates it. */
function noteQuery(trace: OwnTrace, url: string): void {
  const at = url.indexOf('?')
  if (at < 0) return
  const params = new URLSearchParams(url.slice(at + 1))
  for (const name of QUERY_NAMES) {
    const text = params.get(name)
    if (text === null || text === '') continue
    trace.annotate(QUERY_TEXT, text)
    return
  }
}
