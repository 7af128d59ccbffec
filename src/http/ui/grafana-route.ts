import type { Author } from '../../dashboards/author.ts'
import { DashboardFault } from '../../dashboards/fault.ts'
import { isObject, type JsonObject } from '../../lang/dashboard/json-value.ts'
import { ConflictProblem } from '../../access/fault.ts'
import { allows } from '../../access/scope.ts'
import { Problem } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { Exchange, Route } from '../exchange.ts'
import { HttpFault, STATUS_OF, toProblem } from '../http-fault.ts'
import type { Answer } from '../send.ts'

type Method = Route['methods'][number]
type Handle = (exchange: Exchange) => Answer | Promise<Answer>

/** Makes one route of Grafana's API: `make('GET', '/api/org', 'dashboards:read', handle)`. */
export type MakeGrafanaRoute = (
  method: Method,
  path: string,
  permission: Route['permission'],
  handle: Handle,
  options?: { readonly bodyBytes?: number },
) => Route

/** Bodies of what is no dashboard. */
const BODY_BYTES = 256 * 1024

/** Makes routes whose problems become Grafana's error bodies: `{message}`, and `{message, status}` where it has a word for it. */
export function grafanaRoutes(log: Log): MakeGrafanaRoute {
  return (method, path, permission, handle, { bodyBytes = BODY_BYTES } = {}) => ({
    ...{ methods: [method], path, permission, bodyBytes },
    handle: async (exchange) => {
      try {
        return await handle(exchange)
      } catch (thrown) {
        return failure(thrown, log)
      }
    },
  })
}

function failure(thrown: unknown, log: Log): Answer {
  if (thrown instanceof HttpFault) return { ...message(thrown.status, thrown.message) }
  if (thrown instanceof DashboardFault) {
    const { status, word } = thrown
    return json(
      word === undefined ? { message: thrown.message } : { message: thrown.message, status: word },
      status,
    )
  }
  const problem = toProblem(thrown)
  if (problem.code === 'internal') log.error('Request failed', { error: problem })
  const status = problem instanceof ConflictProblem ? 409 : STATUS_OF[problem.code]
  return message(problem.code === 'limit' ? 400 : status, problem.message)
}

/** What changes from one request to the next is nobody's to keep. */
const NOT_KEPT = { 'cache-control': 'no-store' }

export function json(value: unknown, status = 200): Answer {
  return { status, contentType: 'application/json', headers: NOT_KEPT, body: JSON.stringify(value) }
}

export function message(status: number, text: string): Answer {
  return json({ message: text }, status)
}

/** The JSON object that is a request's body. Throws a `Problem` or an `HttpFault`. */
export function readBody({ headers, body }: Pick<Exchange, 'headers' | 'body'>): JsonObject {
  // A form of another site cannot send this content type, so it is demanded.
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')) {
    throw new HttpFault(415, 'the body must be application/json')
  }
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    // What the parser says quotes the body.
  }
  if (isObject(value)) return value
  throw new Problem('bad_data', 'bad request data: the body must be a JSON object')
}

export function authorOf({ visit }: Exchange): Author {
  const { name, userId } = visit.principal
  return userId === undefined ? { name } : { name, userId }
}

export function mayWrite({ visit }: Exchange): boolean {
  return allows(visit.principal.scopes, 'dashboards:write')
}

export function isAdmin({ visit }: Exchange): boolean {
  return allows(visit.principal.scopes, 'admin')
}

/** A whole number of a parameter; '' gives the fallback. Throws a `Problem`. */
export function readNumber(text: string, name: string, fallback: number): number {
  if (text === '') return fallback
  if (/^-?[0-9]{1,15}$/.test(text)) return Number(text)
  throw new Problem('bad_data', `${name} must be a whole number`)
}

/** A number in a path. */
export function readId(exchange: Exchange, name = 'id'): number {
  const text = exchange.pathParam(name)
  if (/^[0-9]{1,15}$/.test(text)) return Number(text)
  throw new Problem('bad_data', `${name} is invalid`)
}

/** Grafana's notation of times. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
