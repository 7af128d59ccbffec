import type { QueryGate } from '../self/memory/query-gate.ts'
import type { Permission } from './guard.ts'
import { HttpFault } from './http-fault.ts'
import type { Listener } from './listener.ts'

/** What a listener asks of the watch over the memory budget. */
export interface MemoryGuard {
  readonly gate: QueryGate
  /** Why nothing can be pushed now; undefined when it can. Asking counts as a refusal. */
  readonly refusePush: () => string | undefined
}

const SIGNALS: ReadonlySet<string> = new Set(['metrics', 'logs', 'traces'])

/**
 * Lets requests that read or write metrics, logs or traces pass only as far as memory allows: queries take turns at the engine, and
 * pushes are put off before anything of them is read. Call it before the listener opens.
 */
export function guardMemory(
  { app, routes, guardStreams }: Pick<Listener, 'app' | 'routes' | 'guardStreams'>,
  { gate, refusePush }: MemoryGuard,
): void {
  guardStreams?.(gate)
  const kinds = new Map(routes.map(({ path, permission }) => [path, kindOf(permission)]))
  app.addHook('preHandler', (request, reply, done) => {
    const kind = kinds.get(request.routeOptions.url ?? '')
    if (kind === undefined) return done()
    if (kind === 'push') {
      const reason = refusePush()
      if (reason === undefined) return done()
      return done(new HttpFault(503, reason, { connection: 'close', 'retry-after': '2' }))
    }
    const ticket = gate.begin()
    // Also when the client goes away, of which the hook onResponse is not told.
    if (reply.raw.destroyed) ticket.end()
    else reply.raw.once('close', () => ticket.end())
    return ticket.run(done)
  })
}

function kindOf(permission: Permission): 'query' | 'push' | undefined {
  const [signal = '', verb] = permission.split(':')
  if (!SIGNALS.has(signal)) return undefined
  return verb === 'read' ? 'query' : 'push'
}
