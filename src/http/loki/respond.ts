import { messageOf, Problem, type ProblemCode } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { Exchange, Route } from '../exchange.ts'
import { HttpFault, toProblem } from '../http-fault.ts'
import type { Answer } from '../send.ts'

/** Loki's statuses (pkg/util/server/error.go): what a query itself is to blame for is 400. */
const LOKI_STATUS: Readonly<Record<ProblemCode, number>> = {
  bad_data: 400,
  execution: 400,
  limit: 400,
  timeout: 504,
  canceled: 499,
  unavailable: 503,
  not_found: 404,
  forbidden: 403,
  internal: 500,
}

/** Loki's own wording of what many causes have in common. */
const WORDS: Readonly<Partial<Record<ProblemCode, string>>> = {
  canceled: 'the request was cancelled by the client',
  timeout:
    'request timed out, decrease the duration of the request or add more label matchers (prefer exact match over regex match) to reduce the amount of data processed',
}

/** JSON as Go's encoders write it: with a newline at the end. */
export function jsonAnswer(value: unknown, status = 200): Answer {
  const contentType = 'application/json; charset=UTF-8'
  return { status, contentType, body: `${JSON.stringify(value)}\n` }
}

/** Errors are plain text without a newline. */
export function errorAnswer(status: number, message: string): Answer {
  return {
    status,
    contentType: 'text/plain; charset=utf-8',
    headers: { 'x-content-type-options': 'nosniff' },
    body: message,
  }
}

/** A handler whose problems are answered as Loki answers them. */
export function guarded(
  log: Log,
  path: string,
  handle: (exchange: Exchange) => Answer | Promise<Answer>,
): Route['handle'] {
  return async (exchange) => {
    try {
      return await handle(exchange)
    } catch (thrown) {
      if (thrown instanceof HttpFault) throw thrown
      // Whatever stopped it: nobody waits for the answer any more.
      const problem = exchange.signal.aborted
        ? new Problem('canceled', messageOf(thrown), { cause: thrown })
        : toProblem(thrown)
      if (problem.code === 'internal')
        log.error('Request failed', { path, error: messageOf(thrown) })
      const answer = errorAnswer(LOKI_STATUS[problem.code], WORDS[problem.code] ?? problem.message)
      if (problem.code !== 'unavailable') return answer
      return { ...answer, headers: { ...answer.headers, 'retry-after': '2' } }
    }
  }
}
