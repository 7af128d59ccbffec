import type { ErrorJson, ErrorType, SuccessJson } from '../../contract/prometheus.ts'
import { messageOf, type Problem, type ProblemCode } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { Exchange, Route } from '../exchange.ts'
import { HttpFault, STATUS_OF, toProblem } from '../http-fault.ts'
import type { Answer } from '../send.ts'

const JSON_TYPE = 'application/json'

/** The original's word for a code. `forbidden` has none there, because its refusals come before the API. */
const ERROR_TYPE: Readonly<Record<ProblemCode, ErrorType>> = {
  bad_data: 'bad_data',
  execution: 'execution',
  limit: 'execution',
  timeout: 'timeout',
  canceled: 'canceled',
  unavailable: 'unavailable',
  not_found: 'not_found',
  forbidden: 'unavailable',
  internal: 'internal',
}

/** `{"status":"success","data":…}`. */
export function success(data: unknown, warnings: readonly string[] = []): Answer {
  const body: SuccessJson<unknown> = {
    status: 'success',
    data,
    ...(warnings.length > 0 && { warnings }),
  }
  return { contentType: JSON_TYPE, body: JSON.stringify(body) }
}

/** The warning of Prometheus when `limit` left something out. */
export const TRUNCATED = 'results truncated due to limit'

/** An answer whose JSON is written by hand. */
export function successBody(body: Answer['body']): Answer {
  return body === undefined ? { contentType: JSON_TYPE } : { contentType: JSON_TYPE, body }
}

/** `{"status":"error",…}` with the status that belongs to the code. */
function failure(problem: Problem): Answer {
  const body: ErrorJson = {
    status: 'error',
    errorType: ERROR_TYPE[problem.code],
    error: problem.message,
  }
  return { status: STATUS_OF[problem.code], contentType: JSON_TYPE, body: JSON.stringify(body) }
}

export interface ApiRoute {
  readonly methods: Route['methods']
  /** Below `/api/v1`. */
  readonly path: string
  readonly permission?: Route['permission']
  readonly handle: (exchange: Exchange) => Answer | Promise<Answer>
}

/** Makes a route, below `prefix`, whose thrown problems become JSON errors. */
export function apiRoute(
  log: Log,
  { methods, path, permission, handle }: ApiRoute,
  prefix = '/api/v1',
): Route {
  return {
    methods,
    path: prefix + path,
    permission: permission ?? 'metrics:read',
    handle: async (exchange) => {
      try {
        return await handle(exchange)
      } catch (thrown) {
        if (thrown instanceof HttpFault) throw thrown
        const problem = toProblem(thrown)
        if (problem.code === 'internal') {
          log.error('Request failed', { path, error: messageOf(thrown), stack: stackOf(thrown) })
        }
        return failure(problem)
      }
    },
  }
}

function stackOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? thrown.stack : undefined
}
